import type { DataFile } from "@omicselector2/contracts/frames";
import type { ObsColumn } from "../cohort.ts";
import type { DoctorReport } from "../doctor/finding.ts";
import { IngestError } from "../errors.ts";
import { type Group, type H5File, isDataset, isGroup, member, NARROW_SLICE_BYTES, withFile } from "./file.ts";
import { readFrame, readIndex } from "./frame.ts";
import { openMatrix } from "./matrix.ts";
import { CHUNK_COLUMNS, CHUNK_ROWS, sparseBands } from "./write.ts";

export type LayerName = "X" | "raw";

export interface DatasetInfo {
  n: number;
  p: number;
  sampleIds: string[];
  featureNames: string[];
  obs: ObsColumn[];
  layers: LayerName[];
  hash: string;
  doctor: DoctorReport;
}

/** Everything about a canonical data.h5ad but its values. `p` and `featureNames` are those of the layer. */
export function readInfo(data: DataFile, layer: LayerName = "X"): Promise<DatasetInfo> {
  return withFile(data, (file) => {
    const own = provenanceOf(file);
    const frame = readFrame(file, "obs");
    const names = ownObsNames(file) ?? [];
    const featureNames = readIndex(layerGroup(file, layer), "var");
    return {
      n: frame.index.length,
      p: featureNames.length,
      sampleIds: frame.index,
      featureNames,
      obs: frame.columns.map((column, k) => ({ ...column, name: names[k] ?? column.name })),
      layers: member(file, "raw") === null ? ["X"] : ["X", "raw"],
      hash: own.text("hash"),
      doctor: JSON.parse(own.text("doctor")) as DoctorReport,
    };
  });
}

/** Names of obs columns as they were uploaded, where this program wrote the file: HDF5 allows no slash in them. */
export function ownObsNames(file: H5File): string[] | undefined {
  const uns = member(file, "uns");
  const own = isGroup(uns) ? member(uns, "omicselector2") : null;
  const names = isGroup(own) ? member(own, "obs_names") : null;
  return isDataset(names) ? (JSON.parse(String(names.value)) as string[]) : undefined;
}

function provenanceOf(file: H5File): { text(name: string): string } {
  const uns = member(file, "uns");
  const own = isGroup(uns) ? member(uns, "omicselector2") : null;
  return {
    text(name) {
      const entity = isGroup(own) ? member(own, name) : null;
      if (isDataset(entity)) return String(entity.value);
      throw new IngestError(
        "h5ad_layout",
        "the file was not written by this program: it has no uns/omicselector2",
        "Upload it as a data set first.",
      );
    },
  };
}

function layerGroup(file: H5File, layer: LayerName): Group {
  if (layer === "X") return file;
  const raw = member(file, "raw");
  if (isGroup(raw)) return raw;
  throw new IngestError("h5ad_layout", "the data set has no layer raw", "Use layer X.");
}

/**
 * Copies features into columns of the caller's memory, by slices of at most 8 MiB.
 *
 * @param rows      samples, in the order wanted; all when left out
 * @param features  features, in the order wanted, none twice; all when left out
 * @param sink      the column that takes feature number j of those wanted: as many values as rows, all of them written
 *
 * Cost: one pass over the chunks that hold a wanted feature.
 */
export function readColumnsInto(
  data: DataFile,
  layer: LayerName,
  rows: Uint32Array | undefined,
  features: Uint32Array | undefined,
  sink: (j: number) => Float32Array,
): Promise<void> {
  return withFile(data, (file) => {
    const open = openMatrix(layerGroup(file, layer), "X");
    const wanted = wantedRows(open.n, rows);
    const targets: Float32Array[] = Array.from({ length: features?.length ?? open.p }, (_, j) => sink(j));
    const targetOf = new Int32Array(open.p).fill(-1);
    for (let j = 0; j < targets.length; j++) targetOf[features ? features[j]! : j] = j;
    if (open.matrix.kind === "csr") {
      for (const target of targets) target.fill(0);
      for (const [from, to] of sparseBands(open.matrix.indptr, open.n)) {
        const { indices, data: values } = open.matrix.entries(from, to);
        const { indptr } = open.matrix;
        const base = indptr[from]!;
        wanted.each(from, to, (row, at) => {
          for (let k = indptr[row]! - base; k < indptr[row + 1]! - base; k++) {
            const target = targetOf[indices[k]!]!;
            if (target >= 0) targets[target]![at] = values[k]!;
          }
        });
      }
      return;
    }
    const buffer = new Float32Array(Math.min(NARROW_SLICE_BYTES / 4, Math.min(open.n, CHUNK_ROWS) * open.p));
    for (const [first, last] of columnBands(open.p, targetOf)) {
      for (let from = 0; from < open.n; from += CHUNK_ROWS) {
        const to = Math.min(open.n, from + CHUNK_ROWS);
        if (!wanted.any(from, to)) continue;
        const width = last - first;
        const slice = buffer.subarray(0, (to - from) * width);
        open.matrix.fill(from, to, first, last, slice);
        scatter(slice, from, to, first, width, targetOf, targets, wanted);
      }
    }
  });
}

/** Runs of chunk columns that hold a wanted feature, none wider than a slice may be. */
function columnBands(p: number, targetOf: Int32Array): [number, number][] {
  const most = Math.floor(NARROW_SLICE_BYTES / 4 / CHUNK_ROWS / CHUNK_COLUMNS) * CHUNK_COLUMNS;
  const bands: [number, number][] = [];
  for (let first = 0; first < p; first += CHUNK_COLUMNS) {
    const last = Math.min(p, first + CHUNK_COLUMNS);
    if (targetOf.subarray(first, last).every((target) => target < 0)) continue;
    const previous = bands.at(-1);
    if (previous && previous[1] === first && last - previous[0] <= most) previous[1] = last;
    else bands.push([first, last]);
  }
  return bands;
}

interface WantedRows {
  any(from: number, to: number): boolean;
  /** Calls back for every wanted sample in from..to-1 with its place among the wanted. */
  each(from: number, to: number, take: (row: number, at: number) => void): void;
}

function wantedRows(n: number, rows: Uint32Array | undefined): WantedRows {
  if (rows === undefined) {
    return {
      any: () => true,
      each(from, to, take) {
        for (let row = from; row < to; row++) take(row, row);
      },
    };
  }
  const starts = new Uint32Array(n + 1);
  for (const row of rows) starts[row + 1]!++;
  for (let row = 0; row < n; row++) starts[row + 1]! += starts[row]!;
  const next = starts.slice(0, n);
  const places = new Uint32Array(rows.length);
  rows.forEach((row, at) => {
    places[next[row]!++] = at;
  });
  return {
    any: (from, to) => starts[to]! > starts[from]!,
    each(from, to, take) {
      for (let row = from; row < to; row++) for (let k = starts[row]!; k < starts[row + 1]!; k++) take(row, places[k]!);
    },
  };
}

/** Rows of a slice into columns, tile by tile so that a tile stays in the cache. */
function scatter(
  slice: Float32Array,
  from: number,
  to: number,
  first: number,
  width: number,
  targetOf: Int32Array,
  targets: Float32Array[],
  wanted: WantedRows,
): void {
  const sources: number[] = [];
  const places: number[] = [];
  wanted.each(from, to, (row, at) => {
    sources.push((row - from) * width);
    places.push(at);
  });
  for (let left = 0; left < width; left += 16) {
    const right = Math.min(width, left + 16);
    for (let column = left; column < right; column++) {
      const target = targetOf[first + column]!;
      if (target < 0) continue;
      const values = targets[target]!;
      for (let k = 0; k < sources.length; k++) values[places[k]!] = slice[sources[k]! + column]!;
    }
  }
}

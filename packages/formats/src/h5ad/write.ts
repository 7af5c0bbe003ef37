import type { Cohort, DenseMatrix, Layer, Matrix, ObsColumn, SparseMatrix } from "../cohort.ts";
import { type Group, type H5File, NARROW_SLICE_BYTES, openFile, SLICE_BYTES } from "./file.ts";

/** Sees every value of a matrix once, in bands of samples, while it is written. */
export interface MatrixVisitor {
  /** Samples from..to-1, features first..last-1, row-major. A band comes in pieces of ascending features. */
  dense(from: number, to: number, first: number, last: number, values: Float32Array): void;
  /** Entries of samples from..to-1, compressed rows; `indptr` is that of the whole matrix. */
  sparse(from: number, to: number, indptr: Float64Array, indices: Int32Array, data: Float32Array): void;
}

export const CHUNK_ROWS = 256;
export const CHUNK_COLUMNS = 1024;
const SPARSE_CHUNK = 1 << 16;

/**
 * Writes a cohort as AnnData: X and raw/X float32 (dense in chunks of 256 x 1,024 without compression, or compressed rows),
 * obs and var as dataframes of encoding 0.1.0.
 *
 * @param visit     visitor of X, and of raw/X
 * @param provenance  called when both matrices have been seen; strings that go to uns/omicselector2
 */
export async function writeH5ad(
  path: string,
  cohort: Cohort,
  visit: { x: MatrixVisitor; raw?: MatrixVisitor },
  provenance: () => Record<string, string>,
): Promise<void> {
  const file = await openFile(path, "w");
  try {
    encode(file, "anndata", "0.1.0");
    const n = cohort.sampleIds.length;
    writeLayer(file, n, cohort.x, visit.x);
    writeFrame(file, "obs", cohort.sampleIds, cohort.obs);
    writeFrame(file, "var", cohort.x.featureNames, []);
    if (cohort.raw && visit.raw) {
      const raw = file.create_group("raw");
      encode(raw, "raw", "0.1.0");
      writeLayer(raw, n, cohort.raw, visit.raw);
      writeFrame(raw, "var", cohort.raw.featureNames, []);
    }
    for (const name of ["obsm", "varm", "obsp", "varp", "layers"]) encode(file.create_group(name), "dict", "0.1.0");
    const uns = file.create_group("uns");
    encode(uns, "dict", "0.1.0");
    const own = uns.create_group("omicselector2");
    encode(own, "dict", "0.1.0");
    for (const [name, value] of Object.entries(provenance())) writeText(own, name, value);
  } finally {
    file.close();
  }
}

type Encoded = { create_attribute: Group["create_attribute"] };

function encode(entity: Encoded, type: string, version: string): void {
  entity.create_attribute("encoding-type", type);
  entity.create_attribute("encoding-version", version);
}

function writeText(group: Group, name: string, value: string): void {
  encode(group.create_dataset({ name, data: value, shape: [], dtype: "S" }), "string", "0.2.0");
}

function writeTexts(group: Group, name: string, values: readonly string[]) {
  const dataset = group.create_dataset({ name, data: values as string[], shape: [values.length], dtype: "S" });
  encode(dataset, "string-array", "0.2.0");
  return dataset;
}

/** Names of columns as Python sees them: a slash would be a group inside the group. */
export function columnKeys(columns: readonly ObsColumn[]): string[] {
  const taken = new Set(["_index", "__categories"]);
  return columns.map(({ name }) => {
    let key = name.replaceAll("/", "_") || "unnamed";
    if (key === "." || key === "..") key = "unnamed";
    const base = key;
    for (let k = 1; taken.has(key); k++) key = `${base}.${k}`;
    taken.add(key);
    return key;
  });
}

function writeFrame(parent: Group, name: string, index: readonly string[], columns: readonly ObsColumn[]): void {
  const group = parent.create_group(name);
  encode(group, "dataframe", "0.1.0");
  group.create_attribute("_index", "_index");
  const keys = columnKeys(columns);
  // no names at all: h5wasm cannot write an empty list of strings, and AnnData itself writes numbers here
  if (keys.length === 0) group.create_attribute("column-order", new Float64Array(0), [0], "<d");
  else group.create_attribute("column-order", keys, [keys.length], "S");
  writeTexts(group, "_index", index);
  if (columns.some(({ kind }) => kind === "categorical")) group.create_group("__categories");
  columns.forEach((column, k) => {
    const key = keys[k]!;
    if (column.kind === "numeric") {
      encode(group.create_dataset({ name: key, data: column.values, shape: [column.values.length], dtype: "<d" }), "array", "0.2.0");
      return;
    }
    const categories = writeTexts(group.get("__categories") as Group, key, column.categories);
    categories.create_attribute("ordered", 0, [], "<b");
    const codes = codesOf(column.codes, column.categories.length);
    const dataset = group.create_dataset({ name: key, data: codes, shape: [codes.length] });
    encode(dataset, "array", "0.2.0");
    dataset.create_attribute("categories", categories.create_reference(), [], "Reference");
  });
}

/** Codes in the narrowest signed integers, as pandas has them. */
function codesOf(codes: Int32Array, categories: number): Int8Array | Int16Array | Int32Array {
  return categories < 128 ? Int8Array.from(codes) : categories < 32768 ? Int16Array.from(codes) : codes;
}

function writeLayer(parent: H5File | Group, n: number, layer: Layer, visitor: MatrixVisitor): void {
  if (layer.matrix.kind === "dense") writeDense(parent, n, layer.featureNames.length, layer.matrix, visitor);
  else writeSparse(parent, n, layer.featureNames.length, layer.matrix, visitor);
}

/**
 * Bands of whole chunks, none above `SLICE_BYTES` or `NARROW_SLICE_BYTES`. The dataset is made empty and grown before anything is written,
 * because h5wasm can only make one together with all of its data.
 */
function writeDense(parent: Group, n: number, p: number, matrix: DenseMatrix, visitor: MatrixVisitor): void {
  const chunks = [Math.min(CHUNK_ROWS, n), Math.min(CHUNK_COLUMNS, p)];
  const dataset = parent.create_dataset({
    name: "X",
    data: new Float32Array(0),
    shape: [0, p],
    maxshape: [null, p],
    chunks,
    dtype: "<f",
  });
  encode(dataset, "array", "0.2.0");
  dataset.resize([n, p]);
  const width = Math.min(
    p,
    Math.floor((matrix.inMemory ? NARROW_SLICE_BYTES : SLICE_BYTES) / 4 / CHUNK_ROWS / CHUNK_COLUMNS) * CHUNK_COLUMNS,
  );
  const buffer = new Float32Array(Math.min(n, CHUNK_ROWS) * width);
  for (let from = 0; from < n; from += CHUNK_ROWS) {
    const to = Math.min(n, from + CHUNK_ROWS);
    for (let first = 0; first < p; first += width) {
      const last = Math.min(p, first + width);
      const band = buffer.subarray(0, (to - from) * (last - first));
      matrix.fill(from, to, first, last, band);
      visitor.dense(from, to, first, last, band);
      dataset.write_slice(
        [
          [from, to],
          [first, last],
        ],
        band,
      );
    }
  }
}

function writeSparse(parent: Group, n: number, p: number, matrix: SparseMatrix, visitor: MatrixVisitor): void {
  const group = parent.create_group("X");
  encode(group, "csr_matrix", "0.1.0");
  group.create_attribute("shape", new BigInt64Array([BigInt(n), BigInt(p)]), [2], "<q");
  const entries = matrix.indptr[n]!;
  const chunks = [Math.max(1, Math.min(SPARSE_CHUNK, entries))];
  const make = (name: string, data: Float32Array | Int32Array) => {
    const dataset = group.create_dataset({ name, data, shape: [0], maxshape: [null], chunks });
    dataset.resize([entries]);
    return dataset;
  };
  const data = make("data", new Float32Array(0));
  const indices = make("indices", new Int32Array(0));
  group.create_dataset({ name: "indptr", data: BigInt64Array.from(matrix.indptr, BigInt), shape: [n + 1], dtype: "<q" });
  for (const [from, to] of sparseBands(matrix.indptr, n)) {
    const band = matrix.entries(from, to);
    visitor.sparse(from, to, matrix.indptr, band.indices, band.data);
    if (band.data.length === 0) continue;
    const range: [number, number][] = [[matrix.indptr[from]!, matrix.indptr[to]!]];
    data.write_slice(range, band.data);
    indices.write_slice(range, band.indices);
  }
}

/** Bands of samples whose entries take at most `SLICE_BYTES`; a single row may take more. */
export function sparseBands(indptr: Float64Array, n: number): [number, number][] {
  const most = SLICE_BYTES / 8;
  const bands: [number, number][] = [];
  let from = 0;
  while (from < n) {
    let to = from + 1;
    while (to < n && indptr[to + 1]! - indptr[from]! <= most) to++;
    bands.push([from, to]);
    from = to;
  }
  return bands;
}

export type { Matrix };

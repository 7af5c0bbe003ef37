import type { DenseMatrix, Matrix, SparseMatrix } from "../cohort.ts";
import { IngestError } from "../errors.ts";
import { asFloat32, asNumbers, attribute, type Dataset, type Group, isDataset, isGroup, member, shapeOf } from "./file.ts";

export interface OpenMatrix {
  n: number;
  p: number;
  matrix: Matrix;
}

/** X or raw/X of an AnnData file: a dense dataset, or compressed rows or columns. Values are read when they are asked for. */
export function openMatrix(parent: Group, name: string): OpenMatrix {
  const entity = member(parent, name);
  if (isDataset(entity)) return openDense(entity);
  if (isGroup(entity)) return openCompressed(entity, name);
  throw new IngestError(
    "h5ad_layout",
    `the file has no ${name}, the matrix of values`,
    "Put the values to be used into adata.X and write the file again.",
  );
}

function openDense(dataset: Dataset): OpenMatrix {
  const [n, p, ...more] = shapeOf(dataset);
  if (n === undefined || p === undefined || more.length > 0) {
    throw new IngestError("h5ad_layout", `X has ${shapeOf(dataset).length} dimensions instead of 2`, "Write the file again with anndata.");
  }
  const matrix: DenseMatrix = {
    kind: "dense",
    inMemory: false,
    fill(from, to, first, last, out) {
      const ranges: [number, number][] = [
        [from, to],
        [first, last],
      ];
      out.set(asFloat32(dataset.slice(ranges)));
    },
  };
  return { n, p, matrix };
}

function openCompressed(group: Group, name: string): OpenMatrix {
  const type = String(attribute(group, "encoding-type") ?? attribute(group, "h5sparse_format") ?? "csr");
  const shape = asNumbers(attribute(group, "shape") ?? attribute(group, "h5sparse_shape"));
  const parts = ["indptr", "indices", "data"].map((part) => member(group, part));
  if (!parts.every(isDataset) || shape.length !== 2) {
    throw new IngestError(
      "h5ad_layout",
      `the sparse matrix ${name} lacks indptr, indices, data or shape`,
      "Write the file again with anndata.",
    );
  }
  const [indptrData, indices, data] = parts as [Dataset, Dataset, Dataset];
  const [n, p] = shape as unknown as [number, number];
  const indptr = asNumbers(indptrData.value);
  refuseBadStarts(indptr, type.startsWith("csc") ? p : n, shapeOf(data)[0] ?? 0, shapeOf(indices)[0] ?? 0, name);
  if (type.startsWith("csc")) return { n, p, matrix: rowsOfColumns(n, p, indptr, indices, data, name) };
  const matrix: SparseMatrix = {
    kind: "csr",
    indptr,
    entries(from, to) {
      const range: [number, number][] = [[indptr[from]!, indptr[to]!]];
      if (range[0]![0] === range[0]![1]) return { indices: new Int32Array(0), data: new Float32Array(0) };
      const band = { indices: asInt32(indices.slice(range)), data: asFloat32(data.slice(range)) };
      refuseOutside(band.indices, p, name);
      sortRows(indptr, from, to, band);
      return band;
    },
  };
  return { n, p, matrix };
}

function broken(name: string, what: string): IngestError {
  return new IngestError("h5ad_layout", `the sparse matrix ${name} is broken: ${what}`, "Write the file again with anndata.");
}

/** @param starts  where each row (or column) begins among the entries: 0, never falling, their count at the end */
function refuseBadStarts(starts: Float64Array, lines: number, values: number, places: number, name: string): void {
  if (starts.length !== lines + 1) throw broken(name, `indptr has ${starts.length} numbers instead of ${lines + 1}`);
  if (values !== places || starts[0] !== 0 || starts[lines] !== values) throw broken(name, "indptr, indices and data do not fit");
  for (let i = 0; i < lines; i++) if (!(starts[i]! <= starts[i + 1]!)) throw broken(name, `indptr falls at ${i + 1}`);
}

function refuseOutside(places: Int32Array, width: number, name: string): void {
  for (const place of places) if (place < 0 || place >= width) throw broken(name, `index ${place} is not among 0 to ${width - 1}`);
}

function asInt32(value: unknown): Int32Array {
  return value instanceof Int32Array ? value : Int32Array.from(asNumbers(value));
}

/** Puts the entries of each row in order of their columns, where they are not. */
function sortRows(indptr: Float64Array, from: number, to: number, band: { indices: Int32Array; data: Float32Array }): void {
  const base = indptr[from]!;
  for (let i = from; i < to; i++) {
    const start = indptr[i]! - base;
    const end = indptr[i + 1]! - base;
    let sorted = true;
    for (let k = start + 1; k < end && sorted; k++) sorted = band.indices[k]! > band.indices[k - 1]!;
    if (sorted) continue;
    const order = Array.from({ length: end - start }, (_, k) => start + k).sort((a, b) => band.indices[a]! - band.indices[b]!);
    const indices = order.map((k) => band.indices[k]!);
    for (let k = 1; k < indices.length; k++) {
      if (indices[k] === indices[k - 1])
        throw broken("X", `row ${i} has two values in column ${indices[k]}; adata.X.sum_duplicates() adds them`);
    }
    const data = order.map((k) => band.data[k]!);
    band.indices.set(indices, start);
    band.data.set(data, start);
  }
}

/** Compressed columns turned into compressed rows, in memory. Cost O(entries). */
function rowsOfColumns(n: number, p: number, columnStarts: Float64Array, rowData: Dataset, valueData: Dataset, name: string): SparseMatrix {
  const rows = asInt32(rowData.value);
  refuseOutside(rows, n, name);
  const values = asFloat32(valueData.value);
  const indptr = new Float64Array(n + 1);
  for (let k = 0; k < rows.length; k++) indptr[rows[k]! + 1]!++;
  for (let i = 0; i < n; i++) indptr[i + 1]! += indptr[i]!;
  const next = indptr.slice(0, n);
  const indices = new Int32Array(rows.length);
  const data = new Float32Array(rows.length);
  for (let j = 0; j < p; j++) {
    for (let k = columnStarts[j]!; k < columnStarts[j + 1]!; k++) {
      const at = next[rows[k]!]!++;
      indices[at] = j;
      data[at] = values[k]!;
    }
  }
  return {
    kind: "csr",
    indptr,
    entries: (from, to) => ({ indices: indices.subarray(indptr[from]!, indptr[to]!), data: data.subarray(indptr[from]!, indptr[to]!) }),
  };
}

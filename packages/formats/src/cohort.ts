/**
 * A data set between the file it came in and the canonical file it goes to.
 *
 * sample   a row of X; has an id, unique
 * feature  a column of X, float32, NaN where missing; has a name, unique
 * obs      what is known about samples: text as categories, numbers as float64
 */
export type ObsColumn =
  | { name: string; kind: "categorical"; categories: string[] /** of each sample, -1 missing */; codes: Int32Array }
  | { name: string; kind: "numeric" /** of each sample, NaN missing */; values: Float64Array };

/** n x p dense values, handed out by bands of samples so that no second copy is needed. */
export interface DenseMatrix {
  kind: "dense";
  /** pieces of rows cost no more than whole rows; a file's chunks may be as wide as a row */
  inMemory: boolean;
  /** Writes samples from..to-1, features first..last-1, row-major, (to - from) x (last - first) values. */
  fill(from: number, to: number, first: number, last: number, out: Float32Array): void;
}

/** n x p compressed sparse rows; columns ascend within a row. */
export interface SparseMatrix {
  kind: "csr";
  /** n + 1 */
  indptr: Float64Array;
  /** Entries from..to-1 in file order. */
  entries(from: number, to: number): { indices: Int32Array; data: Float32Array };
}

export type Matrix = DenseMatrix | SparseMatrix;

export interface Layer {
  featureNames: string[];
  matrix: Matrix;
}

export type Orientation = "samples_in_rows" | "samples_in_columns";

export interface Cohort {
  sampleIds: string[];
  obs: ObsColumn[];
  x: Layer;
  raw?: Layer;
  /** what was seen on the way, for the doctor */
  notes: CohortNotes;
}

export interface CohortNotes {
  format: "text" | "h5ad";
  orientation: Orientation;
  /** was the orientation asked for, or found out; and by what */
  orientationAsked: boolean;
  orientationReasons: string[];
  /** how clear the evidence was, 0 none */
  orientationMargin: number;
  idColumn: string | null;
  renamedFeatures: { from: string; to: string }[];
  renamedSamples: { from: string; to: string }[];
  /** columns or rows that were left out, with the reason */
  leftOut: { name: string; reason: string }[];
  sheet?: { column: string; matched: number; samplesWithout: string[]; rowsWithout: string[]; doubled: string[] };
}

/** Samples sorted into categories, which are in the order of their code units. @param values  null where missing */
export function categorical(name: string, values: readonly (string | null)[]): ObsColumn {
  const categories = [...new Set(values.filter((value) => value !== null))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const codeOf = new Map(categories.map((category, code) => [category, code]));
  return { name, kind: "categorical", categories, codes: Int32Array.from(values, (value) => (value === null ? -1 : codeOf.get(value)!)) };
}

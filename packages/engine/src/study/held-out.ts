import { column } from "../matrix.ts";
import type { DenseTable } from "../models/dense-table.ts";
import type { Draw, Thread } from "../part.ts";
import { type Impute, imputerOf } from "../preprocess/impute.ts";

/** Values of some features in some samples; missing ones get what the training draw says, never the samples' own. */
export function denseTable(thread: Thread, train: Draw, impute: Impute, rows: Uint32Array, features: readonly number[]): DenseTable {
  // With impute `none` the methods have seen no gap, but held-out samples may have one.
  const imputer = imputerOf(thread.matrix, train, impute === "none" ? "median" : impute);
  const columns = features.map((j) => {
    const source = column(thread.matrix, j);
    if (thread.matrix.missing[j] === 0) return Float64Array.from(rows, (i) => source[i]!);
    const fill = imputer(j)!;
    return Float64Array.from(rows, (i) => (Number.isNaN(source[i]) ? fill(i) : source[i]!));
  });
  return { n: rows.length, k: features.length, columns };
}

import { column } from "../matrix.ts";
import type { DenseTable } from "../models/dense-table.ts";
import type { Draw, Thread } from "../part.ts";
import { type Impute, imputedValue } from "../preprocess/impute.ts";

/** Values of some features in some samples; missing ones get what the training draw says, never the samples' own. */
export function denseTable(thread: Thread, train: Draw, impute: Impute, rows: Uint32Array, features: readonly number[]): DenseTable {
  const columns = features.map((j) => {
    const source = column(thread.matrix, j);
    const fill = thread.matrix.missing[j] === 0 ? 0 : (imputedValue(source, train, impute === "none" ? "median" : impute) ?? 0);
    return Float64Array.from(rows, (i) => (Number.isNaN(source[i]) ? fill : source[i]!));
  });
  return { n: rows.length, k: features.length, columns };
}

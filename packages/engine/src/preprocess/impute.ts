import { column, type FeatureMatrix } from "../matrix.ts";
import type { Draw } from "../part.ts";
import { knnImputer } from "./impute-knn.ts";

export type Impute = "none" | "mean" | "median" | "knn";

/** What stands for the missing value of a feature in a sample; undefined where `impute` is `none` and the draw has gaps there. */
export type Imputer = (j: number) => ((row: number) => number) | undefined;

/** Learns from the samples of a draw alone how gaps are filled; of any sample, so that held-out ones are filled by the same rule. */
export function imputerOf(matrix: FeatureMatrix, draw: Draw, impute: Impute): Imputer {
  if (impute === "knn") return knnImputer(matrix, draw);
  return (j) => {
    const value = imputedValue(column(matrix, j), draw, impute);
    return value === undefined ? undefined : () => value;
  };
}

/**
 * The value that stands for a missing one in a column, learned from the samples of the draw alone, each counted as
 * often as it was drawn; rounded once to float32. A column with no value at all in the draw gets 0 (it is constant there).
 * `undefined` where values are missing in the draw and `impute` is `none`; without gaps `none` has nothing to fill, and gives 0.
 */
export function imputedValue(source: Float32Array, draw: Draw, impute: Exclude<Impute, "knn">): number | undefined {
  const present: number[] = [];
  let missing = 0;
  for (let i = 0; i < draw.rows.length; i++) {
    const value = source[draw.rows[i]!]!;
    if (Number.isNaN(value)) missing++;
    else for (let c = 0; c < draw.counts[i]!; c++) present.push(value);
  }
  if (impute === "none") return missing === 0 ? 0 : undefined;
  // Also where the draw has no gap: a held-out sample may have one.
  if (present.length === 0) return 0;
  return Math.fround(impute === "mean" ? present.reduce((a, b) => a + b, 0) / present.length : median(present));
}

/** Median; the mean of the middle two where their number is even. Sorts in place. */
export function median(values: number[]): number {
  values.sort((a, b) => a - b);
  const half = values.length >> 1;
  return values.length % 2 === 1 ? values[half]! : (values[half - 1]! + values[half]!) / 2;
}

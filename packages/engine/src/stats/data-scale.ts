import type { TrainingPart } from "../part.ts";

export const dataScales = ["auto", "log", "raw"] as const;
export type DataScale = "log" | "raw";

/**
 * Whether values are on a logarithmic scale. `raw` when the mean of some feature in some group is beyond 50 (no log2 of
 * an intensity, count or ratio is), or when all values are whole numbers from 0 up and some are above 2 (counts); else `log`.
 * Means, not single values, so that one outlier does not decide. Beta values, z-scores and ratios count as `log`: differences
 * of means are what makes sense of them.
 *
 * @param means  of the features in the groups, in any order
 */
export function detectScale(part: TrainingPart, means: ArrayLike<number>): DataScale {
  for (let i = 0; i < means.length; i++) if (Math.abs(means[i]!) > 50) return "raw";
  return looksLikeCounts(part) ? "raw" : "log";
}

function looksLikeCounts(part: TrainingPart): boolean {
  let most = 0;
  for (let j = 0; j < part.p; j++) {
    for (const value of part.availableColumn(j)) {
      if (Number.isNaN(value)) continue;
      if (value < 0 || value !== Math.floor(value)) return false;
      most = Math.max(most, value);
    }
  }
  return most > 2;
}

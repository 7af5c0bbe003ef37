import type { TrainingPart } from "../part.ts";
import { withMidRanks } from "./mid-ranks.ts";

/**
 * Ranks of every feature, summed in each of k groups of samples; a sample counts as often as it was drawn, a missing value is passed over.
 * Per feature 2 k + 1 numbers: count and rank sum of each group (exact, in halves), then the sum of t^3 - t over ties of t values.
 *
 * @param groups  m codes below k
 * Cost O(n p).
 */
export function groupRankSums(part: TrainingPart, groups: Int32Array, k: number): Float64Array {
  const size = 2 * k + 1;
  const out = new Float64Array(size * part.p);
  const { counts } = part;
  const sizes = new Float64Array(k);
  for (let i = 0; i < groups.length; i++) sizes[groups[i]!]! += counts[i]!;
  const drawn = sizes.reduce((sum, count) => sum + count, 0);
  const present = new Float64Array(k);
  const sums = new Float64Array(k);
  withMidRanks(part, "available", (rank) => {
    for (let j = 0; j < part.p; j++) {
      const { n, ranks, ties } = rank(j);
      sums.fill(0);
      present.set(sizes);
      if (n === drawn) for (let i = 0; i < groups.length; i++) sums[groups[i]!]! += counts[i]! * ranks[i]!;
      else addPresent(ranks, counts, groups, sums, present);
      for (let g = 0; g < k; g++) {
        out[size * j + 2 * g] = present[g]!;
        out[size * j + 2 * g + 1] = sums[g]!;
      }
      out[size * j + 2 * k] = ties;
    }
  });
  return out;
}

/** As the loop above for a feature with missing values, whose samples are taken off `present`. */
function addPresent(ranks: Float64Array, counts: Uint32Array, groups: Int32Array, sums: Float64Array, present: Float64Array): void {
  for (let i = 0; i < ranks.length; i++) {
    if (Number.isNaN(ranks[i]!)) present[groups[i]!]! -= counts[i]!;
    else sums[groups[i]!]! += counts[i]! * ranks[i]!;
  }
}

/** Whether all n values are one, so that nothing can be told from their ranks. */
export function allTied(n: number, ties: number): boolean {
  return ties >= n * (n * n - 1);
}

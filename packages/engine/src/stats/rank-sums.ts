import type { TrainingPart } from "../part.ts";
import { withMidRanks } from "./mid-ranks.ts";

/**
 * Ranks of every feature, summed in each of k groups of samples; a sample counts as often as it was drawn, a missing value is passed over.
 * Per feature 2 k + 1 numbers: count and rank sum of each group (exact, in halves), then the sum of t^3 - t over ties of t values.
 *
 * @param groups  m codes below k
 * Cost O(n p).
 */
export function groupRankSums(part: TrainingPart, groups: ArrayLike<number>, k: number): Float64Array {
  const size = 2 * k + 1;
  const out = new Float64Array(size * part.p);
  const { counts, m } = part;
  withMidRanks(part, "available", (rank) => {
    for (let j = 0; j < part.p; j++) {
      const { ranks, ties } = rank(j);
      const at = size * j;
      for (let i = 0; i < m; i++) {
        if (Number.isNaN(ranks[i]!)) continue;
        const g = at + 2 * groups[i]!;
        out[g]! += counts[i]!;
        out[g + 1]! += counts[i]! * ranks[i]!;
      }
      out[at + 2 * k] = ties;
    }
  });
  return out;
}

/** Whether all n values are one, so that nothing can be told from their ranks. */
export function allTied(n: number, ties: number): boolean {
  return ties >= n * (n * n - 1);
}

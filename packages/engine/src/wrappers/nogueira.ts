import { selectionFrequencies } from "./selection-frequencies.ts";

/** Standard normal quantile of 0.975. */
const Z = 1.959963984540054;

export interface StabilityEstimate {
  /** at most 1; 0 is what random sets have; null where it is not defined */
  readonly index: number | null;
  /** 95 %, null where the variance is 0 or the index not defined; not clipped at 1 */
  readonly interval: [number, number] | null;
}

/**
 * Stability of feature selection. Of M sets, p_f the share that holds feature f, k_i the size of set i, k their mean:
 *
 *   Phi   = 1 - (1/p) sum_f M/(M-1) p_f (1 - p_f) / ((k/p)(1 - k/p))
 *   phi_i = ((1/p) sum_{f in set i} p_f - k_i k/p² - Phi/2 (2 k_i k/p² - k_i/p - k/p + 1)) / ((k/p)(1 - k/p))
 *   v     = 4/M² sum_i (phi_i - mean phi)²,     interval Phi +- 1.96 sqrt(v)
 *
 * Null for fewer than two sets, and where all sets are empty or all are full. Equal sets have index 1 and no interval.
 * The interval supposes independent resamples of the data; over the folds of a cross-validation it does not hold.
 * Source: Nogueira, Sechidis & Brown 2018, JMLR 18(174), definition 4 and theorem 7.
 *
 * @param sets  M sets of distinct indices 0..p-1
 * Cost O(p + sum k_i).
 */
export function nogueira(sets: readonly (readonly number[])[], p: number): StabilityEstimate {
  const M = sets.length;
  const total = sets.reduce((sum, set) => sum + set.length, 0);
  if (M < 2 || total === 0 || total === M * p) return { index: null, interval: null };
  const share = selectionFrequencies(sets, p);
  const filled = total / M / p;
  const spread = filled * (1 - filled);
  const index = identical(sets, share) ? 1 : 1 - (M / (M - 1)) * (meanVariance(share) / spread);
  const phi = sets.map((set) => {
    const own = set.length / p;
    const overlap = set.reduce((sum, f) => sum + share[f]!, 0) / p;
    return (overlap - own * filled - (index / 2) * (2 * own * filled - own - filled + 1)) / spread;
  });
  const mean = phi.reduce((sum, value) => sum + value, 0) / M;
  const half = Z * Math.sqrt((4 / (M * M)) * phi.reduce((sum, value) => sum + (value - mean) * (value - mean), 0));
  // Sets that are equal up to rounding have no variance worth an interval.
  return { index, interval: half < 1e-12 ? null : [index - half, index + half] };
}

function meanVariance(share: Float64Array): number {
  let sum = 0;
  for (const value of share) sum += value * (1 - value);
  return sum / share.length;
}

function identical(sets: readonly (readonly number[])[], share: Float64Array): boolean {
  return sets.every((set) => set.every((f) => share[f] === 1));
}

import ln from "@stdlib/math-base-special-ln";

/** A probability of 0 that came true costs 34.5 and not infinitely much. */
const LEAST = 1e-15;

/**
 * Log loss, two classes or more: mean of -log of the probability given to the class that came, natural logarithm; lower is better.
 * Probabilities below 1e-15 count as 1e-15. Null without samples.
 *
 * @param y       n codes 0..K-1
 * @param scores  per class n probabilities, K arrays (for two classes as well)
 * @param weights n, not all 0; 1 each when left out
 */
export function logLoss(y: ArrayLike<number>, scores: readonly ArrayLike<number>[], weights?: ArrayLike<number>): number | null {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    sum -= w * ln(Math.max(LEAST, scores[y[i]!]![i]!));
    total += w;
  }
  return total === 0 ? null : sum / total;
}

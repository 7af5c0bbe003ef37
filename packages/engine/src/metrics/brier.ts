/**
 * Brier score, two classes: mean squared difference of the probability of class 1 from what came (0 or 1); 0 to 1, lower is better.
 * Null without samples. Source: Brier 1950, Mon Weather Rev 78, 1 (the one-class form, half of his).
 *
 * @param y         n codes, 1 is positive
 * @param positive  n probabilities of class 1
 */
export function brier(y: ArrayLike<number>, positive: ArrayLike<number>): number | null {
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    const off = positive[i]! - (y[i] === 1 ? 1 : 0);
    sum += off * off;
  }
  return y.length === 0 ? null : sum / y.length;
}

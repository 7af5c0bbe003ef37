/**
 * Matthews correlation coefficient, two classes or more, -1 to 1: the correlation of truth and prediction over all cells of the confusion matrix.
 * 0 where all predictions are one class (nothing better than chance); null where the truth is one class, as nothing could be told apart.
 * Source: Gorodkin 2004, Comput Biol Chem 28, 367.
 *
 * @param y, predicted  n codes
 */
export function mcc(y: ArrayLike<number>, predicted: ArrayLike<number>): number | null {
  const n = y.length;
  const truth = new Map<number, number>();
  const guess = new Map<number, number>();
  let right = 0;
  for (let i = 0; i < n; i++) {
    truth.set(y[i]!, (truth.get(y[i]!) ?? 0) + 1);
    guess.set(predicted[i]!, (guess.get(predicted[i]!) ?? 0) + 1);
    if (y[i] === predicted[i]) right++;
  }
  if (truth.size < 2) return null;
  if (guess.size < 2) return 0;
  let both = 0;
  for (const [k, count] of truth) both += count * (guess.get(k) ?? 0);
  const spread = (counts: Map<number, number>) => n * n - [...counts.values()].reduce((sum, count) => sum + count * count, 0);
  return (right * n - both) / Math.sqrt(spread(truth) * spread(guess));
}

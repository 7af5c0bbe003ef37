/**
 * F1 = 2 TP / (2 TP + FP + FN). Two classes: of class 1. More: the unweighted mean over classes (macro).
 * A class that neither occurs nor is predicted has no F1: it is left out of the mean; null where none is left.
 * Source: van Rijsbergen 1979; macro as in Opitz & Burst 2019 (mean of F1, not F1 of means), as scikit-learn's.
 *
 * @param y, predicted  n codes 0..K-1
 * @param classes       K
 */
export function f1(y: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number | null {
  if (classes === 2) return f1Of(y, predicted, 1);
  let sum = 0;
  let count = 0;
  for (let k = 0; k < classes; k++) {
    const value = f1Of(y, predicted, k);
    if (value === null) continue;
    sum += value;
    count++;
  }
  return count === 0 ? null : sum / count;
}

function f1Of(y: ArrayLike<number>, predicted: ArrayLike<number>, k: number): number | null {
  let hits = 0;
  let mentions = 0;
  for (let i = 0; i < y.length; i++) {
    if (y[i] === k && predicted[i] === k) hits++;
    mentions += (y[i] === k ? 1 : 0) + (predicted[i] === k ? 1 : 0);
  }
  return mentions === 0 ? null : (2 * hits) / mentions;
}

/** Share of samples whose class was predicted, two classes or more; null without samples. @param y, predicted  n codes */
export function accuracy(y: ArrayLike<number>, predicted: ArrayLike<number>): number | null {
  let right = 0;
  for (let i = 0; i < y.length; i++) if (y[i] === predicted[i]) right++;
  return y.length === 0 ? null : right / y.length;
}

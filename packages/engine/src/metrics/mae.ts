/** Mean absolute error, regression, in the unit of y; null without samples. */
export function mae(y: ArrayLike<number>, predicted: ArrayLike<number>): number | null {
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum += Math.abs(y[i]! - predicted[i]!);
  return y.length === 0 ? null : sum / y.length;
}

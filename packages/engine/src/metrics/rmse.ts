/** Root of the mean squared error, regression, in the unit of y; null without samples. @param weights  n, not all 0; 1 each when left out */
export function rmse(y: ArrayLike<number>, predicted: ArrayLike<number>, weights?: ArrayLike<number>): number | null {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    const off = y[i]! - predicted[i]!;
    sum += w * off * off;
    total += w;
  }
  return total === 0 ? null : Math.sqrt(sum / total);
}

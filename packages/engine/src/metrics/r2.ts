/**
 * 1 - SS_residual / SS_total, regression: 1 is perfect, 0 as good as the mean of these samples, below 0 worse.
 * Null where y does not vary (fewer than two samples included).
 */
export function r2(y: ArrayLike<number>, predicted: ArrayLike<number>): number | null {
  const n = y.length;
  let mean = 0;
  let varies = false;
  for (let i = 0; i < n; i++) {
    mean += y[i]! / n;
    varies ||= y[i] !== y[0];
  }
  if (!varies) return null;
  let residual = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const off = y[i]! - predicted[i]!;
    const spread = y[i]! - mean;
    residual += off * off;
    total += spread * spread;
  }
  return 1 - residual / total;
}

export interface Moments {
  /** sum of the weights of the values that are there */
  readonly n: number;
  readonly mean: number;
  /** divided by n - 1; NaN below two values */
  readonly variance: number;
}

/**
 * Mean and variance of the values that are not NaN, each counted `weights[i]` times (once when left out).
 * Two passes with the correction of Chan, Golub & LeVeque 1983 (Am Stat 37(3), eq 1.7): a shift of all values costs no digits.
 */
export function moments(values: ArrayLike<number>, weights?: ArrayLike<number>): Moments {
  let n = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const w = weights === undefined ? 1 : weights[i]!;
    n += w;
    sum += w * values[i]!;
  }
  const mean = sum / n;
  let squares = 0;
  let rest = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const w = weights === undefined ? 1 : weights[i]!;
    const d = values[i]! - mean;
    rest += w * d;
    squares += w * d * d;
  }
  return { n, mean, variance: n > 1 ? Math.max(0, squares - (rest * rest) / n) / (n - 1) : Number.NaN };
}

export function mean(values: ArrayLike<number>): number {
  return moments(values).mean;
}

/** Divided by n - 1. */
export function variance(values: ArrayLike<number>): number {
  return moments(values).variance;
}

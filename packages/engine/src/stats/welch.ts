export interface Welch {
  readonly t: number;
  readonly df: number;
}

/**
 * Welch's t of group 1 minus group 0 with the Welch-Satterthwaite degrees of freedom.
 * NaN where a group has fewer than two values, or where no value differs from any other.
 * No spread within both groups but different means: t is +-Infinity, df is n0 + n1 - 2 (the limit of equal spreads).
 * Source: Welch 1947, Biometrika 34, 28.
 *
 * @param n, mean, m2  of each group: count, mean, centred sum of squares
 */
export function welch(n0: number, mean0: number, m20: number, n1: number, mean1: number, m21: number): Welch {
  if (n0 < 2 || n1 < 2) return { t: Number.NaN, df: Number.NaN };
  const v0 = m20 / (n0 - 1) / n0;
  const v1 = m21 / (n1 - 1) / n1;
  const v = v0 + v1;
  // 0 / 0 is the NaN of a constant column
  if (v === 0) return { t: (mean1 - mean0) / 0, df: mean1 === mean0 ? Number.NaN : n0 + n1 - 2 };
  const share0 = v0 / v;
  const share1 = v1 / v;
  const df = 1 / ((share0 * share0) / (n0 - 1) + (share1 * share1) / (n1 - 1));
  return { t: (mean1 - mean0) / Math.sqrt(v), df };
}

import exp from "@stdlib/math-base-special-exp";
import ln from "@stdlib/math-base-special-ln";
import log1p from "@stdlib/math-base-special-log1p";
import quantile from "@stdlib/stats-base-dists-t-quantile";
import { logIncompleteBeta } from "./incomplete-beta.ts";
import { logUpperGamma } from "./incomplete-gamma.ts";

/*
 * Tail probabilities as natural logarithms, computed as tails (never as 1 - cdf), so that they stay right where p underflows.
 * `exp` of each is p; below about 1e-308 p loses digits and below 5e-324 it is 0, its logarithm is neither.
 * NaN in, or degrees of freedom not above 0: NaN.
 */

/** log P(|T| >= |t|) of Student's t. @param df  > 0, need not be whole */
export function logTTwoSided(t: number, df: number): number {
  return logIncompleteBeta(df / 2, 0.5, df / t / t);
}

/** log P(F >= f). @param df1, df2  of numerator and denominator, > 0 */
export function logFUpper(f: number, df1: number, df2: number): number {
  return f < 0 ? 0 : logIncompleteBeta(df2 / 2, df1 / 2, df2 / df1 / f);
}

/** log P(X >= x) of chi-squared. @param df  > 0 */
export function logChiSquaredUpper(x: number, df: number): number {
  return logUpperGamma(df / 2, x / 2);
}

/** log P(|Z| >= |z|) of the standard normal. */
export function logNormalTwoSided(z: number): number {
  return logUpperGamma(0.5, (z * z) / 2);
}

/** log P(Z >= z) of the standard normal. */
export function logNormalUpper(z: number): number {
  const tail = logNormalTwoSided(z) - Math.LN2;
  return z < 0 ? log1p(-exp(tail)) : tail;
}

/** log P(Z <= z) of the standard normal. */
export function logNormalLower(z: number): number {
  return logNormalUpper(-z);
}

/** The value that Student's t stays below with this probability. @param prob  0 to 1 @param df  > 0 */
export function tQuantile(prob: number, df: number): number {
  const start = quantile(prob, df);
  if (start === 0 || !Number.isFinite(start)) return start;
  // The library's quantile is good to about 1e-10; one secant step on the tail that tests use makes the two agree.
  const t = Math.abs(start);
  const step = t * 1e-5;
  const wanted = ln(2 * Math.min(prob, 1 - prob));
  const slope = (logTTwoSided(t + step, df) - logTTwoSided(t - step, df)) / (2 * step);
  return Math.sign(start) * (t + (wanted - logTTwoSided(t, df)) / slope);
}

import exp from "@stdlib/math-base-special-exp";
import ln from "@stdlib/math-base-special-ln";
import { median } from "../preprocess/impute.ts";
import { digamma, trigamma, trigammaInverse } from "./digamma.ts";

/** Scaled inverse chi-squared that the variances of the features come from. */
export interface VariancePrior {
  /** how many degrees of freedom it is worth; Infinity where the variances differ no more than chance makes them */
  readonly df: number;
  readonly s2: number;
}

/** Variances below this share of their median are raised to it, as limma does, so that a variance of 0 has a logarithm. */
const LEAST = 1e-5;

/**
 * Fits s2_j ~ s0^2 F(df_j, df0) by the moments of log s2_j: its mean and variance, less what df_j alone explains.
 * Features without a degree of freedom do not count. One variance alone gives df 0 and itself; none gives undefined.
 * Source: Smyth 2004, section 6.2; the choices at the edges are those of limma's fitFDist.
 *
 * @param s2, df  residual variance of each feature and its degrees of freedom
 */
export function fitVariancePrior(s2: ArrayLike<number>, df: ArrayLike<number>): VariancePrior | undefined {
  const used: number[] = [];
  for (let j = 0; j < df.length; j++) if (df[j]! > 0 && Number.isFinite(s2[j]!)) used.push(j);
  if (used.length === 0) return undefined;
  if (used.length === 1) return { df: 0, s2: s2[used[0]!]! };
  const middle = median(used.map((j) => s2[j]!)) || 1;
  const raised = used.map((j) => Math.max(s2[j]!, LEAST * middle));
  const biasOf = perDf((half) => digamma(half) - ln(half));
  const noiseOf = perDf(trigamma);
  const e = used.map((j, i) => ln(raised[i]!) - biasOf(df[j]!));
  const centre = mean(e);
  const spread = e.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (e.length - 1) - mean(used.map((j) => noiseOf(df[j]!)));
  if (!(spread > 0)) return { df: Number.POSITIVE_INFINITY, s2: mean(raised) };
  const half = trigammaInverse(spread);
  return { df: 2 * half, s2: exp(centre + digamma(half) - ln(half)) };
}

/** The variance of a feature drawn towards the prior: their mean, weighted by degrees of freedom. @param s2  any number where df is 0 */
export function squeezedVariance(s2: number, df: number, prior: VariancePrior): number {
  if (prior.df === Number.POSITIVE_INFINITY) return prior.s2;
  return ((df > 0 ? df * s2 : 0) + prior.df * prior.s2) / (df + prior.df);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A function of df / 2, computed once for each df that occurs. */
function perDf(of: (half: number) => number): (df: number) => number {
  const known = new Map<number, number>();
  return (df) => {
    let value = known.get(df);
    if (value === undefined) {
      value = of(df / 2);
      known.set(df, value);
    }
    return value;
  };
}

import exp from "@stdlib/math-base-special-exp";
import ln from "@stdlib/math-base-special-ln";
import log1p from "@stdlib/math-base-special-log1p";
import { logGamma } from "./lgamma.ts";

const EPSILON = 2.220446049250313e-16;

/**
 * log Q(a, x), the regularised upper incomplete gamma function, right also where Q underflows.
 * A continued fraction from x >= a + 1 on, the series of P below it.
 * Source: DLMF 8.9.2 (fraction), 8.11.4 (series); fraction evaluated as in Lentz 1976, Appl Opt 15, 668.
 *
 * @param a  > 0
 * @param x  >= 0
 */
export function logUpperGamma(a: number, x: number): number {
  if (!(a > 0) || Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 0;
  if (x === Number.POSITIVE_INFINITY) return Number.NEGATIVE_INFINITY;
  const prefix = a * ln(x) - x - logGamma(a);
  return x < a + 1 ? log1p(-exp(prefix + ln(lowerSeries(a, x)))) : prefix + ln(upperFraction(a, x));
}

/** P(a, x) / (x^a e^-x / Gamma(a)) */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > sum * EPSILON; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** Q(a, x) / (x^a e^-x / Gamma(a)) = 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - ...)) */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = Number.MAX_VALUE;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 100_000; n++) {
    const term = -n * (n - a);
    b += 2;
    d = 1 / (b + term * d);
    c = b + term / c;
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < 4 * EPSILON) break;
  }
  return value;
}

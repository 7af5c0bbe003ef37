import betaln from "@stdlib/math-base-special-betaln";
import exp from "@stdlib/math-base-special-exp";
import ln from "@stdlib/math-base-special-ln";
import log1p from "@stdlib/math-base-special-log1p";

const EPSILON = 2.220446049250313e-16;

/**
 * log I_x(a, b), the regularised incomplete beta function at x = odds / (1 + odds), right also where I underflows:
 *
 *   log I = a log x + b log(1 - x) - log a - log B(a, b) + log of a continued fraction near 1
 *
 * The odds instead of x keep both x and 1 - x exact. Past the mean the complement is computed.
 * Source: DLMF 8.17.22, evaluated as in Lentz 1976, Appl Opt 15, 668. Cost O(sqrt(max(a, b))).
 *
 * @param a, b  > 0
 * @param odds  x / (1 - x), 0 to Infinity
 */
export function logIncompleteBeta(a: number, b: number, odds: number): number {
  if (!(a > 0) || !(b > 0) || !(odds >= 0)) return Number.NaN;
  if (odds === 0) return Number.NEGATIVE_INFINITY;
  if (odds === Number.POSITIVE_INFINITY) return 0;
  const prefix = -a * log1p(1 / odds) - b * log1p(odds) - betaln(a, b);
  // x < (a + 1) / (a + b + 2)
  if (odds * (b + 1) < a + 1) return prefix + ln(fraction(a, b, odds / (1 + odds)) / a);
  return log1p(-exp(prefix + ln(fraction(b, a, 1 / (1 + odds)) / b)));
}

/** 1 / (1 + d1 / (1 + d2 / (1 + ...))), two terms a step. */
function fraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    value *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < 4 * EPSILON) break;
  }
  return value;
}

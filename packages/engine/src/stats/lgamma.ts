import ln from "@stdlib/math-base-special-ln";

const HALF_LN_TWO_PI = 0.9189385332046728;

/**
 * log Gamma(x) for x > 0: Stirling's series with five terms at x >= 15, reached by the recurrence Gamma(x + 1) = x Gamma(x).
 * Source: NIST Digital Library of Mathematical Functions, 5.11.1. Error below 1e-15 of max(1, |log Gamma(x)|).
 */
export function logGamma(x: number): number {
  let product = 1;
  let z = x;
  while (z < 15) product *= z++;
  const w = 1 / (z * z);
  const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w / 1188)))) / z;
  return (z - 0.5) * ln(z) - z + HALF_LN_TWO_PI + series - ln(product);
}

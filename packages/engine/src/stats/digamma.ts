import ln from "@stdlib/math-base-special-ln";

/*
 * Derivatives of log Gamma for x > 0: asymptotic series at x >= 15, reached by the recurrence from x to x + 1.
 * Source: NIST Digital Library of Mathematical Functions, 5.11.2, 5.15.8, 5.5.2 and 5.15.5.
 */

/** First derivative. Error below 1e-15 of max(1, |value|). */
export function digamma(x: number): number {
  let below = 0;
  let z = x;
  while (z < 15) below += 1 / z++;
  const w = 1 / (z * z);
  const series = w * (1 / 12 - w * (1 / 120 - w * (1 / 252 - w * (1 / 240 - w / 132))));
  return ln(z) - 1 / (2 * z) - series - below;
}

/** Second derivative. Relative error below 1e-15. */
export function trigamma(x: number): number {
  let below = 0;
  let z = x;
  for (; z < 15; z++) below += 1 / (z * z);
  const w = 1 / (z * z);
  const series = w * (1 / 6 - w * (1 / 30 - w * (1 / 42 - w * (1 / 30 - (w * 5) / 66))));
  return (1 + 1 / (2 * z) + series) / z + below;
}

/**
 * The x > 0 at which trigamma is `value`, > 0: secant steps on 1 / trigamma, which is convex and nearly straight (x^2 near 0,
 * x - 1/2 far out), so that they come down on the root from the right.
 * Source: Smyth 2004, Stat Appl Genet Mol Biol 3(1), appendix, which takes Newton steps on the same function.
 */
export function trigammaInverse(value: number): number {
  const height = (x: number) => 1 / trigamma(x) - 1 / value;
  let right = 0.5 + 1 / value;
  let x = Math.max(1 / Math.sqrt(value), right * (1 - 1e-3));
  let above = height(right);
  for (let step = 0; step < 200; step++) {
    const here = height(x);
    if (here === above) break;
    const next = x - (here * (x - right)) / (here - above);
    right = x;
    above = here;
    x = next;
    if (Math.abs(x - right) <= 1e-14 * x) break;
  }
  return x;
}

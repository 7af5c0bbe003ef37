import ln from "@stdlib/math-base-special-ln";

export interface LoessOptions {
  /** share of the points in each local fit, above 0, at most 1 */
  readonly span: number;
}

/** Share of `span` that a cell of the tree may hold, as in netlib's dloess. */
const CELL = 0.2;

/**
 * Local quadratic regression of y on x at every x: tricube weights over the nearest floor(span n) points.
 * Fitted, as netlib's dloess does with surface "interpolate", at the corners of cells of at most floor(0.2 span n) points that halving at
 * the median makes, and blended between corners by cubic Hermite polynomials through value and slope.
 *
 * @param x, y  n finite values; order does not matter
 * @returns n fitted values; where x has a single value, the mean of y
 *
 * Cost O(n log n + n / (0.2 span)).
 * Source: Cleveland & Grosse 1991, Statistics and Computing 1, 47-62.
 */
export function loess(x: Float64Array, y: Float64Array, { span }: LoessOptions): Float64Array {
  const n = x.length;
  const order = Uint32Array.from(x.keys()).sort((a, b) => x[a]! - x[b]! || a - b);
  const sx = Float64Array.from(order, (i) => x[i]!);
  const sy = Float64Array.from(order, (i) => y[i]!);
  const out = new Float64Array(n);
  if (n === 0 || sx[0] === sx[n - 1]) return out.fill(sy.reduce((a, b) => a + b, 0) / n);
  const points = Math.max(3, Math.min(n, Math.floor(n * span + 1e-5)));
  const corners = cornersOf(sx, Math.floor(n * span * CELL));
  const fits = corners.map((at) => localQuadratic(sx, sy, at, points));
  let cell = 0;
  for (let k = 0; k < n; k++) {
    while (cell < corners.length - 2 && sx[k]! > corners[cell + 1]!) cell++;
    out[order[k]!] = hermite(sx[k]!, corners[cell]!, corners[cell + 1]!, fits[cell]!, fits[cell + 1]!);
  }
  return out;
}

/** Corners of the cells, ascending: both ends, a little outside, and every cut. */
function cornersOf(x: Float64Array, most: number): number[] {
  const n = x.length;
  const range = x[n - 1]! - x[0]!;
  const margin = 0.005 * Math.max(range, 1e-3 * Math.max(Math.abs(x[0]!), Math.abs(x[n - 1]!)) + 1e-30);
  const corners = [x[0]! - margin, x[n - 1]! + margin];
  const split = (from: number, to: number) => {
    if (to - from <= most) return;
    const at = gapNear(x, from, to);
    if (at < 0) return;
    const cut = (x[at - 1]! + x[at]!) / 2;
    corners.push(cut);
    split(from, at);
    split(at, to);
  };
  split(0, n);
  return corners.sort((a, b) => a - b);
}

/** First index after the gap between different values that is nearest to the middle of from .. to; -1 where all are equal. */
function gapNear(x: Float64Array, from: number, to: number): number {
  const middle = (from + to + 1) >> 1;
  for (let offset = 0; offset < to - from; offset++) {
    for (const at of [middle + offset, middle - offset]) {
      if (at > from && at < to && x[at - 1] !== x[at]) return at;
    }
  }
  return -1;
}

interface Local {
  readonly value: number;
  readonly slope: number;
}

/** Weighted quadratic through the `count` points nearest to `at`. */
function localQuadratic(x: Float64Array, y: Float64Array, at: number, count: number): Local {
  let from = Math.max(0, Math.min(x.length - count, firstAtLeast(x, at) - count));
  while (from + count < x.length && at - x[from]! > x[from + count]! - at) from++;
  const radius = Math.max(at - x[from]!, x[from + count - 1]! - at);
  const nearest = Math.abs(x[firstNearest(x, at)]! - at);
  // Where all of them are equally far the tricube would leave none.
  const h = Math.max(nearest < radius ? radius : 2 * radius, 1e-300);
  // Moments of d = (x - at) / h, so that the system is of unit scale.
  const s = new Float64Array(5);
  const t = new Float64Array(3);
  // Points outside the window but at the same distance as its edge weigh 0 anyway.
  for (let i = from; i < from + count; i++) {
    const d = (x[i]! - at) / h;
    const u = Math.abs(d);
    if (u >= 1) continue;
    const w = (1 - u * u * u) ** 3;
    let power = w;
    for (let k = 0; k < 5; k++) {
      s[k]! += power;
      if (k < 3) t[k]! += power * y[i]!;
      power *= d;
    }
  }
  const [value, slope] = solveQuadratic(s, t);
  return { value, slope: slope / h };
}

function firstNearest(x: Float64Array, at: number): number {
  const right = Math.min(x.length - 1, firstAtLeast(x, at));
  return right > 0 && at - x[right - 1]! < Math.abs(x[right]! - at) ? right - 1 : right;
}

function firstAtLeast(x: Float64Array, at: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Constant and slope of the weighted least squares; of lower degree where the points do not hold a quadratic. */
function solveQuadratic(s: Float64Array, t: Float64Array): [number, number] {
  const mean = t[0]! / s[0]!;
  const [s0, s1, s2, s3, s4] = [s[0]!, s[1]!, s[2]!, s[3]!, s[4]!];
  const a11 = s2 - (s1 * s1) / s0;
  if (!(a11 > 1e-12 * s0)) return [mean, 0];
  const a12 = s3 - (s1 * s2) / s0;
  const a22 = s4 - (s2 * s2) / s0;
  const b1 = t[1]! - (s1 * t[0]!) / s0;
  const b2 = t[2]! - (s2 * t[0]!) / s0;
  const rest = a22 - (a12 * a12) / a11;
  const quadratic = rest > 1e-12 * s0 ? (b2 - (a12 * b1) / a11) / rest : 0;
  const linear = (b1 - a12 * quadratic) / a11;
  return [(t[0]! - s1 * linear - s2 * quadratic) / s0, linear];
}

function hermite(x: number, left: number, right: number, a: Local, b: Local): number {
  const h = right - left;
  const u = (x - left) / h;
  const v = 1 - u;
  return v * v * (1 + 2 * u) * a.value + u * u * (1 + 2 * v) * b.value + h * u * v * (v * a.slope - u * b.slope);
}

/** Logarithm to base 10, the same on every machine. */
export function log10(value: number): number {
  return ln(value) / Math.LN10;
}

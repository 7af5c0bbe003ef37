/*
 * Counts, means and centred sums of squares of float32 columns; a missing value (NaN) is passed over.
 *
 * Memory: columns is u32[p], addresses of f32[stride] each, stride = n rounded up to a multiple of 4;
 * weights are f64[stride], 0 in rows that do not count and in the padding, integer multiplicities elsewhere.
 * What a column holds where the weight is 0 must be finite or NaN: it adds an exact zero.
 *
 * Two passes (Chan, Golub & LeVeque 1983, "Algorithms for computing the sample variance", Am Stat 37(3), eq 1.7):
 *   mean = sum w x / W;   m2 = sum w (x - mean)^2 - (sum w (x - mean))^2 / W
 * A constant column gives exactly m2 = 0: sums of equal float32 values are exact in float64.
 *
 * Order of summation: two vectors of two lanes, one lane per row modulo 4, then (s0 + s2) + (s1 + s3).
 */

// @inline
function sumLanes(a: v128, b: v128): f64 {
  const s = f64x2.add(a, b);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** Widens rows 0, 1 of a mask of four to two 64-bit lanes. */
// @inline
function lowMask(mask: v128): v128 {
  return v128.shuffle<u32>(mask, mask, 0, 0, 1, 1);
}

/** Rows 2, 3. */
// @inline
function highMask(mask: v128): v128 {
  return v128.shuffle<u32>(mask, mask, 2, 2, 3, 3);
}

// @inline
function highHalf(x4: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u32>(x4, x4, 2, 3, 2, 3));
}

/**
 * Moments of p columns in each of k groups of rows.
 *
 * weights: f64[k * stride], one vector per group; out: f64[p * k * 3], for each column and group
 * the sum of weights, the mean and the centred sum of squares; mean and squares are 0 where the sum of weights is 0.
 */
export function groupMoments(columns: usize, p: i32, weights: usize, k: i32, stride: i32, out: usize): void {
  const bytes = <usize>stride << 2;
  for (let j = 0; j < p; j++) {
    const x = <usize>load<u32>(columns + (<usize>j << 2));
    for (let g = 0; g < k; g++) {
      oneGroup(x, x + bytes, weights + ((<usize>g * <usize>stride) << 3), out);
      out += 24;
    }
  }
}

function oneGroup(x: usize, end: usize, w: usize, out: usize): void {
  let n0 = f64x2.splat(0);
  let n1 = f64x2.splat(0);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let at = x;
  let wAt = w;
  while (at < end) {
    const raw = v128.load(at);
    const mask = f32x4.eq(raw, raw);
    const x4 = v128.and(raw, mask);
    const w0 = v128.and(v128.load(wAt), lowMask(mask));
    const w1 = v128.and(v128.load(wAt, 16), highMask(mask));
    n0 = f64x2.add(n0, w0);
    n1 = f64x2.add(n1, w1);
    s0 = f64x2.add(s0, f64x2.mul(w0, f64x2.promote_low_f32x4(x4)));
    s1 = f64x2.add(s1, f64x2.mul(w1, highHalf(x4)));
    at += 16;
    wAt += 32;
  }
  const total = sumLanes(n0, n1);
  store<f64>(out, total);
  if (total == 0) {
    store<f64>(out, 0, 8);
    store<f64>(out, 0, 16);
    return;
  }
  const mean = sumLanes(s0, s1) / total;
  store<f64>(out, mean, 8);
  const centre = f64x2.splat(mean);
  let e0 = f64x2.splat(0);
  let e1 = f64x2.splat(0);
  let q0 = f64x2.splat(0);
  let q1 = f64x2.splat(0);
  at = x;
  wAt = w;
  while (at < end) {
    const raw = v128.load(at);
    const mask = f32x4.eq(raw, raw);
    const x4 = v128.and(raw, mask);
    const d0 = f64x2.sub(f64x2.promote_low_f32x4(x4), centre);
    const d1 = f64x2.sub(highHalf(x4), centre);
    const wd0 = f64x2.mul(v128.and(v128.load(wAt), lowMask(mask)), d0);
    const wd1 = f64x2.mul(v128.and(v128.load(wAt, 16), highMask(mask)), d1);
    e0 = f64x2.add(e0, wd0);
    e1 = f64x2.add(e1, wd1);
    q0 = f64x2.add(q0, f64x2.mul(wd0, d0));
    q1 = f64x2.add(q1, f64x2.mul(wd1, d1));
    at += 16;
    wAt += 32;
  }
  const rest = sumLanes(e0, e1);
  store<f64>(out, max(0.0, sumLanes(q0, q1) - (rest * rest) / total), 16);
}

/**
 * Moments of p columns with one vector y, over the rows where the column has a value.
 *
 * y, w: f64[stride]; out: f64[p * 6], for each column W, mean x, mean y, sum w (x - mean x)^2,
 * sum w (x - mean x)(y - mean y), sum w (y - mean y)^2; all 0 where W is 0.
 */
export function pairMoments(columns: usize, p: i32, y: usize, w: usize, stride: i32, out: usize): void {
  for (let j = 0; j < p; j++) {
    onePair(<usize>load<u32>(columns + (<usize>j << 2)), y, w, stride, out);
    out += 48;
  }
}

function onePair(x: usize, y: usize, w: usize, stride: i32, out: usize): void {
  const end = x + (<usize>stride << 2);
  let n0 = f64x2.splat(0);
  let n1 = f64x2.splat(0);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let t0 = f64x2.splat(0);
  let t1 = f64x2.splat(0);
  let at = x;
  let step: usize = 0;
  while (at < end) {
    const raw = v128.load(at);
    const mask = f32x4.eq(raw, raw);
    const x4 = v128.and(raw, mask);
    const w0 = v128.and(v128.load(w + step), lowMask(mask));
    const w1 = v128.and(v128.load(w + step, 16), highMask(mask));
    n0 = f64x2.add(n0, w0);
    n1 = f64x2.add(n1, w1);
    s0 = f64x2.add(s0, f64x2.mul(w0, f64x2.promote_low_f32x4(x4)));
    s1 = f64x2.add(s1, f64x2.mul(w1, highHalf(x4)));
    t0 = f64x2.add(t0, f64x2.mul(w0, v128.load(y + step)));
    t1 = f64x2.add(t1, f64x2.mul(w1, v128.load(y + step, 16)));
    at += 16;
    step += 32;
  }
  const total = sumLanes(n0, n1);
  if (total == 0) {
    memory.fill(out, 0, 48);
    return;
  }
  const meanX = sumLanes(s0, s1) / total;
  const meanY = sumLanes(t0, t1) / total;
  const cx = f64x2.splat(meanX);
  const cy = f64x2.splat(meanY);
  let ex = f64x2.splat(0);
  let ey = f64x2.splat(0);
  let xx = f64x2.splat(0);
  let xy = f64x2.splat(0);
  let yy = f64x2.splat(0);
  at = x;
  step = 0;
  while (at < end) {
    const raw = v128.load(at);
    const mask = f32x4.eq(raw, raw);
    const x4 = v128.and(raw, mask);
    const w0 = v128.and(v128.load(w + step), lowMask(mask));
    const w1 = v128.and(v128.load(w + step, 16), highMask(mask));
    const dx0 = f64x2.sub(f64x2.promote_low_f32x4(x4), cx);
    const dx1 = f64x2.sub(highHalf(x4), cx);
    const dy0 = f64x2.sub(v128.load(y + step), cy);
    const dy1 = f64x2.sub(v128.load(y + step, 16), cy);
    const wx0 = f64x2.mul(w0, dx0);
    const wx1 = f64x2.mul(w1, dx1);
    const wy0 = f64x2.mul(w0, dy0);
    const wy1 = f64x2.mul(w1, dy1);
    ex = f64x2.add(ex, f64x2.add(wx0, wx1));
    ey = f64x2.add(ey, f64x2.add(wy0, wy1));
    xx = f64x2.add(xx, f64x2.add(f64x2.mul(wx0, dx0), f64x2.mul(wx1, dx1)));
    xy = f64x2.add(xy, f64x2.add(f64x2.mul(wx0, dy0), f64x2.mul(wx1, dy1)));
    yy = f64x2.add(yy, f64x2.add(f64x2.mul(wy0, dy0), f64x2.mul(wy1, dy1)));
    at += 16;
    step += 32;
  }
  const zero = f64x2.splat(0);
  const restX = sumLanes(ex, zero);
  const restY = sumLanes(ey, zero);
  store<f64>(out, total);
  store<f64>(out, meanX, 8);
  store<f64>(out, meanY, 16);
  store<f64>(out, max(0.0, sumLanes(xx, zero) - (restX * restX) / total), 24);
  store<f64>(out, sumLanes(xy, zero) - (restX * restY) / total, 32);
  store<f64>(out, max(0.0, sumLanes(yy, zero) - (restY * restY) / total), 40);
}

/*
 * The Hessian of a Cox model's loss (Breslow ties) in its predictors, as it is: not diagonal, since the samples of a risk set
 * share its hazard, but a product with it costs O(n):
 *
 *   H z = h z - e C,   C_i = sum over event times up to t_i of W/S² sum_j in the risk set of e_j z_j
 *
 * Memory: a record of u32 fields, below; order u32[m], rows by time, latest first; in that order share f64[m], W/S² of a time
 * at its last row, 0 at other rows, e f64[m], w exp(eta - high), and fade f64[m], exp(high before - high), high the largest
 * eta up to there, in whose units e^high S and running sums are; hazard f64[m] and z, product f64[stride] for scratch;
 * slots f64[stride] each, `slots` of them, where products H z_j are kept while a descent lasts; slot u32[p], slot of feature j.
 */

const ORDER: usize = 0;
const SHARE: usize = 4;
const E: usize = 8;
const FADE: usize = 12;
const M: usize = 16;
const HAZARD: usize = 20;
const Z: usize = 24;
const PRODUCT: usize = 28;
const SLOTS: usize = 32;
const ALL: usize = 36;
const USED: usize = 40;
const SLOT: usize = 44;

const NONE: u32 = 0xffffffff;

/** Empties the slots. */
export function riskStart(risk: usize): void {
  store<u32>(risk, 0, USED);
}

/** out = H q, both f64[stride]; rows outside the part get 0. */
export function riskProduct(risk: usize, q: usize, h: usize, out: usize, stride: i32): void {
  const order = <usize>load<u32>(risk, ORDER);
  const share = <usize>load<u32>(risk, SHARE);
  const e = <usize>load<u32>(risk, E);
  const fade = <usize>load<u32>(risk, FADE);
  const hazard = <usize>load<u32>(risk, HAZARD);
  const m = <usize>load<u32>(risk, M);
  memory.fill(out, 0, <usize>stride << 3);
  let sum: f64 = 0;
  for (let k: usize = 0; k < m; k++) {
    const row = <usize>load<u32>(order + (k << 2)) << 3;
    sum = sum * load<f64>(fade + (k << 3)) + load<f64>(e + (k << 3)) * load<f64>(q + row);
    store<f64>(hazard + (k << 3), load<f64>(share + (k << 3)) * sum);
  }
  let all: f64 = 0;
  for (let k = m; k > 0; ) {
    k--;
    const row = <usize>load<u32>(order + (k << 2)) << 3;
    all += load<f64>(hazard + (k << 3));
    store<f64>(out + row, load<f64>(h + row) * load<f64>(q + row) - load<f64>(e + (k << 3)) * all);
    all *= load<f64>(fade + (k << 3));
  }
}

/** z_j'H z_j, z_j = (x - mean) scale; H z_j goes to a slot while there are some. */
export function riskCurvature(risk: usize, j: u32, x: usize, mean: f64, scale: f64, h: usize, stride: i32): f64 {
  const used = load<u32>(risk, USED);
  const kept = used < load<u32>(risk, ALL);
  store<u32>(<usize>load<u32>(risk, SLOT) + (<usize>j << 2), kept ? used : NONE);
  if (kept) store<u32>(risk, used + 1, USED);
  const out = columnProduct(risk, j, x, mean, scale, h, stride);
  return inner(load<u32>(risk, Z), out, stride);
}

/** r -= step H z_j */
export function riskSubtract(risk: usize, j: u32, x: usize, mean: f64, scale: f64, h: usize, step: f64, r: usize, stride: i32): void {
  const slot = load<u32>(<usize>load<u32>(risk, SLOT) + (<usize>j << 2));
  const from = slot == NONE ? columnProduct(risk, j, x, mean, scale, h, stride) : place(risk, slot, stride);
  subtractScaled(r, from, step, stride);
}

/** r -= step v, f64[stride] */
export function subtractScaled(r: usize, v: usize, step: f64, stride: i32): void {
  const step2 = f64x2.splat(step);
  for (let i: usize = 0, end = <usize>stride << 3; i < end; i += 32) {
    v128.store(r + i, f64x2.sub(v128.load(r + i), f64x2.mul(v128.load(v + i), step2)));
    v128.store(r + i, f64x2.sub(v128.load(r + i, 16), f64x2.mul(v128.load(v + i, 16), step2)), 16);
  }
}

/** a'b, f64[stride] */
export function inner(a: usize, b: usize, stride: i32): f64 {
  let s = f64x2.splat(0);
  let t = f64x2.splat(0);
  for (let i: usize = 0, end = <usize>stride << 3; i < end; i += 32) {
    s = f64x2.add(s, f64x2.mul(v128.load(a + i), v128.load(b + i)));
    t = f64x2.add(t, f64x2.mul(v128.load(a + i, 16), v128.load(b + i, 16)));
  }
  s = f64x2.add(s, t);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** H z_j, in j's slot or else in scratch; z_j is left in Z. */
function columnProduct(risk: usize, j: u32, x: usize, mean: f64, scale: f64, h: usize, stride: i32): usize {
  const z = <usize>load<u32>(risk, Z);
  for (let i: usize = 0; i < <usize>stride; i++) store<f64>(z + (i << 3), (<f64>load<f32>(x + (i << 2)) - mean) * scale);
  const slot = load<u32>(<usize>load<u32>(risk, SLOT) + (<usize>j << 2));
  const out = slot == NONE ? <usize>load<u32>(risk, PRODUCT) : place(risk, slot, stride);
  riskProduct(risk, z, h, out, stride);
  return out;
}

// @inline
function place(risk: usize, slot: u32, stride: i32): usize {
  return <usize>load<u32>(risk, SLOTS) + ((<usize>slot * <usize>stride) << 3);
}

/** Where `riskProduct` may put a product that is used at once. */
export function riskScratch(risk: usize): usize {
  return load<u32>(risk, PRODUCT);
}

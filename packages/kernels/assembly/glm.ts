/*
 * Coordinate descent for penalised linear models on columns that are centred and scaled as they are read.
 *
 * Memory: columns u32[p], address of each x_j, f32[stride], padding 0; r, h, v f64[stride], 0 outside the part and in
 * the padding; beta, mean, curvature, inverse f64[p]; `list` u32[count], the features to work on.
 * z_ij = (x_ij - mean_j) inverse_j; inverse_j = 0 leaves a feature out.
 *
 * Order of every sum over samples: four pairs of lanes, eight samples a turn, a last turn of four in the first two
 * pairs; then ((a + b) + (c + d)), low lane + high lane.
 */
import { inner, riskCurvature, riskProduct, riskScratch, riskStart, riskSubtract, subtractScaled } from "./risk-sets";

// @inline
function low(x4: v128): v128 {
  return f64x2.promote_low_f32x4(x4);
}

// @inline
function high(x4: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u32>(x4, x4, 2, 3, 2, 3));
}

// @inline
function total(a: v128, b: v128, c: v128, d: v128): f64 {
  const s = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

// @inline
function at(base: usize, j: u32): f64 {
  return load<f64>(base + (<usize>j << 3));
}

/** x'v */
function product(x: usize, v: usize, stride: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  const end = x + (<usize>(stride & ~7) << 2);
  while (x < end) {
    const p4 = v128.load(x);
    const q4 = v128.load(x, 16);
    a = f64x2.add(a, f64x2.mul(low(p4), v128.load(v)));
    b = f64x2.add(b, f64x2.mul(high(p4), v128.load(v, 16)));
    c = f64x2.add(c, f64x2.mul(low(q4), v128.load(v, 32)));
    d = f64x2.add(d, f64x2.mul(high(q4), v128.load(v, 48)));
    x += 32;
    v += 64;
  }
  if (stride & 4) {
    const p4 = v128.load(x);
    a = f64x2.add(a, f64x2.mul(low(p4), v128.load(v)));
    b = f64x2.add(b, f64x2.mul(high(p4), v128.load(v, 16)));
  }
  return total(a, b, c, d);
}

/** sum v (x - m)² */
function spread(x: usize, v: usize, m: f64, stride: i32): f64 {
  const m2 = f64x2.splat(m);
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  const end = x + (<usize>(stride & ~7) << 2);
  while (x < end) {
    const p4 = v128.load(x);
    const q4 = v128.load(x, 16);
    const i = f64x2.sub(low(p4), m2);
    const j = f64x2.sub(high(p4), m2);
    a = f64x2.add(a, f64x2.mul(f64x2.mul(i, i), v128.load(v)));
    b = f64x2.add(b, f64x2.mul(f64x2.mul(j, j), v128.load(v, 16)));
    const k = f64x2.sub(low(q4), m2);
    const l = f64x2.sub(high(q4), m2);
    c = f64x2.add(c, f64x2.mul(f64x2.mul(k, k), v128.load(v, 32)));
    d = f64x2.add(d, f64x2.mul(f64x2.mul(l, l), v128.load(v, 48)));
    x += 32;
    v += 64;
  }
  if (stride & 4) {
    const p4 = v128.load(x);
    const i = f64x2.sub(low(p4), m2);
    const j = f64x2.sub(high(p4), m2);
    a = f64x2.add(a, f64x2.mul(f64x2.mul(i, i), v128.load(v)));
    b = f64x2.add(b, f64x2.mul(f64x2.mul(j, j), v128.load(v, 16)));
  }
  return total(a, b, c, d);
}

/** r -= f h (x - m) */
function subtract(r: usize, h: usize, x: usize, m: f64, f: f64, stride: i32): void {
  const m2 = f64x2.splat(m);
  const f2 = f64x2.splat(f);
  const end = x + (<usize>stride << 2);
  while (x < end) {
    const p4 = v128.load(x);
    const l = f64x2.mul(f64x2.mul(f64x2.sub(low(p4), m2), v128.load(h)), f2);
    const k = f64x2.mul(f64x2.mul(f64x2.sub(high(p4), m2), v128.load(h, 16)), f2);
    v128.store(r, f64x2.sub(v128.load(r), l));
    v128.store(r, f64x2.sub(v128.load(r, 16), k), 16);
    x += 16;
    r += 32;
    h += 32;
  }
}

/** q += f (x - m) */
function accumulate(q: usize, x: usize, m: f64, f: f64, stride: i32): void {
  const m2 = f64x2.splat(m);
  const f2 = f64x2.splat(f);
  const end = x + (<usize>stride << 2);
  while (x < end) {
    const p4 = v128.load(x);
    v128.store(q, f64x2.add(v128.load(q), f64x2.mul(f64x2.sub(low(p4), m2), f2)));
    v128.store(q, f64x2.add(v128.load(q, 16), f64x2.mul(f64x2.sub(high(p4), m2), f2)), 16);
    x += 16;
    q += 32;
  }
}

/** Whether all samples of positive weight hold the same value. */
function constant(x: usize, v: usize, stride: i32): bool {
  let first: f32 = 0;
  let seen = false;
  for (let i = 0; i < stride; i++) {
    if (load<f64>(v + (<usize>i << 3)) == 0) continue;
    const value = load<f32>(x + (<usize>i << 2));
    if (!seen) {
      first = value;
      seen = true;
    } else if (value != first) return false;
  }
  return true;
}

/** mean_j = sum v x_j and sd_j = sqrt(sum v (x_j - mean_j)²) for all p columns, v summing to 1; sd 0 where a column is constant. */
export function glmMoments(columns: usize, p: i32, v: usize, stride: i32, mean: usize, sd: usize): void {
  for (let j = 0; j < p; j++) {
    const x = <usize>load<u32>(columns + (<usize>j << 2));
    const m = product(x, v, stride);
    let s = sqrt(spread(x, v, m, stride));
    // Below this the variance may be the rounding of the mean alone, so the values themselves are asked.
    if (s <= 1e-6 * abs(m) && constant(x, v, stride)) s = 0;
    store<f64>(mean + (<usize>j << 3), m);
    store<f64>(sd + (<usize>j << 3), s);
  }
}

/**
 * out_j = x_j'v for all p columns, one at a time: two that share the reading of v need more registers than there are
 * (tried: three times as slow).
 */
export function glmCrossProducts(columns: usize, p: i32, v: usize, stride: i32, out: usize): void {
  for (let j = 0; j < p; j++) {
    store<f64>(out + (<usize>j << 3), product(load<u32>(columns + (<usize>j << 2)), v, stride));
  }
}

/** out_j = inverse_j x_j'r for the listed features; the centre needs no part in it, r summing to 0. */
export function glmGradients(columns: usize, list: usize, count: i32, r: usize, stride: i32, inverse: usize, out: usize): void {
  for (let i = 0; i < count; i++) {
    const j = load<u32>(list + (<usize>i << 2));
    const g = product(load<u32>(columns + (<usize>j << 2)), r, stride);
    store<f64>(out + (<usize>j << 3), g * at(inverse, j));
  }
}

/** eta += sum_j delta_j (x_j - mean_j) inverse_j over the listed features, in all `stride` rows. */
export function glmAddColumns(
  columns: usize,
  list: usize,
  count: i32,
  delta: usize,
  mean: usize,
  inverse: usize,
  stride: i32,
  eta: usize,
): void {
  for (let i = 0; i < count; i++) {
    const j = load<u32>(list + (<usize>i << 2));
    accumulate(eta, load<u32>(columns + (<usize>j << 2)), at(mean, j), at(delta, j) * at(inverse, j), stride);
  }
}

/**
 * Cyclic coordinate descent on a quadratic model, in place:
 *
 *   minimise over beta  -r'Z (beta - beta0) + 1/2 (beta - beta0)'Z'HZ (beta - beta0) + l1 ||beta||_1 + l2/2 ||beta||²
 *
 * with beta0, r the values on entry, sum r = 0, and z_j centred at its mean under h, which makes the intercept
 * orthogonal to every feature: it stays optimal and takes no part.
 * A sweep over the list, then sweeps over what is not zero until it is still, and again, until a sweep over the list
 * moves nothing by more than `tolerance`, in units of the gradient: |change| (curvature_j + l2). Every so many sweeps
 * over what is not zero, the way they went is followed to its best point (see `follow`).
 *
 * Columns from `free` on are not penalised: l1 and l2 are 0 for them.
 *
 * H is diag(h), or with `risk` the Hessian of a Cox model (see `risk-sets.ts`), else 0.
 *
 * mean_j and curvature_j = z_j'H z_j are worked out when a feature first moves; the caller marks them unknown by a
 * curvature below 0.
 *
 * Returns the sweeps used; `sweeps` or more if they did not suffice.
 * Cost of a sweep O(n) for each feature listed, O(2 n) more for each that moves.
 * Source: Friedman, Hastie & Tibshirani 2010, J Stat Softw 33(1), section 2.
 */
export function glmDescend(
  columns: usize,
  list: usize,
  count: i32,
  beta: usize,
  mean: usize,
  curvature: usize,
  inverse: usize,
  r: usize,
  h: usize,
  hSum: f64,
  stride: i32,
  l1: f64,
  l2: f64,
  tolerance: f64,
  sweeps: i32,
  saved: usize,
  q: usize,
  risk: usize,
  free: u32,
): i32 {
  if (risk != 0) riskStart(risk);
  let used = 0;
  let all = true;
  let turn = 0;
  let wait = FIRST_WAIT;
  while (used < sweeps) {
    let worst: f64 = 0;
    for (let i = 0; i < count; i++) {
      const j = load<u32>(list + (<usize>i << 2));
      const b = at(beta, j);
      if (!all && b == 0) continue;
      const x = <usize>load<u32>(columns + (<usize>j << 2));
      const scale = at(inverse, j);
      const g = product(x, r, stride) * scale;
      const bound = j < free ? l1 : 0;
      if (b == 0 && abs(g) <= bound) continue;
      let a = at(curvature, j);
      let m = at(mean, j);
      if (a < 0) {
        m = product(x, h, stride) / hSum;
        a = risk == 0 ? spread(x, h, m, stride) * scale * scale : riskCurvature(risk, j, x, m, scale, h, stride);
        store<f64>(mean + (<usize>j << 3), m);
        store<f64>(curvature + (<usize>j << 3), a);
      }
      const bend = j < free ? a + l2 : a;
      if (bend <= 0) continue;
      const t = g + a * b;
      const size = abs(t) - bound;
      const next = size > 0 ? copysign(size, t) / bend : 0;
      const step = next - b;
      if (step == 0) continue;
      store<f64>(beta + (<usize>j << 3), next);
      if (risk == 0) subtract(r, h, x, m, step * scale, stride);
      else riskSubtract(risk, j, x, m, scale, h, step, r, stride);
      worst = max(worst, abs(step) * bend);
    }
    used++;
    if (worst <= tolerance) {
      if (all) return used;
      all = true;
      continue;
    }
    if (all) {
      all = false;
      turn = 0;
      continue;
    }
    turn++;
    if (turn == wait - 2) {
      for (let i = 0; i < count; i++) store<f64>(saved + (<usize>i << 3), at(beta, load<u32>(list + (<usize>i << 2))));
    } else if (turn == wait) {
      follow(columns, list, count, beta, mean, inverse, r, h, stride, l1, l2, saved, q, risk, free);
      turn = 0;
      wait = min(2 * wait, LONGEST_WAIT);
    }
  }
  return used;
}

// Sweeps before a direction is followed, doubled each time: quick modes must have died out, or they drown the slow one.
const FIRST_WAIT: i32 = 5;
const LONGEST_WAIT: i32 = 160;

/**
 * Moves beta along d = beta - saved to the minimum of the quadratic model, or to where the first coefficient reaches 0.
 * Of columns that are nearly copies of each other, sweeps hand weight from one to the other in steps as small as the
 * columns' difference, all in one direction: this takes all those steps at once.
 *
 *   t = (r'Zd - l1 sign(beta)'d - l2 beta'd) / (d'Z'HZd + l2 d'd)
 */
function follow(
  columns: usize,
  list: usize,
  count: i32,
  beta: usize,
  mean: usize,
  inverse: usize,
  r: usize,
  h: usize,
  stride: i32,
  l1: f64,
  l2: f64,
  saved: usize,
  q: usize,
  risk: usize,
  free: u32,
): void {
  memory.fill(q, 0, <usize>stride << 3);
  let slope: f64 = 0;
  let curve: f64 = 0;
  let limit: f64 = Infinity;
  let first: u32 = 0;
  for (let i = 0; i < count; i++) {
    const j = load<u32>(list + (<usize>i << 2));
    const b = at(beta, j);
    const from = load<f64>(saved + (<usize>i << 3));
    // what entered or left in between stays where it is
    const d = b * from > 0 ? b - from : 0;
    store<f64>(saved + (<usize>i << 3), d);
    if (d == 0) continue;
    accumulate(q, load<u32>(columns + (<usize>j << 2)), at(mean, j), d * at(inverse, j), stride);
    if (j >= free) continue;
    slope -= d * (copysign(l1, b) + l2 * b);
    curve += l2 * d * d;
    if (d * b < 0 && -b / d < limit) {
      limit = -b / d;
      first = j;
    }
  }
  let bend: usize = 0;
  if (risk != 0) {
    bend = riskScratch(risk);
    riskProduct(risk, q, h, bend, stride);
    slope += inner(q, r, stride);
    curve += inner(q, bend, stride);
  } else {
    for (let i: usize = 0, end = <usize>stride << 3; i < end; i += 8) {
      const move = load<f64>(q + i);
      slope += load<f64>(r + i) * move;
      curve += load<f64>(h + i) * move * move;
    }
  }
  if (!(slope > 0)) return;
  const t = min(slope / curve, limit);
  if (!(t < 1e12)) return;
  for (let i = 0; i < count; i++) {
    const j = load<u32>(list + (<usize>i << 2));
    const d = load<f64>(saved + (<usize>i << 3));
    if (d == 0) continue;
    store<f64>(beta + (<usize>j << 3), t == limit && j == first ? 0 : at(beta, j) + t * d);
  }
  if (risk != 0) {
    subtractScaled(r, bend, t, stride);
    return;
  }
  for (let i: usize = 0, end = <usize>stride << 3; i < end; i += 8) {
    store<f64>(r + i, load<f64>(r + i) - t * load<f64>(h + i) * load<f64>(q + i));
  }
}

/** out_j = inverse_j sum_k a_k G_kj: gradients at a combination of `K` vectors whose products G_k = X'u_k are known (u32[K] of addresses). */
export function glmCombine(G: usize, a: usize, K: i32, p: i32, inverse: usize, out: usize): void {
  for (let j: usize = 0, end = <usize>p << 3; j < end; j += 8) {
    let sum: f64 = 0;
    for (let k = 0; k < K; k++) sum += load<f64>(a + (<usize>k << 3)) * load<f64>(<usize>load<u32>(G + (<usize>k << 2)) + j);
    store<f64>(out + j, sum * load<f64>(inverse + j));
  }
}

/** Lists the features with |g_j| + radius reach_j > bound, ascending; returns how many. */
export function glmCandidates(g: usize, reach: usize, p: i32, radius: f64, bound: f64, list: usize): i32 {
  let count = 0;
  for (let j = 0; j < p; j++) {
    if (abs(at(g, j)) + radius * at(reach, j) > bound) {
      store<u32>(list + (<usize>count << 2), j);
      count++;
    }
  }
  return count;
}

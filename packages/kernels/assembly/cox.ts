/*
 * Cox regression on one feature at a time, by Newton steps on the log partial likelihood.
 *
 * Memory: columns u32[p], addresses of x_j, f32[n], NaN where missing; order u32[m], rows of the part by time, latest
 * first, rows of one time together; tie u32[m], a number that is the same for rows of one time and no others;
 * event, weights f64[n]; scratch f64[4 m + 1]; out f64[COX_FIELDS p].
 *
 * Sums run in the order of `order`: from the latest time to the first, so that each time's risk set is a running sum.
 */
import { expOfPairs, glmExp, glmLog } from "./glm-math";

// What `out` holds of each feature; as `COX_FIELDS` of src/cox.ts has them.
const STATE: usize = 0;
const BETA: usize = 8;
const INFORMATION: usize = 16;
const SCORE: usize = 24;
const RATIO: usize = 32;
const COUNT: usize = 40;
const EVENTS: usize = 48;
const BYTES: usize = 56;

const FITTED: f64 = 0;
const UNTESTABLE: f64 = 1;
const RISING: f64 = 2;
const FALLING: f64 = 3;
const UNFINISHED: f64 = 4;

const MOST_STEPS: i32 = 60;
// Square of the distance to the maximum, in standard errors, from which one more step ends the search: it leaves about 1e-12 of them.
const CLOSE: f64 = 1e-12;

// Bits of what is known of a row beside its value.
const EVENT: i32 = 1;
const LAST_OF_TIME: i32 = 2;

/**
 * For every feature, over the rows where it has a value: whether a maximum exists, beta (per unit of x), the information
 * there (-second derivative, of beta), the signed root of the score test at 0, twice the gain in log likelihood, the sum of
 * the weights and that of the weights of events.
 *
 *   log L(beta) = sum over event times of sum_D w x beta - log S terms,   S(beta) = sum over the risk set of w exp(x beta)
 *
 * With d events at a time, of total weight W: Breslow W log S; Efron W/d sum_l log(S - l/d S_D), l = 0 .. d - 1, S_D the sum
 * over those events (weights as R's coxph has them: a weight is not so many tied events).
 *
 * A maximum does not exist where at every event time all events lie at the top (or all at the bottom) of their risk set:
 * `RISING` (`FALLING`), the likelihood rises towards beta = infinity (-infinity). Where both hold, nothing can be told.
 *
 * Cost O(m) a step and feature, some five steps.
 * Source: Cox 1972, JRSS B 34:187; Efron 1977, JASA 72:557; Bryson & Johnson 1981, Technometrics 23:381 (monotone likelihood).
 */
export function coxUnivariate(
  columns: usize,
  p: i32,
  order: usize,
  tie: usize,
  m: i32,
  event: usize,
  weights: usize,
  efron: bool,
  scratch: usize,
  out: usize,
): void {
  const x = scratch;
  const w = x + (<usize>m << 3);
  const e = w + (<usize>m << 3);
  const flags = e + (<usize>(m + 1) << 3);
  for (let j = 0; j < p; j++) {
    const at = out + <usize>j * BYTES;
    memory.fill(at, 0, BYTES);
    const count = gather(load<u32>(columns + (<usize>j << 2)), order, tie, m, event, weights, x, w, flags);
    for (let k: usize = 0, end = <usize>count << 3; k < end; k += 8) {
      const weight = load<f64>(w + k);
      store<f64>(at, load<f64>(at, COUNT) + weight, COUNT);
      if (load<i32>(flags + (k >> 1)) & EVENT) store<f64>(at, load<f64>(at, EVENTS) + weight, EVENTS);
    }
    const state = direction(x, flags, count);
    store<f64>(at, state, STATE);
    if (state != UNTESTABLE) newton(x, w, e, flags, count, efron, state, at);
  }
}

/** Copies the rows that have a value; returns how many. */
function gather(
  column: usize,
  order: usize,
  tie: usize,
  m: i32,
  event: usize,
  weights: usize,
  x: usize,
  w: usize,
  flags: usize,
): i32 {
  let count: usize = 0;
  let last: u32 = 0;
  for (let k: usize = 0, end = <usize>m << 2; k < end; k += 4) {
    const row = <usize>load<u32>(order + k);
    const value = load<f32>(column + (row << 2));
    if (value != value) continue;
    const time = load<u32>(tie + k);
    if (count > 0 && time != last) setFlag(flags + ((count - 1) << 2), LAST_OF_TIME);
    last = time;
    store<f64>(x + (count << 3), <f64>value);
    store<f64>(w + (count << 3), load<f64>(weights + (row << 3)));
    store<i32>(flags + (count << 2), load<f64>(event + (row << 3)) != 0 ? EVENT : 0);
    count++;
  }
  if (count > 0) setFlag(flags + ((count - 1) << 2), LAST_OF_TIME);
  return <i32>count;
}

// @inline
function setFlag(at: usize, flag: i32): void {
  store<i32>(at, load<i32>(at) | flag);
}

/** Whether the likelihood has a maximum, from the order of the values alone. */
function direction(x: usize, flags: usize, count: i32): f64 {
  let rising = true;
  let falling = true;
  let top: f64 = -Infinity;
  let bottom: f64 = Infinity;
  let least: f64 = Infinity;
  let most: f64 = -Infinity;
  for (let k: usize = 0; k < <usize>count; k++) {
    const value = load<f64>(x + (k << 3));
    const flag = load<i32>(flags + (k << 2));
    top = max(top, value);
    bottom = min(bottom, value);
    if (flag & EVENT) {
      least = min(least, value);
      most = max(most, value);
    }
    if (flag & LAST_OF_TIME) {
      if (least < top) rising = false;
      if (most > bottom) falling = false;
      least = Infinity;
      most = -Infinity;
    }
  }
  if (rising) return falling ? UNTESTABLE : RISING;
  return falling ? FALLING : FITTED;
}

/**
 * Newton's steps from 0 on a column of mean 0 and variance 1. The slope falls all along (the log likelihood is concave), so that
 * its sign says on which side the maximum lies: a step out of the known interval, or one that does not halve the slope, is
 * answered by the middle of the interval.
 */
function newton(x: usize, w: usize, e: usize, flags: usize, count: i32, efron: bool, state: f64, at: usize): void {
  const scale = standardise(x, w, count);
  // log likelihood, slope and curvature at beta are left in the fields of the answer until it is known
  const value = at + BETA;
  likelihood(x, w, e, flags, count, 0, efron, true, value);
  const start = load<f64>(value);
  let slope = load<f64>(value, 8);
  let curvature = load<f64>(value, 16);
  const score = slope / sqrt(curvature);
  let beta: f64 = 0;
  let low: f64 = -Infinity;
  let high: f64 = Infinity;
  let finished = state != FITTED;
  for (let step = 0; step < MOST_STEPS && !finished; step++) {
    if (slope > 0) low = beta;
    else high = beta;
    let next = beta + slope / curvature;
    finished = slope * slope <= CLOSE * curvature;
    if (!finished && !(next > low && next < high)) next = 0.5 * (low + high);
    if (!(abs(next) < 1e10)) break;
    likelihood(x, w, e, flags, count, next, efron, finished, value);
    if (!finished && abs(load<f64>(value, 8)) > 0.5 * abs(slope) && load<f64>(value, 8) * slope < 0) {
      next = 0.5 * (beta + next);
      likelihood(x, w, e, flags, count, next, efron, false, value);
    }
    beta = next;
    slope = load<f64>(value, 8);
    curvature = load<f64>(value, 16);
  }
  if (state == FITTED && !(finished && curvature > 0)) store<f64>(at, UNFINISHED, STATE);
  const gain = load<f64>(value) - start;
  store<f64>(at, beta / scale, BETA);
  store<f64>(at, curvature * scale * scale, INFORMATION);
  store<f64>(at, score, SCORE);
  store<f64>(at, 2 * max(0, gain), RATIO);
}

/** Brings x to weighted mean 0 and variance 1; returns the standard deviation that it had, above 0. */
function standardise(x: usize, w: usize, count: i32): f64 {
  const end = <usize>count << 3;
  const first = load<f64>(x);
  let total: f64 = 0;
  let sum: f64 = 0;
  for (let k: usize = 0; k < end; k += 8) {
    total += load<f64>(w + k);
    sum += load<f64>(w + k) * (load<f64>(x + k) - first);
  }
  const mean = first + sum / total;
  let squares: f64 = 0;
  for (let k: usize = 0; k < end; k += 8) {
    const d = load<f64>(x + k) - mean;
    squares += load<f64>(w + k) * d * d;
  }
  const sd = sqrt(squares / total);
  for (let k: usize = 0; k < end; k += 8) store<f64>(x + k, (load<f64>(x + k) - mean) / sd);
  return sd;
}

/**
 * Stores log likelihood (if `wanted`; else 0), slope and -second derivative at beta. Sums are held as multiples of e^high, high
 * the largest x beta of the risk set so far, so that none overflows or fades however large beta is.
 * e f64[count + 1] takes e^(x beta - high) of each row.
 */
function likelihood(
  x: usize,
  w: usize,
  e: usize,
  flags: usize,
  count: i32,
  beta: f64,
  efron: bool,
  wanted: bool,
  out: usize,
): void {
  let log: f64 = 0;
  let slope: f64 = 0;
  let curvature: f64 = 0;
  let high: f64 = -Infinity;
  for (let k: usize = 0, end = <usize>count << 3; k < end; k += 8) {
    const eta = load<f64>(x + k) * beta;
    high = max(high, eta);
    store<f64>(e + k, eta - high);
  }
  expOfPairs(e, count);
  high = load<f64>(x) * beta;
  let s0: f64 = 0;
  let s1: f64 = 0;
  let s2: f64 = 0;
  let d0: f64 = 0;
  let d1: f64 = 0;
  let d2: f64 = 0;
  let near: f64 = 0;
  let weight: f64 = 0;
  let events = 0;
  for (let k: usize = 0; k < <usize>count; k++) {
    const value = load<f64>(x + (k << 3));
    const share = load<f64>(w + (k << 3));
    const flag = load<i32>(flags + (k << 2));
    const eta = value * beta;
    if (eta > high) {
      const fade = glmExp(high - eta);
      near -= weight * (eta - high);
      high = eta;
      s0 *= fade;
      s1 *= fade;
      s2 *= fade;
      d0 *= fade;
      d1 *= fade;
      d2 *= fade;
    }
    const e0 = share * load<f64>(e + (k << 3));
    const e1 = e0 * value;
    const e2 = e1 * value;
    s0 += e0;
    s1 += e1;
    s2 += e2;
    if (flag & EVENT) {
      events++;
      weight += share;
      near += share * (eta - high);
      slope += share * value;
      d0 += e0;
      d1 += e1;
      d2 += e2;
    }
    if (!(flag & LAST_OF_TIME) || events == 0) continue;
    log += near;
    const terms = efron ? events : 1;
    for (let l = 0; l < terms; l++) {
      const part = <f64>l / <f64>terms;
      const a0 = s0 - part * d0;
      const inverse = 1.0 / a0;
      const mean = (s1 - part * d1) * inverse;
      const each = weight / <f64>terms;
      if (wanted) log -= each * glmLog(a0);
      slope -= each * mean;
      curvature += each * ((s2 - part * d2) * inverse - mean * mean);
    }
    d0 = 0;
    d1 = 0;
    d2 = 0;
    near = 0;
    weight = 0;
    events = 0;
  }
  store<f64>(out, log);
  store<f64>(out, slope, 8);
  store<f64>(out, curvature, 16);
}

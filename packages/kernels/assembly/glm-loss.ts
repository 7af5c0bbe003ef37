/*
 * Losses of generalised linear models at a linear predictor eta: their value, the negative gradient u and the
 * curvature h of each sample. All vectors are f64[n] (multinomial: K of them, `step` bytes apart).
 *
 * v holds the samples' weights, summing to 1 over the training part and 0 outside it; there u = h = 0,
 * whatever eta is. Sums run from sample 0 upwards.
 */
import { glmExp, glmLog, glmLog1p } from "./glm-math";

/** 1/2 sum v (y - eta)²; u = v (y - eta), h = v. */
export function glmGaussian(eta: usize, y: usize, v: usize, n: i32, u: usize, h: usize): f64 {
  let loss: f64 = 0;
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 8) {
    const weight = load<f64>(v + i);
    const residual = weight == 0 ? 0 : load<f64>(y + i) - load<f64>(eta + i);
    loss += weight * residual * residual;
    store<f64>(u + i, weight * residual);
    store<f64>(h + i, weight);
  }
  return 0.5 * loss;
}

/** sum v (log(1 + e^eta) - y eta), y in {0, 1}; u = v (y - mu), h = v mu (1 - mu). From e^-|eta|, which never overflows. */
export function glmLogistic(eta: usize, y: usize, v: usize, n: i32, u: usize, h: usize): f64 {
  let loss: f64 = 0;
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 8) {
    const weight = load<f64>(v + i);
    if (weight == 0) {
      store<f64>(u + i, 0);
      store<f64>(h + i, 0);
      continue;
    }
    const t = load<f64>(eta + i);
    const positive = load<f64>(y + i) != 0;
    const z = glmExp(-abs(t));
    const q = 1.0 / (1.0 + z);
    // signed: the probability of the class that was not observed, without cancellation
    const miss = positive == t >= 0 ? z * q : q;
    loss += weight * (glmLog1p(z) + (positive == t >= 0 ? 0 : abs(t)));
    store<f64>(u + i, positive ? weight * miss : -weight * miss);
    store<f64>(h + i, weight * z * q * q);
  }
  return loss;
}

/**
 * sum v (log sum_k e^eta_k - eta_y), y f64[n] of class codes; u_k = v ([y = k] - mu_k), h_k = v mu_k (1 - mu_k),
 * K vectors each.
 *
 * z, K vectors, and top, one, keep e^(eta_k - top) between calls: where only one predictor has moved since the last one,
 * only its exponentials are taken again. A sample whose predictor has gone more than REACH from its top gets a new top.
 *
 * @param changed  the predictor that has moved, -1 for all
 */
export function glmSoftmax(
  eta: usize,
  y: usize,
  v: usize,
  n: i32,
  K: i32,
  step: usize,
  u: usize,
  h: usize,
  z: usize,
  top: usize,
  changed: i32,
): f64 {
  let loss: f64 = 0;
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 8) {
    const weight = load<f64>(v + i);
    if (weight == 0) {
      for (let k = 0; k < K; k++) {
        store<f64>(u + <usize>k * step + i, 0);
        store<f64>(h + <usize>k * step + i, 0);
      }
      continue;
    }
    const from = changed < 0 ? Infinity : load<f64>(eta + <usize>changed * step + i) - load<f64>(top + i);
    if (abs(from) <= REACH) {
      store<f64>(z + <usize>changed * step + i, glmExp(from));
    } else {
      let most: f64 = -Infinity;
      for (let k = 0; k < K; k++) most = max(most, load<f64>(eta + <usize>k * step + i));
      store<f64>(top + i, most);
      for (let k = 0; k < K; k++) store<f64>(z + <usize>k * step + i, glmExp(load<f64>(eta + <usize>k * step + i) - most));
    }
    let total: f64 = 0;
    for (let k = 0; k < K; k++) total += load<f64>(z + <usize>k * step + i);
    const observed = <i32>load<f64>(y + i);
    loss += weight * (glmLog(total) + (load<f64>(top + i) - load<f64>(eta + <usize>observed * step + i)));
    const scale = 1.0 / total;
    for (let k = 0; k < K; k++) {
      const own = load<f64>(z + <usize>k * step + i);
      let rest = total - own;
      // summed where it is the smaller part: 1 - mu has no good bits left where mu is near 1
      if (own > rest) {
        rest = 0;
        for (let l = 0; l < K; l++) if (l != k) rest += load<f64>(z + <usize>l * step + i);
      }
      const mu = own * scale;
      const other = rest * scale;
      store<f64>(u + <usize>k * step + i, k == observed ? weight * other : -weight * mu);
      store<f64>(h + <usize>k * step + i, weight * mu * other);
    }
  }
  return loss;
}

// Far below the range of e^x, and near enough for log(sum) + top to lose no more than two digits.
const REACH: f64 = 30;

import { EngineError } from "../errors.ts";
import { cholesky, substitute } from "../stats/cholesky.ts";

/** A linear SVM seen through its samples: what finite Newton needs of it. */
interface Space {
  /** parameters of the minimiser when exactly the samples of `active` have a slack */
  solve(active: Uint8Array): Float64Array;
  /** f = Z w + b of the n samples */
  predict(theta: Float64Array): Float64Array;
  /** w'w + b², of two models; f is `predict` of the second */
  inner(theta: Float64Array, other: Float64Array, f: Float64Array): number;
}

export interface SvmFit {
  /** samples: one a sample, w = Z' theta, b = sum theta; features: w, then b */
  readonly theta: Float64Array;
  /** 1/2 ||w||² + b²/2 + sum_i C_i max(0, 1 - y_i f_i)² */
  readonly objective: number;
}

/**
 * L2-regularised squared-hinge SVM among n samples:
 *
 *   minimise  1/2 (||w||² + b²) + sum_i C_i max(0, 1 - y_i (z_i'w + b))²
 *
 * with w = Z' alpha, b = sum alpha. Given the samples with a slack, S, the minimiser has (K_SS + 1/(2 C)) alpha_S = y_S and 0
 * elsewhere; S is then read off again until it stays, which is the exact optimum.
 * Source: Keerthi & DeCoste 2005, JMLR 6:341 (finite Newton, exact line search); Chapelle 2007, Neural Comput 19(5) (in kernel form).
 * The intercept is penalised, as in liblinear with intercept_scaling 1.
 *
 * @param gram   n x n, Z Z'
 * @param y      -1 or 1
 * @param C      n, above 0
 * @param start  theta of a similar problem, or undefined
 * @throws EngineError  not_converged
 * Cost O(|S|³ / 3) a step, some five steps.
 */
export function svmAmongSamples(gram: Float64Array, y: Float64Array, C: Float64Array, start?: Float64Array): SvmFit {
  const n = y.length;
  return finiteNewton(y, C, start, n, {
    solve(active) {
      const rows = Array.from(active.keys()).filter((i) => active[i] === 1);
      const size = rows.length;
      const A = new Float64Array(size * size);
      const b = Float64Array.from(rows, (i) => y[i]!);
      for (let a = 0; a < size; a++) {
        const from = rows[a]! * n;
        for (let c = 0; c <= a; c++) A[a * size + c] = gram[from + rows[c]!]! + 1;
        A[a * size + a]! += 1 / (2 * C[rows[a]!]!);
      }
      substitute(cholesky(A, size), size, b);
      const alpha = new Float64Array(n);
      rows.forEach((i, a) => {
        alpha[i] = b[a]!;
      });
      return alpha;
    },
    predict(alpha) {
      const f = new Float64Array(n);
      let sum = 0;
      for (let a = 0; a < n; a++) {
        const value = alpha[a]!;
        if (value === 0) continue;
        sum += value;
        for (let i = 0, at = a * n; i < n; i++, at++) f[i]! += value * gram[at]!;
      }
      for (let i = 0; i < n; i++) f[i]! += sum;
      return f;
    },
    inner: (alpha, _other, f) => dot(alpha, f),
  });
}

/**
 * The same SVM among k features, for fewer features than samples: (I + 2 Z_S' C Z_S) w = 2 Z_S' C y_S.
 *
 * @param Z  n x k, row-major
 * Cost O(|S| k² / 2 + k³ / 6) a step.
 */
export function svmAmongFeatures(Z: Float64Array, k: number, y: Float64Array, C: Float64Array, start?: Float64Array): SvmFit {
  const n = y.length;
  const size = k + 1;
  const row = new Float64Array(size);
  const load = (i: number) => {
    for (let a = 0; a < k; a++) row[a] = Z[i * k + a]!;
    row[k] = 1;
  };
  return finiteNewton(y, C, start, size, {
    solve(active) {
      const A = new Float64Array(size * size);
      const b = new Float64Array(size);
      for (let i = 0; i < n; i++) {
        if (active[i] === 0) continue;
        load(i);
        for (let a = 0; a < size; a++) {
          const value = 2 * C[i]! * row[a]!;
          b[a]! += value * y[i]!;
          for (let c = 0, at = a * size; c <= a; c++, at++) A[at]! += value * row[c]!;
        }
      }
      for (let a = 0; a < size; a++) A[a * size + a]! += 1;
      substitute(cholesky(A, size), size, b);
      return b;
    },
    predict(w) {
      return Float64Array.from({ length: n }, (_, i) => {
        let sum = w[k]!;
        for (let a = 0; a < k; a++) sum += Z[i * k + a]! * w[a]!;
        return sum;
      });
    },
    inner: (w, other) => dot(w, other),
  });
}

const MOST_STEPS = 200;

function finiteNewton(y: Float64Array, C: Float64Array, start: Float64Array | undefined, size: number, space: Space): SvmFit {
  const n = y.length;
  let theta: Float64Array = start?.slice() ?? new Float64Array(size);
  let f = space.predict(theta);
  let active = slackOf(y, f);
  let value = objectiveOf(space.inner(theta, theta, f), y, C, f);
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = space.solve(active);
    const nextF = space.predict(next);
    const nextActive = slackOf(y, nextF);
    const nextValue = objectiveOf(space.inner(next, next, nextF), y, C, nextF);
    let same = true;
    for (let i = 0; i < n; i++) if (active[i] !== nextActive[i]) same = false;
    // a sample exactly on its margin may go in and out without changing the model
    if (same || Math.abs(nextValue - value) <= 1e-14 * value) return { theta: next, objective: nextValue };
    if (nextValue <= value) [theta, f, active, value] = [next, nextF, nextActive, nextValue];
    else {
      const share = lineSearch(space, y, C, [theta, f], [next, nextF]);
      theta = theta.map((old, k) => old + share * (next[k]! - old));
      f = space.predict(theta);
      active = slackOf(y, f);
      value = objectiveOf(space.inner(theta, theta, f), y, C, f);
    }
  }
  throw new EngineError("not_converged", `the linear SVM did not reach its optimum in ${MOST_STEPS} steps; choose a smaller c`);
}

function slackOf(y: Float64Array, f: Float64Array): Uint8Array {
  return Uint8Array.from(y, (sign, i) => (sign * f[i]! < 1 ? 1 : 0));
}

function objectiveOf(norm: number, y: Float64Array, C: Float64Array, f: Float64Array): number {
  let sum = norm / 2;
  for (let i = 0; i < y.length; i++) {
    const slack = 1 - y[i]! * f[i]!;
    if (slack > 0) sum += C[i]! * slack * slack;
  }
  return sum;
}

type Model = readonly [theta: Float64Array, f: Float64Array];

/** The best point between two models: the slope along the line rises, piecewise linear, and is 0 there; found by halving. */
function lineSearch(space: Space, y: Float64Array, C: Float64Array, [theta, f]: Model, [next, nextF]: Model): number {
  const own = space.inner(theta, theta, f);
  const cross = space.inner(theta, next, nextF);
  const whole = space.inner(next, next, nextF);
  const slope = (t: number) => {
    let sum = cross - own + t * (own - 2 * cross + whole);
    for (let i = 0; i < y.length; i++) {
      const move = nextF[i]! - f[i]!;
      const slack = 1 - y[i]! * (f[i]! + t * move);
      if (slack > 0) sum -= 2 * C[i]! * slack * y[i]! * move;
    }
    return sum;
  };
  let [low, high] = [0, 1];
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  return high;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

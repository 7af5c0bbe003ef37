import exp from "@stdlib/math-base-special-exp";
import ln from "@stdlib/math-base-special-ln";
import log1p from "@stdlib/math-base-special-log1p";
import { EngineError } from "../errors.ts";
import { minimizeSmooth } from "../models/lbfgs.ts";
import { partialLoss } from "../stats/partial-likelihood.ts";
import type { Family } from "./losses.ts";
import type { RotatedDesign } from "./rotated-design.ts";

/** A ridge model in the coordinates of a rotated design. */
export interface RidgeModel {
  readonly lambda: number;
  /** for each block its r coefficients */
  readonly coefficients: readonly Float64Array[];
  /** for each block; of several, mean 0 */
  readonly intercepts: Float64Array;
  /** mean loss + lambda/2 ||w||² */
  readonly objective: number;
  /** the mean loss alone */
  readonly loss: number;
}

export interface RidgeFit {
  /** loss of the intercepts alone */
  readonly emptyLoss: number;
  /** the model at one lambda; the next one starts from where the last one ended */
  at(lambda: number): RidgeModel;
}

/**
 * Ridge regression on a rotated design, Gaussian, logistic, multinomial (symmetric) or Cox:
 *
 *   minimise  sum_i v_i loss_i + lambda/2 ||w||²,   loss 1/2 (y - eta)² or -log likelihood; intercepts free
 *
 * where the loss of a Cox model is that of `partialLoss`, Breslow ties, without an intercept. Gaussian in closed form. Else
 * L-BFGS preconditioned by c F'VF + lambda, a diagonal in these coordinates; c is (K - 1)/K², the curvature at equal
 * probabilities (1/4 for two classes), or for Cox the share of events, to which its curvatures sum: few iterations for any p.
 *
 * @param y          m numbers, or codes below `classes`, or 1 for an event; read where v is above 0
 * @param time       m, of a Cox model
 * @param tolerance  largest gradient entry let pass, as a share of the largest at w = 0
 * @throws EngineError  not_converged
 * Cost O(m r) an iteration and block.
 */
export function ridgeFit(design: RotatedDesign, { family, classes, y, time }: RidgeTarget, tolerance: number): RidgeFit {
  if (family === "gaussian") return gaussianFit(design, y);
  return family === "cox" ? coxFit(design, y, time!, tolerance) : classFit(design, family, y, classes, tolerance);
}

/** What is to be predicted, of the m samples of a design. */
export interface RidgeTarget {
  readonly family: Family;
  readonly classes: number;
  readonly y: ArrayLike<number>;
  readonly time?: ArrayLike<number>;
}

function gaussianFit(design: RotatedDesign, y: ArrayLike<number>): RidgeFit {
  const { m, r, F, v, moments } = design;
  let mean = 0;
  for (let i = 0; i < m; i++) if (v[i]! > 0) mean += v[i]! * y[i]!;
  const products = new Float64Array(r);
  for (let i = 0; i < m; i++) {
    if (v[i] === 0) continue;
    const residual = v[i]! * (y[i]! - mean);
    for (let k = 0; k < r; k++) products[k]! += residual * F[i * r + k]!;
  }
  let emptyLoss = 0;
  for (let i = 0; i < m; i++) if (v[i]! > 0) emptyLoss += (v[i]! / 2) * (y[i]! - mean) ** 2;
  const at = (lambda: number): RidgeModel => {
    const u = products.map((value, k) => value / (moments[k]! + lambda));
    const eta = predictors(design, u, mean);
    let loss = 0;
    for (let i = 0; i < m; i++) if (v[i]! > 0) loss += (v[i]! / 2) * (y[i]! - eta[i]!) ** 2;
    return { lambda, coefficients: [u], intercepts: Float64Array.of(mean), loss, objective: loss + penaltyOf(u, lambda) };
  };
  return { emptyLoss, at };
}

/** theta: for each block its intercept and r coefficients. */
function classFit(design: RotatedDesign, family: Family, y: ArrayLike<number>, classes: number, tolerance: number): RidgeFit {
  const { m, r, v, moments } = design;
  const blocks = family === "binomial" ? 1 : classes;
  const size = r + 1;
  const theta = new Float64Array(blocks * size);
  const shares = new Float64Array(classes);
  for (let i = 0; i < m; i++) if (v[i]! > 0) shares[y[i]!]! += v[i]!;
  for (let b = 0; b < blocks; b++) theta[b * size] = blocks === 1 ? ln(shares[1]! / shares[0]!) : ln(shares[b]!);
  const lossAt = blocks === 1 ? logisticLoss(design, y) : softmaxLoss(design, y, blocks);
  const curvature = (classes - 1) / (classes * classes);
  const gradient = new Float64Array(theta.length);
  const emptyLoss = lossAt(theta, gradient);
  // without any feature that varies the gradient is rounding
  const scale = Math.max(largest(gradient), 1e-3);
  let loss = emptyLoss;
  const at = (lambda: number): RidgeModel => {
    const evaluate = (at: Float64Array, out: Float64Array) => {
      loss = lossAt(at, out);
      let squares = 0;
      for (let b = 0; b < blocks; b++) {
        for (let k = b * size + 1; k < (b + 1) * size; k++) {
          out[k]! += lambda * at[k]!;
          squares += at[k]! * at[k]!;
        }
      }
      return loss + (lambda / 2) * squares;
    };
    const precondition = (g: Float64Array) => {
      for (let b = 0; b < blocks; b++) {
        g[b * size]! /= curvature;
        for (let k = 0; k < r; k++) g[b * size + 1 + k]! /= curvature * moments[k]! + lambda;
      }
    };
    minimise({ evaluate, precondition }, theta, tolerance, scale, lambda);
    const objective = evaluate(theta, gradient);
    const intercepts = Float64Array.from({ length: blocks }, (_, b) => theta[b * size]!);
    const middle = blocks === 1 ? 0 : intercepts.reduce((a, b) => a + b, 0) / blocks;
    return {
      lambda,
      coefficients: Array.from({ length: blocks }, (_, b) => theta.slice(b * size + 1, (b + 1) * size)),
      intercepts: intercepts.map((value) => value - middle),
      loss,
      objective,
    };
  };
  return { emptyLoss, at };
}

/** theta: r coefficients, from 0. */
function coxFit(design: RotatedDesign, event: ArrayLike<number>, time: ArrayLike<number>, tolerance: number): RidgeFit {
  const { m, r, v, moments } = design;
  const rows = Uint32Array.from(v.keys()).filter((i) => v[i]! > 0);
  const partial = partialLoss({ rows, time, event, weights: v }, "breslow");
  const [eta, u, h] = [new Float64Array(m), new Float64Array(m), new Float64Array(m)];
  const backed = new Float64Array(r + 1);
  let loss = 0;
  const lossAt: LossAt = (theta, gradient) => {
    fillPredictors(design, theta, 0, eta);
    loss = partial.evaluate(eta, u, h);
    backward(design, u, backed);
    for (let k = 0; k < r; k++) gradient[k] = -backed[k + 1]!;
    return loss;
  };
  const theta = new Float64Array(r);
  const gradient = new Float64Array(r);
  const emptyLoss = lossAt(theta, gradient);
  const scale = Math.max(largest(gradient), 1e-3);
  const curvature = h.reduce((sum, value) => sum + value, 0);
  const at = (lambda: number): RidgeModel => {
    const evaluate: LossAt = (at, out) => {
      const value = lossAt(at, out) + penaltyOf(at, lambda);
      for (let k = 0; k < r; k++) out[k]! += lambda * at[k]!;
      return value;
    };
    const precondition = (g: Float64Array) => {
      for (let k = 0; k < r; k++) g[k]! /= curvature * moments[k]! + lambda;
    };
    if (r > 0) minimise({ evaluate, precondition }, theta, tolerance, scale, lambda);
    const objective = evaluate(theta, gradient);
    return { lambda, coefficients: [theta.slice()], intercepts: new Float64Array(1), loss, objective };
  };
  return { emptyLoss, at };
}

/** @throws EngineError  not_converged */
function minimise(
  problem: Parameters<typeof minimizeSmooth>[0],
  theta: Float64Array,
  tolerance: number,
  scale: number,
  lambda: number,
): void {
  const { converged, iterations } = minimizeSmooth(problem, theta, tolerance * scale, MOST_ITERATIONS);
  if (converged || largestGradient(problem.evaluate, theta) <= ACCEPTABLE * Math.max(tolerance, 1e-9) * scale) return;
  throw new EngineError(
    "not_converged",
    `the ridge fit at lambda ${lambda} did not reach its optimum after ${iterations} iterations; raise lambda_min_ratio`,
  );
}

const MOST_ITERATIONS = 1000;
/** Where steps get lost in rounding before the tolerance is reached, this many times it is good enough. */
const ACCEPTABLE = 100;

type LossAt = (theta: Float64Array, gradient: Float64Array) => number;

function largestGradient(evaluate: LossAt, theta: Float64Array): number {
  const gradient = new Float64Array(theta.length);
  evaluate(theta, gradient);
  return largest(gradient);
}

function logisticLoss(design: RotatedDesign, y: ArrayLike<number>): LossAt {
  const { m, r, v } = design;
  const eta = new Float64Array(m);
  return (theta, gradient) => {
    fillPredictors(design, theta.subarray(1), theta[0]!, eta);
    let loss = 0;
    for (let i = 0; i < m; i++) {
      if (v[i] === 0) continue;
      const value = eta[i]!;
      const e = exp(-Math.abs(value));
      loss += v[i]! * (Math.max(value, 0) - y[i]! * value + log1p(e));
      eta[i] = v[i]! * ((value >= 0 ? 1 : e) / (1 + e) - y[i]!);
    }
    backward(design, eta, gradient.subarray(0, r + 1));
    return loss;
  };
}

function softmaxLoss(design: RotatedDesign, y: ArrayLike<number>, blocks: number): LossAt {
  const { m, r, v } = design;
  const size = r + 1;
  const eta = Array.from({ length: blocks }, () => new Float64Array(m));
  return (theta, gradient) => {
    eta.forEach((out, b) => {
      fillPredictors(design, theta.subarray(b * size + 1, (b + 1) * size), theta[b * size]!, out);
    });
    let loss = 0;
    for (let i = 0; i < m; i++) {
      if (v[i] === 0) continue;
      let most = Number.NEGATIVE_INFINITY;
      for (let b = 0; b < blocks; b++) most = Math.max(most, eta[b]![i]!);
      const own = eta[y[i]!]![i]!;
      let mass = 0;
      for (let b = 0; b < blocks; b++) {
        const e = exp(eta[b]![i]! - most);
        eta[b]![i] = e;
        mass += e;
      }
      loss += v[i]! * (most + ln(mass) - own);
      for (let b = 0; b < blocks; b++) eta[b]![i] = v[i]! * (eta[b]![i]! / mass - (b === y[i] ? 1 : 0));
    }
    eta.forEach((residual, b) => {
      backward(design, residual, gradient.subarray(b * size, (b + 1) * size));
    });
    return loss;
  };
}

/** Predictors of all m samples, those of weight 0 too. */
export function predictors(design: RotatedDesign, u: Float64Array, intercept: number): Float64Array {
  const eta = new Float64Array(design.m);
  fill(design, u, intercept, eta, true);
  return eta;
}

function fillPredictors(design: RotatedDesign, u: Float64Array, intercept: number, eta: Float64Array): void {
  fill(design, u, intercept, eta, false);
}

function fill({ m, r, F, v }: RotatedDesign, u: Float64Array, intercept: number, eta: Float64Array, all: boolean): void {
  const whole = r - (r % 4);
  for (let i = 0; i < m; i++) {
    if (v[i] === 0 && !all) continue;
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    const from = i * r;
    for (let k = 0; k < whole; k += 4) {
      s0 += F[from + k]! * u[k]!;
      s1 += F[from + k + 1]! * u[k + 1]!;
      s2 += F[from + k + 2]! * u[k + 2]!;
      s3 += F[from + k + 3]! * u[k + 3]!;
    }
    for (let k = whole; k < r; k++) s0 += F[from + k]! * u[k]!;
    eta[i] = intercept + (s0 + s1 + (s2 + s3));
  }
}

/** Gradient of one block, intercept first, from its residuals. */
function backward({ m, r, F, v }: RotatedDesign, residual: Float64Array, gradient: Float64Array): void {
  gradient.fill(0);
  for (let i = 0; i < m; i++) {
    if (v[i] === 0) continue;
    const u = residual[i]!;
    const from = i * r;
    gradient[0]! += u;
    for (let k = 0; k < r; k++) gradient[k + 1]! += u * F[from + k]!;
  }
}

function penaltyOf(u: Float64Array, lambda: number): number {
  return (lambda / 2) * u.reduce((sum, value) => sum + value * value, 0);
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

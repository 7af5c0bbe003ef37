import exp from "@stdlib/math-base-special-exp";
import ln from "@stdlib/math-base-special-ln";
import log1p from "@stdlib/math-base-special-log1p";
import type { DenseTable } from "./dense-table.ts";
import { minimizeSmooth } from "./lbfgs.ts";
import { addScaled, dot, ridgeSystem } from "./ridge-system.ts";
import { learnStandardization, type Standardization, standardize, sum } from "./standardize.ts";

/** A fitted L2 logistic regression; plain data. */
export interface LogisticL2 extends Standardization {
  readonly model: "logistic_l2";
  /** K */
  readonly classes: number;
  /** codes of the classes that the training part had; others get probability 0 */
  readonly fitted: number[];
  /** lambda, on the scale of the mean loss */
  readonly penalty: number;
  /** of the standardised columns: two fitted classes one row, log odds of the second; more one row a class */
  readonly coefficients: number[][];
  readonly intercepts: number[];
}

/** Fits at one penalty; the next one starts from where the last one ended. */
export type LogisticPath = (lambda: number, tolerance: number) => LogisticL2;

/**
 * L2 logistic regression, binary, or multinomial for more classes (symmetric: every class has coefficients).
 *
 *   minimise  1/sum(w) sum_i w_i loss_i + lambda/2 ||B||²,   loss the negative log-likelihood
 *
 * on columns of weighted mean 0 and 1/n variance 1; intercepts unpenalised. L-BFGS preconditioned by the Hessian at equal
 * probabilities, (K-1)/K² X'WX + lambda I (1/4 for two classes), which bounds the true one: few iterations even when k > n,
 * and separated data converge, as the penalty keeps the optimum finite. scikit-learn's C is 1 / (lambda sum(w)).
 * Source: Hastie, Tibshirani & Friedman 2009, section 18.3.2; Bohning 1992 for the bound.
 *
 * Cost O(n k K) an iteration.
 *
 * @param table    n x k
 * @param y        n codes 0..K-1
 * @param weights  n, not negative, sum above 0
 */
export function logisticPath(table: DenseTable, y: Int32Array, weights: Float64Array, classes: number): LogisticPath {
  const standardization = learnStandardization(table, weights);
  const X = standardize(table, standardization);
  const total = sum(weights);
  const w = weights.map((value) => value / total);
  const shares = new Float64Array(classes);
  for (let i = 0; i < y.length; i++) shares[y[i]!]! += w[i]!;
  const fitted = Array.from(shares.keys()).filter((k) => shares[k]! > 0);
  const rows = fitted.length <= 2 ? fitted.length - 1 : fitted.length;
  const size = X.k + 1;
  const theta = new Float64Array(rows * size);
  for (let r = 0; r < rows; r++) theta[r * size] = rows === 1 ? ln(shares[fitted[1]!]! / shares[fitted[0]!]!) : ln(shares[fitted[r]!]!);
  const target = Int32Array.from(y, (code) => fitted.indexOf(code));
  const system = ridgeSystem(X, w);
  const curvature = (fitted.length - 1) / (fitted.length * fitted.length);
  return (lambda, tolerance) => {
    if (rows > 0 && X.k > 0) {
      const solve = system(curvature, lambda);
      const evaluate = rows === 1 ? binaryObjective(X, target, w, lambda) : multinomialObjective(X, target, w, lambda, rows);
      const precondition = (v: Float64Array) => {
        for (let r = 0; r < rows; r++) {
          v[r * size]! /= curvature;
          solve(v.subarray(r * size + 1, (r + 1) * size));
        }
      };
      minimizeSmooth({ evaluate, precondition }, theta, tolerance, 500);
    }
    const rowOf = (r: number) => Array.from(theta.subarray(r * size, (r + 1) * size));
    const all = Array.from({ length: rows }, (_, r) => rowOf(r));
    return {
      model: "logistic_l2",
      classes,
      fitted,
      penalty: lambda,
      ...standardization,
      intercepts: all.map((row) => row[0]!),
      coefficients: all.map((row) => row.slice(1)),
    };
  };
}

/** Probability of each class in each row: K arrays of n. */
export function predictLogistic(model: LogisticL2, table: DenseTable): Float64Array[] {
  const X = standardize(table, model);
  const scores = Array.from({ length: model.classes }, () => new Float64Array(table.n));
  const own = model.fitted.map((code) => scores[code]!);
  if (own.length === 1) own[0]!.fill(1);
  if (own.length < 2) return scores;
  const eta = model.coefficients.map((row, r) => linear(X, model.intercepts[r]!, Float64Array.from(row)));
  for (let i = 0; i < table.n; i++) {
    if (own.length === 2) {
      own[1]![i] = sigmoid(eta[0]![i]!);
      own[0]![i] = sigmoid(-eta[0]![i]!);
    } else {
      const most = Math.max(...eta.map((column) => column[i]!));
      let mass = 0;
      for (let r = 0; r < own.length; r++) {
        own[r]![i] = exp(eta[r]![i]! - most);
        mass += own[r]![i]!;
      }
      for (const column of own) column[i]! /= mass;
    }
  }
  return scores;
}

type Objective = (theta: Float64Array, gradient: Float64Array) => number;

/** theta: intercept, then k coefficients. @param y  0 or 1 */
function binaryObjective(X: DenseTable, y: Int32Array, w: Float64Array, lambda: number): Objective {
  return (theta, gradient) => {
    const eta = linear(X, theta[0]!, theta.subarray(1));
    let loss = 0;
    for (let i = 0; i < X.n; i++) {
      const value = eta[i]!;
      const e = exp(-Math.abs(value));
      loss += w[i]! * (Math.max(value, 0) - y[i]! * value + log1p(e));
      eta[i] = w[i]! * ((value >= 0 ? 1 : e) / (1 + e) - y[i]!);
    }
    return loss + backward(X, eta, theta, gradient, lambda);
  };
}

/** theta: for each of the rows its intercept and k coefficients. @param y  0..rows-1 */
function multinomialObjective(X: DenseTable, y: Int32Array, w: Float64Array, lambda: number, rows: number): Objective {
  const size = X.k + 1;
  return (theta, gradient) => {
    const eta = Array.from({ length: rows }, (_, r) => linear(X, theta[r * size]!, theta.subarray(r * size + 1, (r + 1) * size)));
    let value = 0;
    for (let i = 0; i < X.n; i++) {
      let most = Number.NEGATIVE_INFINITY;
      for (let r = 0; r < rows; r++) most = Math.max(most, eta[r]![i]!);
      const own = eta[y[i]!]![i]!;
      let mass = 0;
      for (let r = 0; r < rows; r++) {
        const e = exp(eta[r]![i]! - most);
        eta[r]![i] = e;
        mass += e;
      }
      value += w[i]! * (most + ln(mass) - own);
      for (let r = 0; r < rows; r++) eta[r]![i] = w[i]! * (eta[r]![i]! / mass - (r === y[i] ? 1 : 0));
    }
    for (let r = 0; r < rows; r++) {
      const from = r * size;
      value += backward(X, eta[r]!, theta.subarray(from, from + size), gradient.subarray(from, from + size), lambda);
    }
    return value;
  };
}

/** Gradient of one row from its residuals, n, and the row's penalty. */
function backward(X: DenseTable, residual: Float64Array, theta: Float64Array, gradient: Float64Array, lambda: number): number {
  let squares = 0;
  gradient[0] = sum(residual);
  for (let j = 0; j < X.k; j++) {
    const b = theta[j + 1]!;
    gradient[j + 1] = dot(X.columns[j]!, residual) + lambda * b;
    squares += b * b;
  }
  return (lambda / 2) * squares;
}

/** intercept + X b, n; four columns at a time, so that sums are read and written less often. */
export function linear(X: DenseTable, intercept: number, b: Float64Array): Float64Array {
  const { n, k, columns } = X;
  const eta = new Float64Array(n).fill(intercept);
  const whole = k - (k % 4);
  for (let j = 0; j < whole; j += 4) {
    const [x0, x1, x2, x3] = [columns[j]!, columns[j + 1]!, columns[j + 2]!, columns[j + 3]!];
    const [b0, b1, b2, b3] = [b[j]!, b[j + 1]!, b[j + 2]!, b[j + 3]!];
    for (let i = 0; i < n; i++) eta[i]! += b0 * x0[i]! + b1 * x1[i]! + (b2 * x2[i]! + b3 * x3[i]!);
  }
  for (let j = whole; j < k; j++) addScaled(eta, b[j]!, columns[j]!);
  return eta;
}

function sigmoid(value: number): number {
  const e = exp(-Math.abs(value));
  return (value >= 0 ? 1 : e) / (1 + e);
}

import type { Family } from "../src/solvers/losses.ts";
import type { PathStep } from "../src/solvers/path.ts";

/** A penalised linear model's objective and gradients in plain loops over written-down columns: what tests hold the solvers to. */
export interface DenseProblem {
  readonly family: Family;
  /** p columns of n values, any scale: they are centred and scaled here */
  readonly columns: readonly ArrayLike<number>[];
  /** numbers of mean 0 and sd 1, or class codes, or 1 for an event */
  readonly y: ArrayLike<number>;
  /** of a Cox model */
  readonly time?: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  readonly l1Ratio: number;
  /** columns from here on are not penalised */
  readonly free?: number;
}

export interface Judgement {
  /** mean loss + penalty */
  readonly objective: number;
  /** negative gradient of the mean loss for each block and feature */
  readonly gradients: Float64Array[];
  /** largest breach of an optimality condition, intercepts included */
  readonly violation: number;
}

export interface StandardColumns {
  readonly z: Float64Array[];
  readonly v: Float64Array;
}

export function standardColumns(columns: readonly ArrayLike<number>[], weights: ArrayLike<number>): StandardColumns {
  const sum = Array.from(weights).reduce((a, b) => a + b, 0);
  const v = Float64Array.from(weights, (w) => w / sum);
  const z = columns.map((column) => {
    const mean = v.reduce((total, weight, i) => total + weight * column[i]!, 0);
    const variance = v.reduce((total, weight, i) => total + weight * (column[i]! - mean) ** 2, 0);
    return Float64Array.from(column, (x) => (variance > 0 ? (x - mean) / Math.sqrt(variance) : 0));
  });
  return { z, v };
}

/** @param standard  of `standardColumns`, to be used for several steps */
export function judge(
  problem: DenseProblem,
  step: Omit<PathStep, "covariates">,
  standard = standardColumns(problem.columns, problem.weights),
): Judgement {
  const { z, v } = standard;
  const n = v.length;
  const eta = step.coefficients.map((block, b) => {
    const predictor = new Float64Array(n).fill(step.intercepts[b]!);
    step.features.forEach((j, k) => {
      for (let i = 0; i < n; i++) predictor[i]! += block[k]! * z[j]![i]!;
    });
    return predictor;
  });
  const { loss, residuals } = lossAt(problem, v, eta);
  const gradients = residuals.map((u) => Float64Array.from(z, (column) => dot(column, u)));
  const free = problem.free ?? z.length;
  let penalty = 0;
  let violation = Math.max(...residuals.map((u) => Math.abs(u.reduce((a, b) => a + b, 0))));
  step.coefficients.forEach((block, b) => {
    const place = new Map(Array.from(step.features, (j, k) => [j, block[k]!]));
    for (let j = 0; j < z.length; j++) {
      const coefficient = place.get(j) ?? 0;
      const g = gradients[b]![j]!;
      const lambda = j < free ? step.lambda : 0;
      const [l1, l2] = [lambda * problem.l1Ratio, lambda * (1 - problem.l1Ratio)];
      penalty += l1 * Math.abs(coefficient) + (l2 / 2) * coefficient ** 2;
      const breach = coefficient === 0 ? Math.abs(g) - l1 : Math.abs(g - l1 * Math.sign(coefficient) - l2 * coefficient);
      violation = Math.max(violation, breach);
    }
  });
  return { objective: loss + penalty, gradients, violation };
}

function lossAt({ family, y, time }: DenseProblem, v: Float64Array, eta: Float64Array[]): { loss: number; residuals: Float64Array[] } {
  if (family === "cox") return coxLossAt(v, eta[0]!, y, time!);
  const residuals = eta.map((predictor) => new Float64Array(predictor.length));
  let loss = 0;
  v.forEach((weight, i) => {
    if (weight === 0) return;
    if (family === "gaussian") {
      const r = y[i]! - eta[0]![i]!;
      loss += (weight * r * r) / 2;
      residuals[0]![i] = weight * r;
      return;
    }
    // two classes as a softmax over (0, eta)
    const predictors = family === "binomial" ? [0, eta[0]![i]!] : eta.map((predictor) => predictor[i]!);
    const top = Math.max(...predictors);
    const total = predictors.reduce((sum, value) => sum + Math.exp(value - top), 0);
    loss += weight * (Math.log(total) + top - predictors[y[i]!]!);
    predictors.forEach((value, k) => {
      const u = weight * ((y[i] === k ? 1 : 0) - Math.exp(value - top) / total);
      if (family === "multinomial") residuals[k]![i] = u;
      else if (k === 1) residuals[0]![i] = u;
    });
  });
  return { loss, residuals };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Breslow's partial likelihood by its definition, measured from the best that any predictors could do. */
function coxLossAt(
  v: Float64Array,
  eta: Float64Array,
  event: ArrayLike<number>,
  time: ArrayLike<number>,
): { loss: number; residuals: Float64Array[] } {
  const rows = Array.from(v.keys()).filter((i) => v[i]! > 0);
  const residual = new Float64Array(v.length);
  let loss = 0;
  for (const at of new Set(rows.filter((i) => event[i]).map((i) => time[i]!))) {
    const dead = rows.filter((i) => time[i] === at && event[i]);
    const risk = rows.filter((i) => time[i]! >= at);
    const W = dead.reduce((sum, i) => sum + v[i]!, 0);
    const S = risk.reduce((sum, i) => sum + v[i]! * Math.exp(eta[i]!), 0);
    loss += W * Math.log(S / W);
    for (const i of dead) {
      loss -= v[i]! * eta[i]!;
      residual[i]! += v[i]!;
    }
    for (const i of risk) residual[i]! -= (W * v[i]! * Math.exp(eta[i]!)) / S;
  }
  return { loss, residuals: [residual] };
}

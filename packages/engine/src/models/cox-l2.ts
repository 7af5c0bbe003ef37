import { type PartialLoss, partialLoss } from "../stats/partial-likelihood.ts";
import type { DenseTable } from "./dense-table.ts";
import { minimizeSmooth } from "./lbfgs.ts";
import { linear } from "./logistic-l2.ts";
import { dot, ridgeSystem } from "./ridge-system.ts";
import { learnStandardization, type Standardization, standardize, sum } from "./standardize.ts";

/** A fitted L2-penalised Cox model; plain data. */
export interface CoxL2 extends Standardization {
  readonly model: "cox_l2";
  /** lambda, on the scale of the mean loss */
  readonly penalty: number;
  /** k, of the standardised columns: log hazard ratios */
  readonly coefficients: number[];
}

/** Fits at one penalty; the next one starts from where the last one ended. */
export type CoxPath = (lambda: number, tolerance: number) => CoxL2;

export interface EventTarget {
  readonly time: Float64Array;
  readonly event: Uint8Array;
}

/**
 * L2-penalised Cox regression, Efron ties.
 *
 *   minimise  -1/sum(w) log partial likelihood + lambda/2 ||b||²
 *
 * on columns of weighted mean 0 and 1/n variance 1. L-BFGS preconditioned by the Hessian at b = 0, with the shared hazard of
 * each risk set left out (which bounds it): few iterations even when k > n, and data whose events are in order of a column
 * converge, as the penalty keeps the optimum finite. R's coxph(Surv ~ ridge(x, theta = lambda sum(w), scale = FALSE)) is the
 * same model. Without an event all coefficients are 0.
 * Source: Verweij & van Houwelingen 1994, Stat Med 13:2427; Efron 1977, JASA 72:557.
 *
 * Cost O(n k) an iteration.
 *
 * @param table    n x k
 * @param target   of the n samples
 * @param weights  n, not negative, sum above 0
 */
export function coxPath(table: DenseTable, target: EventTarget, weights: Float64Array): CoxPath {
  const standardization = learnStandardization(table, weights);
  const X = standardize(table, standardization);
  const total = sum(weights);
  const w = weights.map((value) => value / total);
  const loss = lossOn(target, w);
  const [u, h, theta] = [new Float64Array(X.n), new Float64Array(X.n), new Float64Array(X.k)];
  loss.evaluate(new Float64Array(X.n), u, h);
  const system = X.k > 0 ? ridgeSystem(X, h) : undefined;
  return (lambda, tolerance) => {
    const evaluate = (b: Float64Array, gradient: Float64Array) => {
      const value = loss.evaluate(linear(X, 0, b), u, h);
      for (let j = 0; j < X.k; j++) gradient[j] = lambda * b[j]! - dot(X.columns[j]!, u);
      return value + (lambda / 2) * dot(b, b);
    };
    if (system !== undefined) minimizeSmooth({ evaluate, precondition: system(1, lambda) }, theta, tolerance, 500);
    return { model: "cox_l2", penalty: lambda, ...standardization, coefficients: Array.from(theta) };
  };
}

/** n log hazards, higher for an earlier event, 0 at the training part's means. */
export function predictCox(model: CoxL2, table: DenseTable): Float64Array {
  return linear(standardize(table, model), 0, Float64Array.from(model.coefficients));
}

/**
 * What the samples left out of a training part add to its partial likelihood under predictors fitted there, as -2 log per event:
 * the deviance by which a penalty is chosen. NaN where none of them has an event.
 * Source: Verweij & van Houwelingen 1993, Stat Med 12:2305.
 *
 * @param eta       n, of all samples
 * @param training  n weights, 0 for the samples left out
 */
export function leftOutDeviance(eta: Float64Array, target: EventTarget, weights: Float64Array, training: Float64Array): number {
  const [u, h] = [new Float64Array(eta.length), new Float64Array(eta.length)];
  const gain = lossOn(target, weights).evaluate(eta, u, h) - lossOn(target, training).evaluate(eta, u, h);
  return (2 * gain) / (eventWeight(target, weights) - eventWeight(target, training));
}

/** Sum of the weights of events. */
export function eventWeight({ event }: EventTarget, weights: Float64Array): number {
  let events = 0;
  for (let i = 0; i < event.length; i++) if (event[i] !== 0) events += weights[i]!;
  return events;
}

function lossOn({ time, event }: EventTarget, weights: Float64Array): PartialLoss {
  const rows = Uint32Array.from(weights.keys()).filter((i) => weights[i]! > 0);
  return partialLoss({ rows, time, event, weights }, "efron");
}

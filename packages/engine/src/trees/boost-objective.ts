import exp from "@stdlib/math-base-special-exp";
import ln from "@stdlib/math-base-special-ln";
import log1p from "@stdlib/math-base-special-log1p";
import { supervised, type Target } from "../target.ts";

/** A loss of margins: what boosting minimises. m samples, `width` margins each. */
export interface Objective {
  /** margins of a sample: K for three classes or more, else 1 */
  readonly width: number;
  /** margin that boosting starts from, `width` of them */
  readonly base: Float64Array;
  /** Writes the weighted first and second derivatives by margin k. @param margins  m x width @param pairs  2m */
  derivatives(margins: Float64Array, k: number, pairs: Float64Array<ArrayBufferLike>): void;
  /** Mean loss by weight: negative log-likelihood of classes, squared error; of events for survival. */
  loss(margins: Float64Array): number;
}

/** Second derivatives are at least this, as in xgboost. */
const LEAST = 1e-16;

/**
 * The objective of a target: logistic loss, softmax, squared error, or Cox's partial likelihood with Breslow's ties.
 * @param weights    m, above 0; a sample of weight 2 counts as two
 * @param baseScore  probability of the second class or mean of the response to start from; null for the part's own
 */
export function objectiveOf(predicted: Target, weights: Float64Array, baseScore: number | null): Objective {
  const target = supervised(predicted);
  if (target.task === "survival") return coxObjective(target.time, target.event, weights);
  if (target.task === "regression") return squaredError(target.y, weights, baseScore);
  if (target.classes.length > 2) return softmaxObjective(target.y, weights, target.classes.length);
  return logisticObjective(target.y, weights, baseScore);
}

/** log(1 + e^m) - y m. */
function logisticObjective(y: Int32Array, weights: Float64Array, baseScore: number | null): Objective {
  const total = sum(weights);
  const share = baseScore ?? y.reduce((s, code, i) => s + code * weights[i]!, 0) / total;
  return {
    width: 1,
    base: Float64Array.of(share > 0 && share < 1 ? ln(share / (1 - share)) : 0),
    derivatives(margins, _, pairs) {
      for (let i = 0; i < y.length; i++) {
        const p = 1 / (1 + exp(-margins[i]!));
        pairs[2 * i] = weights[i]! * (p - y[i]!);
        pairs[2 * i + 1] = weights[i]! * Math.max(p * (1 - p), LEAST);
      }
    },
    loss: (margins) =>
      y.reduce((s, code, i) => s + weights[i]! * (Math.max(margins[i]!, 0) + log1p(exp(-Math.abs(margins[i]!))) - code * margins[i]!), 0) /
      total,
  };
}

/** log sum e^m - m_y. The second derivative is 2 p (1 - p), as in xgboost: a margin's own curvature, doubled as a safe bound. */
function softmaxObjective(y: Int32Array, weights: Float64Array, classes: number): Objective {
  const total = sum(weights);
  const scaled = new Float64Array(classes);
  /** Fills `scaled` with e^(m - max). @returns their sum */
  const exponentials = (margins: Float64Array, i: number): number => {
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) most = Math.max(most, margins[i * classes + k]!);
    let all = 0;
    for (let k = 0; k < classes; k++) {
      scaled[k] = exp(margins[i * classes + k]! - most);
      all += scaled[k]!;
    }
    return all;
  };
  return {
    width: classes,
    base: new Float64Array(classes),
    derivatives(margins, k, pairs) {
      for (let i = 0; i < y.length; i++) {
        const all = exponentials(margins, i);
        const p = scaled[k]! / all;
        pairs[2 * i] = weights[i]! * (p - (y[i] === k ? 1 : 0));
        pairs[2 * i + 1] = weights[i]! * Math.max(2 * p * (1 - p), LEAST);
      }
    },
    loss(margins) {
      let loss = 0;
      for (let i = 0; i < y.length; i++) {
        const all = exponentials(margins, i);
        loss += weights[i]! * (ln(all) - ln(Math.max(scaled[y[i]!]!, Number.MIN_VALUE)));
      }
      return loss / total;
    },
  };
}

/** (m - y)^2 / 2; its mean loss is given without the half. */
function squaredError(y: Float64Array, weights: Float64Array, baseScore: number | null): Objective {
  const total = sum(weights);
  return {
    width: 1,
    base: Float64Array.of(baseScore ?? y.reduce((s, value, i) => s + value * weights[i]!, 0) / total),
    derivatives(margins, _, pairs) {
      for (let i = 0; i < y.length; i++) {
        pairs[2 * i] = weights[i]! * (margins[i]! - y[i]!);
        pairs[2 * i + 1] = weights[i]!;
      }
    },
    loss: (margins) => y.reduce((s, value, i) => s + weights[i]! * (margins[i]! - value) ** 2, 0) / total,
  };
}

/**
 * Cox's partial likelihood, Breslow's ties. With S_t the sum of w e^m over those at risk at t and d_t the weight of events,
 *
 *   g_i = w_i (e_i sum d_t / S_t - event_i),  h_i = w_i (e_i sum d_t / S_t - e_i^2 sum d_t / S_t^2),  sums over t <= time_i
 *
 * Among tied times xgboost lets a sample see only the events that stand before it in the file; here it sees all of them.
 */
function coxObjective(time: Float64Array, event: Uint8Array, weights: Float64Array): Objective {
  const order = Uint32Array.from(time.keys()).sort((a, b) => time[a]! - time[b]! || a - b);
  const e = new Float64Array(time.length);
  let events = 0;
  for (let i = 0; i < time.length; i++) events += event[i]! * weights[i]!;
  const exponentials = (margins: Float64Array): number => {
    let most = Number.NEGATIVE_INFINITY;
    for (const margin of margins) most = Math.max(most, margin);
    // not below 1e-150, so that the square of a sum at risk is never 0
    for (let i = 0; i < e.length; i++) e[i] = Math.max(exp(margins[i]! - most), 1e-150);
    return most;
  };
  return {
    width: 1,
    base: new Float64Array(1),
    derivatives(margins, _, pairs) {
      exponentials(margins);
      let first = 0;
      let second = 0;
      for (const { from, to, atRisk, dead } of riskSets(order, time, event, weights, e)) {
        first += dead / atRisk;
        second += dead / (atRisk * atRisk);
        for (let k = from; k < to; k++) {
          const i = order[k]!;
          pairs[2 * i] = weights[i]! * (e[i]! * first - event[i]!);
          pairs[2 * i + 1] = weights[i]! * Math.max(e[i]! * first - e[i]! * e[i]! * second, 0);
        }
      }
    },
    loss(margins) {
      const most = exponentials(margins);
      let loss = 0;
      for (const { from, to, atRisk, dead } of riskSets(order, time, event, weights, e)) {
        if (dead === 0) continue;
        loss += dead * (ln(atRisk) + most);
        for (let k = from; k < to; k++) loss -= event[order[k]!]! * weights[order[k]!]! * margins[order[k]!]!;
      }
      return events > 0 ? loss / events : 0;
    },
  };
}

interface RiskSet {
  /** range of the order with this time */
  from: number;
  to: number;
  /** sum of w e over this time and all later ones */
  atRisk: number;
  /** weight of the events at this time */
  dead: number;
}

/** By time; sums run from the last time back, so that none is a difference. */
function riskSets(order: Uint32Array, time: Float64Array, event: Uint8Array, weights: Float64Array, e: Float64Array): RiskSet[] {
  const sets: RiskSet[] = [];
  let atRisk = 0;
  for (let to = order.length; to > 0; ) {
    let from = to;
    let dead = 0;
    while (from > 0 && time[order[from - 1]!] === time[order[to - 1]!]) {
      const i = order[--from]!;
      atRisk += weights[i]! * e[i]!;
      dead += event[i]! * weights[i]!;
    }
    sets.push({ from, to, atRisk, dead });
    to = from;
  }
  return sets.reverse();
}

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}

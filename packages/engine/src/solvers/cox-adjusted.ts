import ln from "@stdlib/math-base-special-ln";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { viewOf } from "../part-view.ts";
import { cholesky, substitute } from "../stats/cholesky.ts";
import { timeOrder } from "../stats/time-order.ts";
import type { Ties, UnivariateCox } from "./cox-univariate.ts";

const MOST_STEPS = 60;
/** Square of the distance to the maximum, in standard errors, from which one more step ends the search. */
const CLOSE = 1e-12;
/** A feature whose information beside the covariates is this share of its own says nothing that they do not. */
const COLLINEAR = 1e-9;
/** Where the information has fallen to this share of that at 0, or log hazards are so far apart, the likelihood has no maximum. */
const FADED = 1e-7;
const FARTHEST = 500;

/**
 * Cox regression of every feature beside the part's covariates, on the feature's available values: c + 1 coefficients, of which
 * that of the feature is answered. Tests are of no effect of the feature beside the covariates: the score test at their own
 * model, the likelihood ratio against it. `rising` and `falling` are told by the information that fades as steps run off.
 * Ties and weights as `univariateCox`.
 *
 * Cost O(m c²) a step and feature, some four steps; with two covariates some six times that of `univariateCox`.
 * Source: as R's coxph(Surv(time, event) ~ covariates + feature).
 * @throws EngineError  method_task where the target is not survival
 */
export function adjustedCox(part: TrainingPart, ties: Ties): UnivariateCox {
  const { p, m, target } = part;
  if (target.task !== "survival") throw new EngineError("method_task", "Cox regression needs a time and an event; use t_test or anova");
  const view = viewOf(part);
  const c = part.covariateNames.length;
  const { order, tie } = timeOrder(
    Uint32Array.from({ length: m }, (_, i) => i),
    target.time,
  );
  const covariates = part.covariateNames.map((_, k) => standardised(part.covariateColumn(k), part.counts));
  const model = new CoxModel(m, c + 1, ties, view.kernels.glmExp);
  const addresses = new Uint32Array(view.kernelsMemory, view.rawColumns, p);
  const state: UnivariateCox["state"] = [];
  const fields = { beta: 0, se: 0, score: 0, ratio: 0, count: 0, events: 0 };
  const out = Object.fromEntries(Object.keys(fields).map((name) => [name, new Float64Array(p).fill(Number.NaN)])) as unknown as Record<
    keyof typeof fields,
    Float64Array
  >;
  // features without missing values share the model of the covariates
  let whole: { start: Float64Array | undefined } | undefined;
  for (let j = 0; j < p; j++) {
    const x = new Float32Array(view.kernelsMemory, addresses[j]!, view.n);
    model.clear();
    for (let k = 0; k < m; k++) {
      const i = order[k]!;
      const value = x[view.rows[i]!]!;
      if (!Number.isNaN(value)) model.add(value, covariates, i, tie[k]!, target.event[i] !== 0, part.counts[i]!);
    }
    out.count[j] = model.weight;
    out.events[j] = model.eventWeight;
    if (model.count === m && whole === undefined) whole = { start: model.fitCovariates() };
    const start = model.count === m ? whole!.start : model.fitCovariates();
    const fit = start === undefined ? { state: "untestable" as const } : model.fit(start);
    state.push(fit.state);
    if (fit.state === "untestable") continue;
    out.score[j] = fit.score;
    if (fit.state !== "fitted") continue;
    out.beta[j] = fit.beta;
    out.se[j] = fit.se;
    out.ratio[j] = fit.ratio;
  }
  return { state, ...out };
}

type Fit =
  | { readonly state: "untestable" }
  | { readonly state: "rising" | "falling" | "unfinished"; readonly score: number }
  | { readonly state: "fitted"; readonly score: number; readonly beta: number; readonly se: number; readonly ratio: number };

/** Mean 0 and variance 1 under the weights; 0 where the column is constant. */
function standardised(values: Float64Array, weights: ArrayLike<number>): Float64Array {
  let [total, sum, squares] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    total += weights[i]!;
    sum += weights[i]! * values[i]!;
  }
  for (let i = 0; i < values.length; i++) squares += weights[i]! * (values[i]! - sum / total) ** 2;
  const sd = Math.sqrt(squares / total);
  return values.map((value) => (sd > 1e-12 * Math.abs(sum / total) ? (value - sum / total) / sd : 0));
}

/** The partial likelihood of q columns, the feature last; rows are added from the latest time to the first. */
class CoxModel {
  count = 0;
  weight = 0;
  eventWeight = 0;
  readonly #q: number;
  readonly #efron: boolean;
  /** count x q, row-major */
  readonly #x: Float64Array;
  readonly #w: Float64Array;
  readonly #event: Uint8Array;
  readonly #tie: Uint32Array;
  readonly #eta: Float64Array;
  /** of the last evaluation: slopes, information (lower triangle) */
  readonly #slope: Float64Array;
  readonly #information: Float64Array;
  readonly #sums: { first: Float64Array; second: Float64Array; tiedFirst: Float64Array; tiedSecond: Float64Array };
  readonly #mean: Float64Array;
  readonly #exp: (x: number) => number;
  #range = 0;

  constructor(m: number, q: number, ties: Ties, kernelExp: (x: number) => number) {
    this.#exp = kernelExp;
    this.#q = q;
    this.#efron = ties === "efron";
    this.#x = new Float64Array(m * q);
    [this.#w, this.#eta] = [new Float64Array(m), new Float64Array(m)];
    this.#event = new Uint8Array(m);
    this.#tie = new Uint32Array(m);
    [this.#slope, this.#mean] = [new Float64Array(q), new Float64Array(q)];
    this.#information = new Float64Array(q * q);
    const [vector, matrix] = [() => new Float64Array(q), () => new Float64Array(q * q)];
    this.#sums = { first: vector(), second: matrix(), tiedFirst: vector(), tiedSecond: matrix() };
  }

  clear(): void {
    [this.count, this.weight, this.eventWeight] = [0, 0, 0];
  }

  add(value: number, covariates: readonly Float64Array[], i: number, tie: number, event: boolean, weight: number): void {
    const k = this.count++;
    const at = k * this.#q;
    for (let a = 0; a < covariates.length; a++) this.#x[at + a] = covariates[a]![i]!;
    this.#x[at + covariates.length] = value;
    this.#w[k] = weight;
    this.#event[k] = event ? 1 : 0;
    this.#tie[k] = tie;
    this.weight += weight;
    if (event) this.eventWeight += weight;
  }

  /** Coefficients of the covariates alone, that of the feature 0; undefined where there is no maximum. Covariates of no information stay out. */
  fitCovariates(): Float64Array | undefined {
    const beta = new Float64Array(this.#q);
    const { end } = this.#newton(beta, this.#q - 1, this.#evaluate(beta));
    return end === "finished" ? beta : undefined;
  }

  /** @param start  of `fitCovariates` */
  fit(start: Float64Array): Fit {
    const { sd } = this.#centre();
    if (sd === 0) return { state: "untestable" };
    const last = this.#q - 1;
    const beta = start.slice();
    const empty = this.#evaluate(beta);
    const own = this.#information[last * this.#q + last]!;
    const pivot = this.#factor(this.#q)[last * this.#q + last]!;
    const before = pivot * pivot;
    if (!(before > COLLINEAR * own)) return { state: "untestable" };
    const score = this.#slope[last]! / pivot;
    const { end, value } = this.#newton(beta, this.#q, empty);
    const after = this.#factor(this.#q)[last * this.#q + last]! ** 2;
    if (end === "far" || after < FADED * before) return { state: beta[last]! > 0 ? "rising" : "falling", score };
    if (end !== "finished" || !(after > 0)) return { state: "unfinished", score };
    const ratio = Math.sign(beta[last]!) * Math.sqrt(2 * Math.max(0, value - empty));
    return { state: "fitted", score, beta: beta[last]! / sd, se: 1 / Math.sqrt(after) / sd, ratio };
  }

  /** Brings the feature to mean 0 and variance 1. */
  #centre(): { sd: number } {
    const [q, last] = [this.#q, this.#q - 1];
    let [sum, squares] = [0, 0];
    const first = this.#x[last]!;
    for (let k = 0; k < this.count; k++) sum += this.#w[k]! * (this.#x[k * q + last]! - first);
    const mean = first + sum / this.weight;
    for (let k = 0; k < this.count; k++) squares += this.#w[k]! * (this.#x[k * q + last]! - mean) ** 2;
    const sd = Math.sqrt(squares / this.weight);
    if (!(sd > 1e-12 * Math.abs(mean))) return { sd: 0 };
    for (let k = 0; k < this.count; k++) this.#x[k * q + last] = (this.#x[k * q + last]! - mean) / sd;
    return { sd };
  }

  /**
   * Newton's steps in the first `size` coefficients, halved until the likelihood does not fall; the rest stay.
   * @param start  the likelihood at beta, just evaluated
   */
  #newton(beta: Float64Array, size: number, start: number): { end: "finished" | "far" | "unfinished"; value: number } {
    let value = start;
    const before = beta.slice();
    for (let step = 0; step < MOST_STEPS; step++) {
      const move = this.#slope.slice(0, size);
      substitute(this.#factor(size), size, move);
      let gain = 0;
      for (let a = 0; a < size; a++) gain += move[a]! * this.#slope[a]!;
      if (!(gain >= 0 && gain < Number.MAX_VALUE)) return { end: "unfinished", value };
      before.set(beta);
      for (let share = 1; share > 1e-9; share /= 2) {
        for (let a = 0; a < size; a++) beta[a] = before[a]! + share * move[a]!;
        const next = this.#evaluate(beta);
        if (this.#range > FARTHEST) return { end: "far", value };
        if (next >= value - 1e-10 * Math.abs(value)) {
          value = next;
          break;
        }
      }
      if (gain <= CLOSE) return { end: "finished", value };
    }
    return { end: "unfinished", value };
  }

  /** Cholesky factor of the information of the first `size` coefficients; a column without any gets a unit pivot, so that it stays where it is. */
  #factor(size: number): Float64Array {
    const A = new Float64Array(size * size);
    for (let a = 0; a < size; a++) for (let b = 0; b <= a; b++) A[a * size + b] = this.#information[a * this.#q + b]!;
    for (let a = 0; a < size; a++) if (A[a * size + a] === 0) A[a * size + a] = 1;
    return cholesky(A, size);
  }

  /** Log partial likelihood; fills in slope and information. */
  #evaluate(beta: Float64Array): number {
    const q = this.#q;
    const [x, w, eta, mean, slope, information] = [this.#x, this.#w, this.#eta, this.#mean, this.#slope, this.#information];
    const { first, second, tiedFirst, tiedSecond } = this.#sums;
    for (const sum of [slope, information, first, second, tiedFirst, tiedSecond]) sum.fill(0);
    let [high, low] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let k = 0; k < this.count; k++) {
      let value = 0;
      for (let a = 0; a < q; a++) value += x[k * q + a]! * beta[a]!;
      eta[k] = value;
      if (value > high) high = value;
      if (value < low) low = value;
    }
    this.#range = high - low;
    if (!(this.#range <= FARTHEST)) return Number.NEGATIVE_INFINITY;
    let [log, S, SD, W, d] = [0, 0, 0, 0, 0];
    for (let k = 0; k < this.count; k++) {
      const at = k * q;
      const e = w[k]! * this.#exp(eta[k]! - high);
      const seen = this.#event[k] === 1;
      S += e;
      for (let a = 0; a < q; a++) {
        const ea = e * x[at + a]!;
        first[a]! += ea;
        for (let b = 0; b <= a; b++) second[a * q + b]! += ea * x[at + b]!;
      }
      if (seen) {
        d++;
        W += w[k]!;
        SD += e;
        log += w[k]! * (eta[k]! - high);
        for (let a = 0; a < q; a++) {
          const ea = e * x[at + a]!;
          slope[a]! += w[k]! * x[at + a]!;
          tiedFirst[a]! += ea;
          for (let b = 0; b <= a; b++) tiedSecond[a * q + b]! += ea * x[at + b]!;
        }
      }
      if (d === 0 || (k + 1 < this.count && this.#tie[k + 1] === this.#tie[k])) continue;
      const terms = this.#efron ? d : 1;
      const each = W / terms;
      for (let l = 0; l < terms; l++) {
        const part = l / terms;
        const inverse = 1 / (S - part * SD);
        log += each * ln(inverse);
        for (let a = 0; a < q; a++) {
          mean[a] = (first[a]! - part * tiedFirst[a]!) * inverse;
          slope[a]! -= each * mean[a]!;
          for (let b = 0; b <= a; b++) {
            information[a * q + b]! += each * ((second[a * q + b]! - part * tiedSecond[a * q + b]!) * inverse - mean[a]! * mean[b]!);
          }
        }
      }
      [SD, W, d] = [0, 0, 0];
      tiedFirst.fill(0);
      tiedSecond.fill(0);
    }
    return log;
  }
}

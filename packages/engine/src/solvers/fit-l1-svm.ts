import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { type PartView, viewOf } from "../part-view.ts";
import { type CrossValidation, type Curve, type Fold, summarise } from "./cross-validate.ts";
import { designOf } from "./design.ts";
import { signsOf } from "./eliminate.ts";
import { L1Svm, type L1SvmStep } from "./l1-svm.ts";

export interface L1SvmOptions {
  /** weights of the m samples, multiplicities included; they scale C */
  readonly weights: ArrayLike<number>;
  readonly standardise: boolean;
}

/** One SVM, or one of each class against the rest, along increasing C. */
export interface L1SvmPath {
  /** for each C the model of each class, or the one of two */
  readonly steps: readonly (readonly L1SvmStep[])[];
  /** for each feature the step at which it first had a coefficient, -1 if never */
  readonly entry: Int32Array;
  /** `saturated`: hardly any slack is left */
  readonly end: "complete" | "saturated" | "enough";
  /** largest C at which every model is empty */
  readonly cFirst: number;
  /** standard deviation (1/n) of each feature, p */
  readonly sd: Float64Array;
}

/** Given the largest C at which every model is empty, increasing C. */
export type Costs = (cFirst: number) => ArrayLike<number>;

/** Where all models explain all but this share of the loss of f = 0, larger C change nothing that matters. */
const SATURATED = 1e-3;
const FOLD_TOLERANCE = 1e-4;

export interface L1SvmStop {
  /** stop after a step at which so many features have (`active`) or have had (`entered`) a coefficient */
  readonly enough?: (active: number, entered: number) => boolean;
  /** go on to the last C where hardly any slack is left */
  readonly toTheEnd?: boolean;
}

/**
 * Models along increasing C, for each class against the rest where there are more than two.
 * @throws EngineError  data_unusable (a class without samples), not_converged
 */
export function fitL1Svm(part: TrainingPart, options: L1SvmOptions, costs: Costs, stop: L1SvmStop = {}): L1SvmPath {
  const view = viewOf(part);
  return view.arena.scope(() => {
    const { svms, sd } = svmsOf(part, view, options.weights, options.standardise);
    const cFirst = Math.min(...svms.map((svm) => svm.cFirst));
    const steps: L1SvmStep[][] = [];
    const entry = new Int32Array(part.p).fill(-1);
    let entered = 0;
    let end: L1SvmPath["end"] = "complete";
    const list = Array.from(costs(cFirst));
    for (const [index, c] of list.entries()) {
      const models = svms.map((svm) => svm.solve(c));
      const active = new Set<number>();
      for (const { features } of models) for (const j of features) active.add(j);
      for (const j of active) {
        if (entry[j]! >= 0) continue;
        entry[j] = index;
        entered++;
      }
      steps.push(models);
      if (stop.enough?.(active.size, entered)) end = "enough";
      else if (!stop.toTheEnd && saturated(models)) end = "saturated";
      if (end !== "complete") break;
    }
    return { steps, entry, end, cFirst, sd };
  });
}

function saturated(models: readonly L1SvmStep[]): boolean {
  return models.every(({ lossRatio }) => lossRatio < SATURATED);
}

/** The largest C at which every model of a part is empty: where a path starts. */
export function firstCost(part: TrainingPart, options: L1SvmOptions): number {
  const view = viewOf(part);
  return view.arena.scope(() => Math.min(...svmsOf(part, view, options.weights, options.standardise).svms.map(({ cFirst }) => cFirst)));
}

/** The search ends when so many C in a row were no better than the best before them. */
const PATIENCE = 10;

/**
 * Held-out squared hinge loss at increasing C, mean over samples and classes, until it only rises (ten in a row no better than
 * the best). A fold's C is raised by what its training samples weigh less than the part, so that penalty and loss keep their proportion.
 *
 * @returns   `lambdas` are 1 / C, of those tried
 * @throws EngineError  data_unusable (a training fold without one of the classes), not_converged
 */
export function crossValidateL1Svm(
  part: TrainingPart,
  folds: readonly Fold[],
  cs: ArrayLike<number>,
  options: L1SvmOptions,
): CrossValidation {
  const view = viewOf(part);
  const weights = Float64Array.from(options.weights);
  const whole = sumOf(weights, weights.keys());
  return view.arena.scope(() => {
    const fits = folds.map((fold) => {
      const inside = new Float64Array(part.m);
      for (let t = 0; t < fold.train.length; t++) inside[fold.train[t]!] = weights[fold.train[t]!]!;
      const { svms } = svmsOf(part, view, inside, options.standardise, FOLD_TOLERANCE);
      const test = Array.from(fold.test);
      const losses: number[] = [];
      return { svms, test, weight: sumOf(weights, test), raise: whole / sumOf(inside, inside.keys()), losses, ended: false };
    });
    const signs = signsOf(part);
    let [least, best] = [Number.POSITIVE_INFINITY, 0];
    let tried = 0;
    for (; tried < cs.length && tried - best <= PATIENCE; tried++) {
      let total = 0;
      for (const fit of fits) {
        if (!fit.ended) {
          const models = fit.svms.map((svm) => svm.solve(cs[tried]! * fit.raise));
          fit.ended = saturated(models);
          fit.losses.push(heldOut(models, signs, fit.test, weights) / (fit.weight * models.length));
        } else fit.losses.push(fit.losses.at(-1)!);
        total += fit.weight * fit.losses.at(-1)!;
      }
      if (total < least) [least, best] = [total, tried];
    }
    return summarise(
      fits.map(({ weight, losses }): Curve => ({ weight, values: Float64Array.from(losses) })),
      Float64Array.from({ length: tried }, (_, k) => 1 / cs[k]!),
    );
  });
}

/** Sum over models and test samples of weight times squared hinge loss. */
function heldOut(models: readonly L1SvmStep[], signs: readonly Float64Array[], test: readonly number[], weights: Float64Array): number {
  let sum = 0;
  models.forEach(({ predictions }, s) => {
    for (const i of test) sum += weights[i]! * Math.max(0, 1 - signs[s]![i]! * predictions[i]!) ** 2;
  });
  return sum;
}

function svmsOf(part: TrainingPart, view: PartView, weights: ArrayLike<number>, standardise: boolean, tolerance?: number) {
  const rows = new Float64Array(view.n);
  for (let i = 0; i < part.m; i++) rows[view.rows[i]!] = weights[i]!;
  const design = designOf(view, rows, standardise);
  const svms = signsOf(part).map((y) => {
    const both = y.some((sign, i) => sign > 0 && weights[i]! > 0) && y.some((sign, i) => sign < 0 && weights[i]! > 0);
    if (!both) {
      throw new EngineError(
        "data_unusable",
        'a class is absent from an inner training fold, so that c cannot be cross-validated; set c to "count" or a number, or use fewer folds',
      );
    }
    return new L1Svm(design, y, weights, part.featureNames, tolerance);
  });
  return { svms, sd: new Float64Array(design.sd) };
}

function sumOf(values: ArrayLike<number>, at: Iterable<number>): number {
  let sum = 0;
  for (const i of at) sum += values[i]!;
  return sum;
}

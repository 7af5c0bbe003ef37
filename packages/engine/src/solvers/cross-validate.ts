import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { type PartView, viewOf } from "../part-view.ts";
import { tellsSomething } from "../stats/partial-likelihood.ts";
import { inFold } from "./balanced-part.ts";
import { designOf } from "./design.ts";
import { type PenalizedOptions, type Response, responseOf } from "./fit-penalized.ts";
import { heldOutOf } from "./held-out.ts";
import { lossOf } from "./losses.ts";
import { fitPath } from "./path.ts";

/** Indices below m of one split of a training part. */
export interface Fold {
  readonly train: ArrayLike<number>;
  readonly test: ArrayLike<number>;
}

/** Held-out deviance along a path; arrays as long as `lambdas`. */
export interface CrossValidation {
  readonly lambdas: Float64Array;
  /**
   * mean over the samples, each by its weight: -2 log likelihood, or squared error of y in units of its variance;
   * of a Cox model -2 log partial likelihood per event (see `heldOutOf`)
   */
  readonly deviance: Float64Array;
  /** standard error of that mean, from the spread between folds */
  readonly error: Float64Array;
  /** index of the smallest deviance, the largest lambda of several */
  readonly min: number;
  /** index of the largest lambda within one standard error of it */
  readonly oneSe: number;
}

/**
 * Cross-validated deviance of penalised models at given lambdas. Folds are masks over the shared matrix: each fold
 * centres, scales and fits its own training samples. A fold whose path ends early keeps its last model to the end.
 *
 * @param lambdas  decreasing, from the fit to all samples
 * Folds that hold no event say nothing of a Cox model and are passed over.
 * @throws EngineError  data_unusable (a training fold without one of the classes or without events), not_converged
 * Source: as cv.glmnet with `grouped = TRUE`; differs in fitting all folds at the same lambdas.
 */
export function crossValidate(
  part: TrainingPart,
  folds: readonly Fold[],
  lambdas: ArrayLike<number>,
  options: PenalizedOptions,
): CrossValidation {
  const curves = folds.map((fold, k) =>
    inFold(part, fold, k, options, (fit) => foldCurve(viewOf(fit.part), responseOf(fit.part, fit.weights), fit.fold, lambdas, options)),
  );
  return summarise(informative(curves), lambdas);
}

/** The curves of folds that hold an event. @throws EngineError  data_unusable, where they are fewer than two */
export function informative(curves: readonly Curve[]): Curve[] {
  const telling = curves.filter(({ weight }) => weight > 0);
  if (telling.length < 2) throw new EngineError("data_unusable", FEW_EVENTS);
  return telling;
}

/** Mean and standard error over folds, and the lambdas they point to. */
export function summarise(curves: readonly Curve[], lambdas: ArrayLike<number>): CrossValidation {
  const L = lambdas.length;
  const whole = curves.reduce((sum, { weight }) => sum + weight, 0);
  const deviance = new Float64Array(L);
  const error = new Float64Array(L);
  for (let k = 0; k < L; k++) {
    for (const { weight, values } of curves) deviance[k]! += (weight / whole) * values[k]!;
    for (const { weight, values } of curves) error[k]! += (weight / whole) * (values[k]! - deviance[k]!) ** 2;
    error[k] = Math.sqrt(error[k]! / (curves.length - 1));
  }
  let min = 0;
  for (let k = 1; k < L; k++) if (deviance[k]! < deviance[min]!) min = k;
  const oneSe = deviance.findIndex((value) => value <= deviance[min]! + error[min]!);
  return { lambdas: Float64Array.from(lambdas), deviance, error, min, oneSe };
}

/** What one fold says. */
export interface Curve {
  /** weight of the held-out samples, as of `HeldOut` */
  readonly weight: number;
  readonly values: Float64Array;
}

function foldCurve(view: PartView, response: Response, fold: Fold, lambdas: ArrayLike<number>, options: PenalizedOptions): Curve {
  const weights = foldWeights(view, response, fold);
  const values = new Float64Array(lambdas.length);
  const heldOut = heldOutOf(view, response, fold, weights);
  if (heldOut.weight === 0) return { weight: 0, values };
  refuseMissing(response, weights);
  view.arena.scope(() => {
    const design = designOf(view, weights, options.scale ?? "standardize", view.covariates);
    const loss = lossOf(response, design);
    const onStep = (k: number) => {
      values[k] = heldOut.deviance(loss);
    };
    const tolerance = options.tolerance ?? FOLD_TOLERANCE;
    const { steps } = fitPath(design, loss, () => lambdas, { l1Ratio: options.l1Ratio, stopEarly: true, tolerance, onStep });
    values.fill(values[steps.length - 1]!, steps.length);
  });
  return { weight: heldOut.weight, values };
}

/** Weights of a fold's training samples over all n rows, 0 elsewhere. */
export function foldWeights(view: PartView, response: Response, fold: Fold): Float64Array {
  const weights = new Float64Array(view.n);
  for (let i = 0; i < fold.train.length; i++) weights[view.rows[fold.train[i]!]!] = response.weights[view.rows[fold.train[i]!]!]!;
  return weights;
}

/** Enough for a curve that has a standard error; the fit that is reported is a hundred times as tight. */
const FOLD_TOLERANCE = 1e-5;

const FEW_EVENTS =
  'fewer than two inner folds hold an event, so that lambda cannot be cross-validated; set lambda to "count" or a number, or use more folds';

/** @throws EngineError  data_unusable, where a class, or every event, is missing among the training samples of a fold */
export function refuseMissing(response: Response, weights: Float64Array): void {
  if (response.family === "gaussian") return;
  if (response.family === "cox") {
    const rows = Uint32Array.from(weights.keys()).filter((i) => weights[i]! > 0);
    if (tellsSomething({ rows, time: response.time!, event: response.y })) return;
    throw new EngineError("data_unusable", FEW_EVENTS);
  }
  const sizes = new Float64Array(response.classes);
  for (let i = 0; i < weights.length; i++) if (weights[i]! > 0) sizes[response.y[i]!]!++;
  if (sizes.every((size) => size > 0)) return;
  throw new EngineError(
    "data_unusable",
    'a class is absent from an inner training fold, so that lambda cannot be cross-validated; set lambda to "count" or a number, or use fewer folds',
  );
}

import type { TrainingPart } from "../part.ts";
import { type PartView, viewOf } from "../part-view.ts";
import { partialLoss } from "../stats/partial-likelihood.ts";
import { type Balancing, type FoldFit, inFold } from "./balanced-part.ts";
import type { ColumnScale } from "./column-scale.ts";
import { type CrossValidation, type Curve, type Fold, foldWeights, informative, refuseMissing, summarise } from "./cross-validate.ts";
import { designOf } from "./design.ts";
import { type Response, responseOf } from "./fit-penalized.ts";
import { heldOutOf } from "./held-out.ts";
import type { Family } from "./losses.ts";
import { predictors, type RidgeModel, type RidgeTarget, ridgeFit } from "./ridge-path.ts";
import { rotate, standardProducts } from "./rotated-design.ts";

export interface RidgeOptions {
  /** weights of the m samples, multiplicities included; `part.counts` when left out */
  readonly weights?: ArrayLike<number>;
  /** how the training samples of an inner fold are balanced; they count by `weights` when left out */
  readonly balancing?: Balancing | undefined;
  /** what columns are divided by; `standardize`, unit variance, when left out */
  readonly scale?: ColumnScale;
}

/** A ridge model with what its coefficients refer to: they belong to (x - centre) / scale. */
export interface RidgeResult {
  readonly family: Family;
  readonly lambda: number;
  /** for each block (class, or once) p coefficients; constant columns 0 */
  readonly coefficients: readonly Float64Array[];
  /** for each block, beside centred columns; of several, mean 0 */
  readonly intercepts: Float64Array;
  /** mean loss + lambda/2 ||w||² */
  readonly objective: number;
  /** 1 - loss / loss of the intercepts alone */
  readonly devianceRatio: number;
  /** weighted mean and standard deviation (1/n) of each feature, p */
  readonly centre: Float64Array;
  readonly sd: Float64Array;
  /** what columns were divided by, p; 0 for constant ones */
  readonly scale: Float64Array;
  readonly targetCentre: number;
  readonly targetScale: number;
}

/** A part made ready for ridge fits. */
export interface RidgeFitter {
  /** 1000 times the largest gradient of the model without features: what glmnet starts a ridge path from */
  readonly lambdaMax: number;
  /** lambdas in decreasing order are quickest, each starting from the one before */
  at(lambda: number): RidgeResult;
}

/** Gradient let pass, as a share of the largest at w = 0: of fits that are answered, and of those of a curve. */
const FINE = 1e-9;
const ROUGH = 1e-5;

/**
 * Ridge models of a training part: the objective of `fitPenalized` at l1_ratio 0, solved in the span of the samples.
 *
 *   minimise  mean loss + lambda/2 ||w||²
 *
 * over columns centred and, unless `scale` says otherwise, scaled to unit weighted 1/n variance; regression targets to unit 1/n standard deviation.
 *
 * @throws EngineError  data_unusable (one class, constant target, no event), not_converged (from `at`)
 * Cost O(m p min(m, p)) once, O(m min(m, p)) an iteration and class, a reading of X for each model.
 */
export function fitRidge<T>(part: TrainingPart, options: RidgeOptions, body: (fitter: RidgeFitter) => T): T {
  const view = viewOf(part);
  return view.arena.scope(() => {
    const response = responseOf(part, options.weights ?? part.counts);
    const design = designOf(view, response.weights, options.scale ?? "standardize");
    const rotated = rotate(design);
    const target = targetOf(view, response);
    const fit = ridgeFit(rotated, target, FINE);
    const common = {
      family: response.family,
      centre: new Float64Array(design.centre),
      sd: new Float64Array(design.sd),
      scale: new Float64Array(design.scale),
      targetCentre: response.centre,
      targetScale: response.scale,
    };
    const at = (lambda: number): RidgeResult => {
      const { coefficients, intercepts, objective, loss } = fit.at(lambda);
      const devianceRatio = 1 - loss / fit.emptyLoss;
      return { ...common, lambda, coefficients: coefficients.map(rotated.back), intercepts, objective, devianceRatio };
    };
    return body({ lambdaMax: 1000 * largestGradient(target, rotated.v, (u) => standardProducts(design, u)), at });
  });
}

/** The target at the m samples of a part. */
function targetOf({ rows }: PartView, { family, classes, y, time }: Response): RidgeTarget & { y: Float64Array } {
  const at = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]!);
  return { family, classes, y: at(y), ...(time === undefined ? {} : { time: at(time) }) };
}

/** Largest |z_j'u| over features and classes at the intercepts alone. */
function largestGradient(target: ReturnType<typeof targetOf>, v: Float64Array, products: (u: Float64Array) => Float64Array): number {
  let most = 0;
  for (const u of emptyResiduals(target, v)) for (const g of products(u)) most = Math.max(most, Math.abs(g));
  return most;
}

/** Negative gradient of the mean loss in each sample's predictor, for each block, at the intercepts alone. */
function emptyResiduals({ family, classes, y, time }: ReturnType<typeof targetOf>, v: Float64Array): Float64Array[] {
  if (family === "cox") {
    const rows = Uint32Array.from(v.keys()).filter((i) => v[i]! > 0);
    const u = new Float64Array(v.length);
    partialLoss({ rows, time: time!, event: y, weights: v }, "breslow").evaluate(new Float64Array(v.length), u, new Float64Array(v.length));
    return [u];
  }
  return Array.from({ length: family === "multinomial" ? classes : 1 }, (_, b) => {
    const values = family === "multinomial" ? y.map((code) => (code === b ? 1 : 0)) : y;
    const mean = values.reduce((sum, value, i) => sum + v[i]! * value, 0);
    return values.map((value, i) => v[i]! * (value - mean));
  });
}

/**
 * Cross-validated deviance of ridge models at given lambdas; each fold centres, scales and rotates its own training samples.
 *
 * Folds that hold no event say nothing of a Cox model and are passed over.
 *
 * @param lambdas  decreasing
 * @throws EngineError  data_unusable (a training fold without one of the classes or without events), not_converged
 */
export function crossValidateRidge(
  part: TrainingPart,
  folds: readonly Fold[],
  lambdas: ArrayLike<number>,
  options: RidgeOptions,
): CrossValidation {
  const curves = folds.map((fold, k) => inFold(part, fold, k, options, (fit) => foldCurve(fit, lambdas, options)));
  return summarise(informative(curves), lambdas);
}

function foldCurve({ part, fold, weights: given }: FoldFit, lambdas: ArrayLike<number>, options: RidgeOptions): Curve {
  const view = viewOf(part);
  const response = responseOf(part, given);
  const target = targetOf(view, response);
  const weights = foldWeights(view, response, fold);
  const values = new Float64Array(lambdas.length);
  const heldOut = heldOutOf(view, response, fold, weights);
  if (heldOut.weight === 0) return { weight: 0, values };
  refuseMissing(response, weights);
  const rotated = rotate(designOf(view, weights, options.scale ?? "standardize"));
  const fit = ridgeFit(rotated, target, ROUGH);
  for (let k = 0; k < lambdas.length; k++) values[k] = heldOut.deviance({ eta: etaOf(fit.at(lambdas[k]!), rotated, view) });
  return { weight: heldOut.weight, values };
}

/** Predictors of each block, at the rows of the matrix. */
function etaOf({ coefficients, intercepts }: RidgeModel, rotated: Parameters<typeof predictors>[0], { n, rows }: PartView): Float64Array[] {
  return coefficients.map((u, b) => {
    const eta = new Float64Array(n);
    predictors(rotated, u, intercepts[b]!).forEach((value, i) => {
      eta[rows[i]!] = value;
    });
    return eta;
  });
}

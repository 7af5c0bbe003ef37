import type { TrainingPart } from "../part.ts";
import { viewOf } from "../part-view.ts";
import { type CrossValidation, type Curve, type Fold, foldWeights, refuseMissing, summarise } from "./cross-validate.ts";
import { designOf } from "./design.ts";
import { type Response, responseOf } from "./fit-penalized.ts";
import { devianceOf } from "./held-out.ts";
import type { Family } from "./losses.ts";
import { predictors, type RidgeModel, ridgeFit } from "./ridge-path.ts";
import { rotate, standardProducts } from "./rotated-design.ts";

export interface RidgeOptions {
  /** weights of the m samples, multiplicities included; `part.counts` when left out */
  readonly weights?: ArrayLike<number>;
  /** columns of unit variance (the default), or on their own scale */
  readonly standardise?: boolean;
}

/** A ridge model with what its coefficients refer to: they belong to (x - centre) / sd, or to x - centre. */
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
  readonly standardised: boolean;
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
 * over columns centred and scaled to unit weighted 1/n variance; regression targets to unit 1/n standard deviation.
 *
 * @throws EngineError  data_unusable (one class, constant target), not_converged (from `at`)
 * Cost O(m p min(m, p)) once, O(m min(m, p)) an iteration and class, a reading of X for each model.
 */
export function fitRidge<T>(part: TrainingPart, options: RidgeOptions, body: (fitter: RidgeFitter) => T): T {
  const view = viewOf(part);
  return view.arena.scope(() => {
    const standardised = options.standardise ?? true;
    const response = responseOf(part, options.weights ?? part.counts);
    const design = designOf(view, response.weights, standardised);
    const rotated = rotate(design);
    const y = Float64Array.from(view.rows, (row) => response.y[row]!);
    const fit = ridgeFit(rotated, response.family, y, response.classes, FINE);
    const common = {
      family: response.family,
      centre: new Float64Array(design.centre),
      sd: new Float64Array(design.sd),
      standardised,
      targetCentre: response.centre,
      targetScale: response.scale,
    };
    const at = (lambda: number): RidgeResult => {
      const { coefficients, intercepts, objective, loss } = fit.at(lambda);
      const devianceRatio = 1 - loss / fit.emptyLoss;
      return { ...common, lambda, coefficients: coefficients.map(rotated.back), intercepts, objective, devianceRatio };
    };
    return body({ lambdaMax: 1000 * largestGradient(response, rotated.v, y, (u) => standardProducts(design, u)), at });
  });
}

/** Largest |z_j'u| over features and classes at the intercepts alone. */
function largestGradient(
  { family, classes }: Response,
  v: Float64Array,
  y: Float64Array,
  products: (u: Float64Array) => Float64Array,
): number {
  let most = 0;
  for (let b = 0; b < (family === "multinomial" ? classes : 1); b++) {
    const target = family === "multinomial" ? y.map((code) => (code === b ? 1 : 0)) : y;
    const mean = target.reduce((sum, value, i) => sum + v[i]! * value, 0);
    for (const g of products(target.map((value, i) => v[i]! * (value - mean)))) most = Math.max(most, Math.abs(g));
  }
  return most;
}

/**
 * Cross-validated deviance of ridge models at given lambdas; each fold centres, scales and rotates its own training samples.
 *
 * @param lambdas  decreasing
 * @throws EngineError  data_unusable (a training fold without one of the classes), not_converged
 */
export function crossValidateRidge(
  part: TrainingPart,
  folds: readonly Fold[],
  lambdas: ArrayLike<number>,
  options: RidgeOptions,
): CrossValidation {
  const view = viewOf(part);
  const response = responseOf(part, options.weights ?? part.counts);
  const y = Float64Array.from(view.rows, (row) => response.y[row]!);
  const deviance = devianceOf(response.family, view.kernels);
  const curves = folds.map((fold): Curve => {
    const weights = foldWeights(view, response, fold);
    refuseMissing(response, weights);
    return view.arena.scope(() => {
      const rotated = rotate(designOf(view, weights, options.standardise ?? true));
      const fit = ridgeFit(rotated, response.family, y, response.classes, ROUGH);
      let weight = 0;
      for (let i = 0; i < fold.test.length; i++) weight += response.weights[view.rows[fold.test[i]!]!]!;
      const values = Float64Array.from(lambdas, (lambda) => {
        const eta = etaOf(fit.at(lambda), rotated);
        let sum = 0;
        for (let t = 0; t < fold.test.length; t++) {
          const i = fold.test[t]!;
          sum += (response.weights[view.rows[i]!]! / weight) * deviance({ eta }, i, y[i]!);
        }
        return sum;
      });
      return { weight, values };
    });
  });
  return summarise(curves, lambdas);
}

function etaOf({ coefficients, intercepts }: RidgeModel, rotated: Parameters<typeof predictors>[0]): Float64Array[] {
  return coefficients.map((u, b) => predictors(rotated, u, intercepts[b]!));
}

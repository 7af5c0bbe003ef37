import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import { beforeBalance } from "../selectors/before-balance.ts";
import { columnScaleOf } from "../selectors/column-scale.ts";
import type { Shape } from "../selectors/define.ts";
import { pathCost, pathMemory } from "../selectors/path-ranking.ts";
import { sampleWeights } from "../selectors/sample-weights.ts";
import {
  type CrossValidation,
  crossValidate,
  crossValidateRidge,
  fitPenalized,
  fitRidge,
  geometricLambdas,
  innerFolds,
  type LambdaSequence,
} from "../solvers/index.ts";
import type { Fitted, ModelShared } from "./define.ts";
import { type LinearPredictor, linearPredictor } from "./linear-predictor.ts";

/** Options of the penalised linear models. */
export const penaltyOptions = z.strictObject({
  lambda: z
    .union([z.enum(["min", "1se"]), z.number().positive()])
    .default("min")
    .describe(
      "Strength of the penalty: min, the smallest cross-validated deviance inside the training part; 1se, the strongest penalty within one standard error of it; or a number, on columns of unit variance and, in regression, a target of unit variance.",
    ),
  l1_ratio: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("Share of the L1 penalty: 1 is the lasso, 0 the ridge; between them correlated features share their weight."),
  n_lambda: z.int().min(2).max(1000).default(100).describe("Lambdas on the path."),
});

export type PenaltyOptions = z.output<typeof penaltyOptions>;

export const penalizedParameters = z.strictObject({ linear: linearPredictor, lambda: z.number().positive() });

/** At a lambda that was given, no order of features or samples may show in the first nine digits of a coefficient. */
const LAST_TOLERANCE = 1e-12;
/** Last lambda over the first of a ridge path, which starts far above the others'. */
const RIDGE_RATIO = 1e-6;

interface Chosen {
  readonly lambda: number;
  readonly curve?: CrossValidation;
}

/** A solution with coefficients on (x - centre) / scale, by block, of some features. */
interface Solution {
  readonly features: Int32Array | number[];
  readonly coefficients: readonly Float64Array[];
  readonly intercepts: Float64Array;
  readonly centre: Float64Array;
  readonly scale: Float64Array;
  readonly targetCentre: number;
  readonly targetScale: number;
  readonly devianceRatio: number;
}

/**
 * The penalised linear model of a part (see `fitPenalized` for the objective) at a lambda that is given or chosen by inner
 * cross-validation; features without a coefficient are left out of the model.
 * @throws EngineError  data_unusable, not_converged
 */
export function fitPenalizedModel(
  train: TrainingPart,
  settings: PenaltyOptions,
  shared: ModelShared,
  rng: Rng,
): Fitted<z.output<typeof penalizedParameters>> {
  const { solution, lambda, curve } = settings.l1_ratio === 0 ? ridge(train, settings, shared, rng) : path(train, settings, shared, rng);
  const { centre, scale, targetScale, targetCentre } = solution;
  const features = Array.from(solution.features);
  const linear: LinearPredictor = {
    centre: features.map((j) => centre[j]!),
    scale: features.map((j) => scale[j]!),
    coefficients: solution.coefficients.map((block) => Array.from(block, (value) => value * targetScale)),
    intercepts: Array.from(solution.intercepts, (value) => targetCentre + targetScale * value),
  };
  const at = curve?.lambdas.indexOf(lambda) ?? -1;
  const summary = {
    lambda,
    l1_ratio: settings.l1_ratio,
    nonzero: features.length,
    deviance_ratio: solution.devianceRatio,
    cv_deviance: curve?.deviance[at] ?? null,
    cv_error: curve?.error[at] ?? null,
  };
  return { features, parameters: { linear, lambda }, summary };
}

function path(train: TrainingPart, settings: PenaltyOptions, shared: ModelShared, rng: Rng) {
  const weights = sampleWeights(train, shared.classWeight);
  const common = { weights, scale: columnScaleOf(shared), nLambda: settings.n_lambda, l1Ratio: settings.l1_ratio };
  const chosen = choose(settings, () => {
    const lambdas = fitPenalized(train, common).steps.map((step) => step.lambda);
    const inner = innerOf(train, shared, rng);
    return crossValidate(inner.part, inner.folds, lambdas, { ...common, weights: inner.weights, balancing: inner.balancing });
  });
  const { lambda } = chosen;
  // reached along a path from the empty model, as every other
  const lambdas: LambdaSequence = (lambdaMax) =>
    lambda < lambdaMax ? [...geometricLambdas(lambdaMax, settings.n_lambda, lambda / lambdaMax).slice(0, -1), lambda] : [lambda];
  const fitted = fitPenalized(train, { ...common, lambdas, lastTolerance: LAST_TOLERANCE });
  return { solution: { ...fitted, ...fitted.steps.at(-1)! } satisfies Solution, ...chosen };
}

function ridge(train: TrainingPart, settings: PenaltyOptions, shared: ModelShared, rng: Rng) {
  const common = { weights: sampleWeights(train, shared.classWeight), scale: columnScaleOf(shared) };
  return fitRidge(train, common, (fitter) => {
    const chosen = choose(settings, () => {
      const inner = innerOf(train, shared, rng);
      const lambdas = geometricLambdas(fitter.lambdaMax, settings.n_lambda, RIDGE_RATIO);
      return crossValidateRidge(inner.part, inner.folds, lambdas, { ...common, weights: inner.weights, balancing: inner.balancing });
    });
    const model = fitter.at(chosen.lambda);
    const features = Array.from(model.scale.keys()).filter((j) => model.scale[j] !== 0);
    const coefficients = model.coefficients.map((block) => Float64Array.from(features, (j) => block[j]!));
    return { solution: { ...model, features, coefficients } satisfies Solution, ...chosen };
  });
}

function choose({ lambda }: PenaltyOptions, curveOf: () => CrossValidation): Chosen {
  if (typeof lambda === "number") return { lambda };
  const curve = curveOf();
  return { lambda: curve.lambdas[lambda === "1se" ? curve.oneSe : curve.min]!, curve };
}

function innerOf(train: TrainingPart, shared: ModelShared, rng: Rng) {
  const inner = beforeBalance(train, shared);
  const folds = innerFolds(inner.part, shared.innerFolds, shared.groups, rng.child("inner folds"));
  if (folds.length < 2) {
    throw new EngineError(
      "data_unusable",
      "one group holds every sample, so that lambda cannot be cross-validated; set lambda to a number",
    );
  }
  return { ...inner, folds };
}

/** Rough seconds of a fit. */
export function penaltyCost(shape: Shape, { lambda, l1_ratio, n_lambda }: PenaltyOptions, shared: ModelShared): number {
  const selecting = { ...shared, nFeatures: shape.p, byPathEntry: false };
  if (l1_ratio > 0) return pathCost(shape, { lambda, n_lambda }, selecting);
  const { n, p, classes } = shape;
  const size = Math.min(n, p);
  const fits = typeof lambda === "number" ? 1 : 1 + shared.innerFolds;
  const curve = 12 * n_lambda * (classes > 2 ? classes : 1) * 2.5e-9 * n * size;
  return fits * (1.5e-10 * n * p * size + 6e-9 * size ** 3 + curve) + 1e-3;
}

/** Rough bytes of a fit. */
export function penaltyMemory(shape: Shape, settings: PenaltyOptions): number {
  const { n, p, classes } = shape;
  const size = Math.min(n, p);
  if (settings.l1_ratio > 0) return pathMemory(shape, settings);
  return 8 * (2 * n * n + 3 * size * size + 2 * n * size + (6 + 2 * classes) * p);
}

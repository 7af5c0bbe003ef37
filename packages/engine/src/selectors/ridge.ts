import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import {
  type CrossValidation,
  crossValidateRidge,
  fitRidge,
  geometricLambdas,
  innerFolds,
  type RidgeOptions,
  type RidgeResult,
} from "../solvers/index.ts";
import { beforeBalance } from "./before-balance.ts";
import { columnScaleOf } from "./column-scale.ts";
import { defineSelector, type SharedOptions } from "./define.ts";
import { levelled, rankBy } from "./rank.ts";
import { sampleWeights } from "./sample-weights.ts";

const options = z.strictObject({
  lambda: z
    .union([z.enum(["min", "1se"]), z.number().positive()])
    .default("min")
    .describe(
      "Strength of the penalty: min, the smallest cross-validated deviance (survival: -2 log partial likelihood per event); 1se, the strongest penalty within one standard error of it; or a number, on columns of unit variance and, in regression, a target of unit variance. Chosen the same way inside stability: no feature ever enters or leaves.",
    ),
  n_lambda: z.int().min(2).max(1000).default(50).describe("Lambdas tried in cross-validation."),
  lambda_min_ratio: z
    .number()
    .positive()
    .lt(1)
    .default(1e-5)
    .describe("Last lambda over the first, which is 1000 times the largest gradient of the model without features, as in glmnet."),
});

type Options = z.output<typeof options>;

export const ridge = defineSelector({
  id: "ridge",
  aliases: [],
  tasks: ["binary", "multiclass", "regression", "survival"],
  summary: "Ridge: L2-penalised logistic, multinomial, linear or Cox model",
  explanation:
    "Fits one linear model of all features under a penalty on the squares of their coefficients and ranks features by the size of the standardised coefficient (L2 norm over classes) at the lambda that cross-validation picks. Correlated features share their weight, so that rankings change little between samples and a whole pathway comes up together; nothing is ever left out, so that it says what ranks high, not what is needed. For survival a positive coefficient means an earlier event, and events at one time are handled by Breslow's formula. Solved among samples instead of features: its cost is two readings of the matrix per sample, times the folds.",
  source:
    "Hoerl & Kennard 1970, Technometrics 12; Friedman, Hastie & Tibshirani 2010; Hastie & Tibshirani 2004, Biostatistics 5; Verweij & van Houwelingen 1994, Stat Med 13",
  options,
  cost({ n, p, classes }, { lambda, n_lambda }, shared) {
    const size = Math.min(n, p);
    const once = 1.5e-10 * n * p * size + 6e-9 * size ** 3 + 2e-9 * n * size;
    const curve = classes === 1 ? n_lambda : 12 * n_lambda * (classes > 2 ? classes : 1);
    const fits = typeof lambda === "number" ? 1 : 1 + shared.innerFolds;
    return fits * once + (fits > 1 ? shared.innerFolds * curve * 2.5e-9 * n * size : 0) + 1e-3;
  },
  memory({ n, p, classes }) {
    const size = Math.min(n, p);
    return 8 * (2 * n * n + 3 * size * size + 2 * n * size + (6 + 2 * classes) * p);
  },
  select(train, settings, shared, rng) {
    const fitting: RidgeOptions = { weights: sampleWeights(train, shared.classWeight), scale: columnScaleOf(shared) };
    return fitRidge(train, fitting, (fitter) => {
      const lambdas = geometricLambdas(fitter.lambdaMax, settings.n_lambda, settings.lambda_min_ratio);
      const curve = typeof settings.lambda === "number" ? undefined : curveOf(train, lambdas, fitting, shared, rng);
      const at = curve === undefined ? -1 : settings.lambda === "1se" ? curve.oneSe : curve.min;
      const model = fitter.at(typeof settings.lambda === "number" ? settings.lambda : lambdas[at]!);
      const size = sizesOf(model);
      const features = rankBy(train.featureNames, shared.nFeatures, levelled(size));
      const usable = size.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
      const notes = notesOf(train, usable, shared.nFeatures, settings, curve);
      return {
        features,
        scores: features.map((j) => size[j]!),
        statistics: statisticsOf(train, model, features),
        summary: {
          rule: typeof settings.lambda === "number" ? "given" : settings.lambda,
          lambda: model.lambda,
          deviance_ratio: model.devianceRatio,
          lambda_max: fitter.lambdaMax,
          cv_deviance: curve?.deviance[at] ?? null,
          cv_error: curve?.error[at] ?? null,
        },
        ...(notes.length > 0 ? { notes } : {}),
      };
    });
  },
});

function curveOf(train: TrainingPart, lambdas: Float64Array, fitting: RidgeOptions, shared: SharedOptions, rng: Rng): CrossValidation {
  const { part, weights, balancing } = beforeBalance(train, shared);
  const folds = innerFolds(part, shared.innerFolds, shared.groups, rng.child("inner folds"));
  if (folds.length < 2)
    throw new EngineError(
      "data_unusable",
      "one group holds every sample, so that lambda cannot be cross-validated; set lambda to a number",
    );
  return crossValidateRidge(part, folds, lambdas, { ...fitting, weights, balancing });
}

/** L2 norm over the blocks of each feature's coefficients, on columns of unit variance; NaN where a column is constant. */
function sizesOf({ coefficients, sd, scale }: RidgeResult): Float64Array {
  return sd.map((deviation, j) => {
    if (deviation === 0) return Number.NaN;
    let sum = 0;
    for (const block of coefficients) sum += block[j]! * block[j]!;
    return Math.sqrt(sum) * (deviation / scale[j]!);
  });
}

/** Coefficients in the units of the data, one column a class where there are more than two. */
function statisticsOf(train: TrainingPart, model: RidgeResult, features: readonly number[]): Record<string, number[]> {
  const { coefficients, scale, targetScale } = model;
  const { target } = train;
  const names = target.task === "multiclass" ? target.classes.map((name) => `coefficient_${name}`) : ["coefficient"];
  const column = (block: Float64Array) => features.map((j) => (block[j]! * targetScale) / scale[j]!);
  return Object.fromEntries(names.map((name, b) => [name, column(coefficients[b]!)]));
}

function notesOf(train: TrainingPart, usable: number, q: number, { lambda }: Options, curve: CrossValidation | undefined): string[] {
  const notes: string[] = [];
  if (usable === 0) notes.push(`nothing was selected: all ${train.p} features are constant in this part; no setting of ridge would select`);
  else if (usable < q && usable < train.p)
    notes.push(`${usable} of ${train.p} features vary; the rest are constant and no more can be selected`);
  if (curve !== undefined && lambda === "min" && curve.min === curve.lambdas.length - 1) {
    notes.push(
      `the cross-validated deviance is smallest at the last lambda tried, ${curve.lambdas[curve.min]}: a smaller lambda_min_ratio may find a better one`,
    );
  }
  return notes;
}

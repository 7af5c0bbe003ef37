import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import {
  type CrossValidation,
  crossValidate,
  fitPenalized,
  geometricLambdas,
  innerFolds,
  type LambdaSequence,
  type PathStep,
  type PenalizedPath,
} from "../solvers/index.ts";
import { beforeBalance } from "./before-balance.ts";
import { columnScaleOf } from "./column-scale.ts";
import type { Ranking, Shape, SharedOptions } from "./define.ts";
import { rankBy } from "./rank.ts";
import { sampleWeights } from "./sample-weights.ts";

/** Options of the methods that rank features by a path of penalised linear models. */
export const pathOptions = {
  lambda: z
    .union([z.enum(["min", "1se", "count"]), z.number().positive()])
    .default("min")
    .describe(
      "Where on the path features are taken: min, the smallest cross-validated deviance (survival: -2 log partial likelihood per event); 1se, the sparsest model within one standard error of it; count, the first model with n_features_to_select features; or a number, on columns of unit variance and, in regression, a target of unit variance. Inside stability the order of entry counts instead.",
    ),
  n_lambda: z.int().min(2).max(1000).default(100).describe("Lambdas on the path."),
  lambda_min_ratio: z
    .union([z.literal("auto"), z.number().positive().lt(1)])
    .default("auto")
    .describe("Last lambda over the first; auto: 0.0001 with more samples than features, else 0.01."),
};

export interface PathSettings {
  readonly lambda: "min" | "1se" | "count" | number;
  readonly n_lambda: number;
  readonly lambda_min_ratio: "auto" | number;
  /** fixed, or a grid from which cross-validation picks */
  readonly l1Ratio: number | readonly number[];
}

interface Chosen {
  readonly path: PenalizedPath;
  /** index of the step whose model is answered */
  readonly at: number;
  readonly l1Ratio: number;
  readonly curve?: CrossValidation;
}

/** Ranks by abs(standardised coefficient) at the chosen lambda (L2 norm over classes), or by entry into the path. */
export function rankByPath(train: TrainingPart, settings: PathSettings, shared: SharedOptions, rng: Rng): Ranking {
  const fit = fitterOf(train, settings, shared);
  if (shared.byPathEntry) return rankByEntry(train, fit, settings, shared.nFeatures);
  const chosen = choose(train, fit, settings, shared, rng);
  const { path, at } = chosen;
  const step = path.steps[at]!;
  const size = new Float64Array(train.p).fill(Number.NaN);
  const early = Float64Array.from(path.entry, (k) => -k);
  const sizes = sizesOf(path, step);
  step.features.forEach((j, i) => {
    size[j] = sizes[i]!;
  });
  const features = rankBy(train.featureNames, shared.nFeatures, size, early);
  const notes = notesOf(chosen, settings, shared.nFeatures);
  return {
    features,
    scores: features.map((j) => size[j]!),
    statistics: statisticsOf(train, path, step, features),
    summary: { ...summaryOf(chosen, settings), ...covariateSummary(train, path, step) },
    ...(notes.length > 0 ? { notes } : {}),
  };
}

type Fitter = ReturnType<typeof fitterOf>;

/** At a lambda that was given, no order of features or samples may show in the first nine digits of a coefficient. */
const LAST_TOLERANCE = 1e-12;

function fitterOf(train: TrainingPart, settings: PathSettings, shared: SharedOptions) {
  const weights = sampleWeights(train, shared.classWeight);
  const inner = beforeBalance(train, shared);
  const common = {
    weights,
    scale: columnScaleOf(shared),
    nLambda: settings.n_lambda,
    ...(settings.lambda_min_ratio === "auto" ? {} : { lambdaMinRatio: settings.lambda_min_ratio }),
  };
  return {
    path: (l1Ratio: number, enough?: (step: PathStep, entered: number) => boolean) =>
      fitPenalized(train, { ...common, l1Ratio, ...(enough ? { enough } : {}) }),
    /** A path whose last model is all that matters. */
    pathTo: (l1Ratio: number, lambdas: LambdaSequence) =>
      fitPenalized(train, { ...common, l1Ratio, lambdas, lastTolerance: LAST_TOLERANCE }),
    curve: (l1Ratio: number, lambdas: ArrayLike<number>, folds: ReturnType<typeof innerFolds>) =>
      crossValidate(inner.part, folds, lambdas, { ...common, weights: inner.weights, balancing: inner.balancing, l1Ratio }),
  };
}

/** Where the grid is not to be searched, the middle of it stands in. */
function oneRatio(l1Ratio: number | readonly number[]): number {
  return typeof l1Ratio === "number" ? l1Ratio : 0.5;
}

function choose(train: TrainingPart, fit: Fitter, settings: PathSettings, shared: SharedOptions, rng: Rng): Chosen {
  const { lambda } = settings;
  const l1Ratio = oneRatio(settings.l1Ratio);
  if (lambda === "count") {
    const path = fit.path(l1Ratio, (step) => step.features.length >= shared.nFeatures);
    return { path, at: path.steps.length - 1, l1Ratio };
  }
  if (typeof lambda === "number") {
    // reached along a path from the empty model, as every other
    const above = (lambdaMax: number) => geometricLambdas(lambdaMax, settings.n_lambda, lambda / lambdaMax).slice(0, -1);
    const path = fit.pathTo(l1Ratio, (lambdaMax) => (lambda < lambdaMax ? [...above(lambdaMax), lambda] : [lambda]));
    return { path, at: path.steps.length - 1, l1Ratio };
  }
  const folds = innerFolds(beforeBalance(train, shared).part, shared.innerFolds, shared.groups, rng.child("inner folds"));
  if (folds.length < 2)
    throw new EngineError("data_unusable", 'one group holds every sample, so that lambda cannot be cross-validated; set lambda to "count"');
  const ratios = typeof settings.l1Ratio === "number" ? [settings.l1Ratio] : settings.l1Ratio;
  let best: Chosen | undefined;
  for (const ratio of ratios) {
    const path = fit.path(ratio);
    const curve = fit.curve(
      ratio,
      path.steps.map((step) => step.lambda),
      folds,
    );
    if (best === undefined || curve.deviance[curve.min]! < best.curve!.deviance[best.curve!.min]!) {
      best = { path, at: lambda === "1se" ? curve.oneSe : curve.min, l1Ratio: ratio, curve };
    }
  }
  return best!;
}

/** The first `q` features to enter; within a lambda the larger coefficient first, then the name. */
function rankByEntry(train: TrainingPart, fit: Fitter, settings: PathSettings, q: number): Ranking {
  const l1Ratio = oneRatio(settings.l1Ratio);
  const path = fit.path(l1Ratio, (_step, entered) => entered >= q);
  const early = Float64Array.from(path.entry, (k) => (k < 0 ? Number.NaN : -k));
  const size = new Float64Array(train.p);
  path.steps.forEach((step, k) => {
    const sizes = sizesOf(path, step);
    step.features.forEach((j, i) => {
      if (path.entry[j] === k) size[j] = sizes[i]!;
    });
  });
  const features = rankBy(train.featureNames, q, early, size);
  const last = path.steps.at(-1)!;
  const notes =
    features.length < q ? [`only ${features.length} features entered the path, which ended (${path.end}) at lambda ${last.lambda}`] : [];
  if (typeof settings.l1Ratio !== "number") notes.push("by entry into the path l1_ratio is not cross-validated; 0.5 was used");
  return {
    features,
    scores: features.map((j) => path.lambdas[path.entry[j]!]!),
    summary: { rule: "path_entry", l1_ratio: l1Ratio, lambda_max: path.lambdaMax, lambda: last.lambda, deviance_ratio: last.devianceRatio },
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** L2 norm over the blocks of each feature's coefficients, on columns of unit variance. */
function sizesOf(path: PenalizedPath, { features, coefficients }: PathStep): Float64Array {
  return Float64Array.from(features, (j, i) => {
    let sum = 0;
    for (const block of coefficients) sum += block[i]! * block[i]!;
    return Math.sqrt(sum) * (path.sd[j]! / path.scale[j]!);
  });
}

function statisticsOf(train: TrainingPart, path: PenalizedPath, step: PathStep, features: readonly number[]): Record<string, number[]> {
  const place = new Map(Array.from(step.features, (j, i) => [j, i]));
  const column = (block: Float64Array) => features.map((j) => (block[place.get(j)!]! * path.targetScale) / path.scale[j]!);
  const { target } = train;
  const names = target.task === "multiclass" ? target.classes.map((name) => `coefficient_${name}`) : ["coefficient"];
  return {
    ...Object.fromEntries(names.map((name, b) => [name, column(step.coefficients[b]!)])),
    entry_lambda: features.map((j) => path.lambdas[path.entry[j]!]!),
  };
}

/** Which covariates are in the model, and their coefficients in the units of the data; null where one is constant in the part. */
function covariateSummary(train: TrainingPart, path: PenalizedPath, step: PathStep): Record<string, number | string | null> {
  const { covariateNames: names, target } = train;
  if (names.length === 0) return {};
  const suffixes = target.task === "multiclass" ? target.classes.map((name) => `_${name}`) : [""];
  const coefficients = step.covariates.flatMap((block, b) =>
    names.map((name, k): [string, number | null] => {
      const scale = path.covariateScale[k]!;
      return [`coefficient_${name}${suffixes[b]}`, scale === 0 ? null : (block[k]! * path.targetScale) / scale];
    }),
  );
  return { covariates: names.join(", "), ...Object.fromEntries(coefficients) };
}

function summaryOf({ path, at, l1Ratio, curve }: Chosen, { lambda }: PathSettings): Record<string, number | string | null> {
  const step = path.steps[at]!;
  return {
    rule: typeof lambda === "number" ? "given" : lambda,
    lambda: step.lambda,
    l1_ratio: l1Ratio,
    nonzero: step.features.length,
    deviance_ratio: step.devianceRatio,
    lambda_max: path.lambdaMax,
    lambdas_fitted: path.steps.length,
    path_end: path.end,
    cv_deviance: curve?.deviance[at] ?? null,
    cv_error: curve?.error[at] ?? null,
    cv_deviance_empty: curve?.deviance[0] ?? null,
  };
}

function notesOf({ path, at, curve }: Chosen, settings: PathSettings, q: number): string[] {
  const found = path.steps[at]!.features.length;
  const notes: string[] = [];
  if (found === 0) notes.push(whyEmpty(path, at, settings, curve));
  else if (found < q) {
    const nearest =
      settings.lambda === "count" ? `the path ended (${path.end}) before more entered` : 'lambda "count" goes on until there are enough';
    notes.push(`${found} features have a coefficient at lambda ${path.steps[at]!.lambda}, fewer than the ${q} asked for; ${nearest}`);
  }
  if (typeof settings.l1Ratio !== "number" && curve === undefined) {
    notes.push('l1_ratio is cross-validated only with lambda "min" or "1se"; 0.5 was used');
  }
  return notes;
}

/** Which lambda left nothing, what forbade the rest, and the nearest setting that selects. */
function whyEmpty(path: PenalizedPath, at: number, settings: PathSettings, curve: CrossValidation | undefined): string {
  const first = path.steps.find((step) => step.features.length > 0);
  const bound = `no feature enters above lambda ${path.lambdaMax}`;
  if (curve === undefined)
    return `no feature has a coefficient at lambda ${path.steps[at]!.lambda}: ${bound}; choose a smaller lambda, or "count"`;
  const rest = first === undefined ? "" : `, or a number below ${path.lambdaMax} such as ${first.lambda}`;
  const flat =
    settings.lambda === "1se" && curve.min > at
      ? `its cross-validated deviance ${curve.deviance[at]} is within one standard error (${curve.error[curve.min]}) of the best, ${curve.deviance[curve.min]}; lambda "min" would select`
      : `the cross-validated deviance is smallest (${curve.deviance[at]}) with no feature at all: it never falls below that of the empty model; lambda "count"${rest} would select`;
  return `nothing was selected at lambda ${path.steps[at]!.lambda}: ${flat}`;
}

/** Rough seconds on one thread: readings of X, and sweeps over at most n features. */
export function pathCost(
  { n, p, classes, task }: Shape,
  settings: { lambda: PathSettings["lambda"]; n_lambda: number },
  shared: SharedOptions,
): number {
  const crossValidated = !shared.byPathEntry && (settings.lambda === "min" || settings.lambda === "1se");
  // a Cox model's Hessian walks the risk sets
  const hessian = task === "survival" ? 3 : 1;
  const fits = hessian * (crossValidated ? 1 + shared.innerFolds : 1) * (classes > 2 ? 2.5 * classes : 1);
  return fits * settings.n_lambda * (5e-11 * n * p + 2e-9 * n * Math.min(n, p)) + 1e-3;
}

/** Rough bytes of one fit: of every block five earlier residuals' products and nine more numbers a feature, and the models of the path. */
export function pathMemory({ n, p, classes }: Shape, { n_lambda }: { n_lambda: number }): number {
  const blocks = classes > 2 ? classes : 1;
  return 8 * (blocks * (15 * p + 12 * n) + 6 * p + n_lambda * (blocks + 1) * Math.min(n, p));
}

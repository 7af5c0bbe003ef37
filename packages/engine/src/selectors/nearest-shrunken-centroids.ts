import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import {
  type CentroidErrors,
  type CentroidOptions,
  type Centroids,
  crossValidateCentroids,
  innerFolds,
  shrunkenCentroids,
} from "../solvers/index.ts";
import { defineSelector, type SharedOptions } from "./define.ts";
import { rankBy } from "./rank.ts";
import { sampleWeights } from "./sample-weights.ts";

const options = z.strictObject({
  threshold: z
    .union([z.enum(["min", "count"]), z.number().nonnegative()])
    .default("min")
    .describe(
      "How far centroids are shrunken, in standard errors: min, the largest threshold of those with the smallest cross-validated error; count, as far as leaves n_features_to_select features; or a number. Inside stability count.",
    ),
  n_thresholds: z
    .int()
    .min(2)
    .max(1000)
    .default(30)
    .describe("Thresholds tried in cross-validation, from 0 to where the last feature dies."),
  priors: z
    .enum(["empirical", "uniform"])
    .default("empirical")
    .describe("Priors of the classes in cross-validation: their shares, or all alike."),
});

type Options = z.output<typeof options>;

export const nearestShrunkenCentroids = defineSelector({
  id: "nearest_shrunken_centroids",
  aliases: ["pamr"],
  tasks: ["binary", "multiclass"],
  summary: "Nearest shrunken centroids: class means, shrunken to the overall mean",
  explanation:
    "Measures how far each class mean of a feature lies from the overall mean, in standard errors with a constant added so that features of small spread do not win by chance, and shrinks these distances by a threshold that cross-validation of the nearest-centroid classifier picks; a feature's score is the threshold at which it leaves every class. Simple, quick and hard to beat with many classes and few samples. One feature at a time: it picks ten copies of one signal and misses what only works together. " +
    "Columns are divided by their standard deviation first, as for every distance method; with scale none the constant (the median spread within classes, over features that vary) is in the units of the data and holds features of small spread back, as the authors' software has it on log intensities. Where classes have no spread inside a feature, a millionth of its standard deviation stands in.",
  source: "Tibshirani, Hastie, Narasimhan & Chu 2002, PNAS 99:6567; 2003, Stat Sci 18:104",
  options,
  cost({ n, p, classes }, { threshold, n_thresholds }, shared) {
    const folds = threshold === "min" && !shared.byPathEntry ? shared.innerFolds : 0;
    return (1 + folds) * 1.5e-9 * n * p * classes + (folds > 0 ? 0.3 * n_thresholds * 2e-9 * n * p * classes : 0) + 1e-7 * p + 1e-3;
  },
  memory: ({ n, p, classes }) => 8 * (8 * classes * p + 8 * p + 2 * classes * n),
  select(train, settings, shared, rng) {
    const fitting: CentroidOptions = {
      weights: sampleWeights(train, shared.classWeight),
      standardise: shared.scale !== "none",
      priors: settings.priors,
    };
    const centroids = shrunkenCentroids(train, fitting);
    const { dies } = centroids;
    const rule = shared.byPathEntry ? "count" : settings.threshold;
    const curve = rule === "min" ? curveOf(train, dies, settings, fitting, shared, rng) : undefined;
    const ranked = rankBy(train.featureNames, train.p, dies).filter((j) => dies[j]! > 0);
    const threshold =
      rule === "count" ? (dies[ranked[shared.nFeatures] ?? -1] ?? 0) : curve === undefined ? rule : curve.thresholds[curve.min]!;
    const alive = rule === "count" ? ranked : ranked.filter((j) => dies[j]! > (threshold as number));
    const features = alive.slice(0, shared.nFeatures);
    const nonzero = ranked.filter((j) => dies[j]! > (threshold as number)).length;
    const notes = notesOf(train.p, ranked, alive.length, shared.nFeatures, threshold as number, rule, dies);
    return {
      features,
      scores: features.map((j) => dies[j]!),
      statistics: statisticsOf(train, centroids, features),
      summary: {
        rule: typeof rule === "number" ? "given" : rule,
        threshold: threshold as number,
        nonzero,
        s0: centroids.s0,
        cv_error: curve?.error[curve.min] ?? null,
        cv_error_empty: curve?.error.at(-1) ?? null,
      },
      ...(notes.length > 0 ? { notes } : {}),
    };
  },
});

function curveOf(
  train: TrainingPart,
  dies: Float64Array,
  { n_thresholds }: Options,
  fitting: CentroidOptions,
  shared: SharedOptions,
  rng: Rng,
): CentroidErrors {
  const folds = innerFolds(train, shared.innerFolds, shared.groups, rng.child("inner folds"));
  if (folds.length < 2)
    throw new EngineError(
      "data_unusable",
      'one group holds every sample, so that the threshold cannot be cross-validated; set threshold to "count" or a number',
    );
  refuseMissingClass(train, folds);
  let last = 0;
  for (const value of dies) if (value > last) last = value;
  const thresholds = Float64Array.from({ length: n_thresholds }, (_, k) => (last * k) / (n_thresholds - 1));
  return crossValidateCentroids(train, folds, thresholds, fitting);
}

function refuseMissingClass({ target }: TrainingPart, folds: ReturnType<typeof innerFolds>): void {
  if (target.task !== "binary" && target.task !== "multiclass") return;
  for (const { train } of folds) {
    const present = new Set(Array.from(train, (i) => target.y[i]!));
    if (present.size === target.classes.length) continue;
    throw new EngineError(
      "data_unusable",
      'a class is absent from an inner training fold, so that the threshold cannot be cross-validated; set threshold to "count" or a number, or use fewer folds',
    );
  }
}

/** Distances of the class means in standard errors, before shrinking, and the spread within classes. */
function statisticsOf({ target }: TrainingPart, { d, s }: Centroids, features: readonly number[]): Record<string, number[]> {
  if (target.task !== "binary" && target.task !== "multiclass") return {};
  const { classes } = target;
  return {
    ...Object.fromEntries(classes.map((name, k) => [`d_${name}`, features.map((j) => d[classes.length * j + k]!)])),
    sd_within: features.map((j) => s[j]!),
  };
}

function notesOf(
  p: number,
  ranked: readonly number[],
  found: number,
  q: number,
  threshold: number,
  rule: Options["threshold"],
  dies: Float64Array,
): string[] {
  if (ranked.length === 0) return [`nothing was selected: in none of ${p} features do class means differ; no threshold would select`];
  const most = dies[ranked[0]!]!;
  if (found === 0) {
    const why =
      rule === "min" ? "the cross-validated error is smallest there: it never falls below that of the priors alone" : "all are dead there";
    return [
      `nothing was selected at threshold ${threshold}: ${why}; the last feature dies at ${most}: a number below it, or threshold "count", would select`,
    ];
  }
  if (found >= q || found === p) return [];
  const nearest = found === ranked.length ? "class means of the others do not differ" : 'threshold "count" takes as many as are asked for';
  return [`${found} features are left at threshold ${threshold}, fewer than the ${q} asked for; ${nearest}`];
}

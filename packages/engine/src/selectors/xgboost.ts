import { z } from "zod";
import type { TrainingPart } from "../part.ts";
import { type BoosterOptions, fitBooster } from "../trees/booster.ts";
import { boosterScores } from "../trees/booster-scores.ts";
import { meanShap } from "../trees/tree-shap.ts";
import { defineSelector, type Ranking } from "./define.ts";
import { rankBy } from "./rank.ts";

export const xgboostOptions = z.strictObject({
  n_estimators: z
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe("Rounds of boosting; with three classes or more each grows a tree a class."),
  max_depth: z.int().min(1).max(16).default(6).describe("Splits from root to leaf."),
  eta: z.number().gt(0).max(1).default(0.3).describe("Learning rate: what each tree's values are multiplied by."),
  reg_lambda: z.number().min(0).default(1).describe("L2 penalty of leaf values."),
  reg_alpha: z.number().min(0).default(0).describe("L1 penalty of leaf values."),
  gamma: z.number().min(0).default(0).describe("Least gain of a split."),
  min_child_weight: z
    .number()
    .min(0)
    .default(1)
    .describe("Least sum of second derivatives of a child: samples for a numeric target, p (1 - p) summed for two classes."),
  subsample: z.number().gt(0).max(1).default(1).describe("Share of the samples drawn for each tree, without replacement."),
  colsample_bytree: z.number().gt(0).max(1).default(1).describe("Share of the features drawn for each tree."),
  max_bin: z
    .int()
    .min(2)
    .max(65_535)
    .default(1024)
    .describe("A feature of more distinct values is cut into so many bins of about equally many samples; else every value is a bin."),
  base_score: z
    .number()
    .nullable()
    .default(null)
    .describe("What boosting starts from: probability of the second class, or response; by default the part's own share or mean."),
  importance: z
    .enum(["gain", "total_gain", "cover", "weight", "shap"])
    .default("gain")
    .describe(
      "What features are ranked by. gain: mean gain of the splits on the feature; total_gain: its sum; cover: mean weight of the samples split; weight: number of splits; shap: mean absolute SHAP value.",
    ),
});

type Options = z.output<typeof xgboostOptions>;

/** Measured: seconds a value, level and tree; trees on noise do not reach every depth everywhere. */
const SECONDS = 1.6e-9;

export const xgboost = defineSelector({
  id: "xgboost",
  aliases: [],
  tasks: ["binary", "multiclass", "regression", "survival"],
  summary: "Importance in second-order boosted trees",
  explanation:
    "Grows trees one after another, each on what those before it leave unexplained: log loss, softmax, squared error or Cox's partial likelihood by target; missing values take at each split the side that gains more. " +
    "Features are ranked by what their splits gain, and those never split on are not returned. Use it for thresholds and interactions when prediction is the aim; it keeps one of several correlated features and drops the rest, " +
    "so that the list is short and unstable: use stability around it, or boruta to find all that matters. The mean gain favours features split on once, early; total_gain and shap do not. " +
    "With few samples and two classes trees soon stop, as min_child_weight asks for more uncertain samples than are left. Time grows with samples, features, depth and rounds, and with the classes from three on.",
  source: "Chen & Guestrin 2016, KDD; Lundberg et al. 2020, Nat Mach Intell 2",
  options: xgboostOptions,
  cost({ n, p, classes }, options) {
    const trees = options.n_estimators * (classes > 2 ? classes : 1);
    return SECONDS * n * options.subsample * p * options.colsample_bytree * options.max_depth * trees + 1.2e-8 * n * p;
  },
  memory: ({ n, p }) => (n > 32_768 ? 4 : 2) * n * p + 16 * p + 150 * n,
  select(train, options, shared, rng): Ranking {
    const shap = options.importance === "shap";
    const { booster, used } = fitBooster(train, boosterOptions(options, shared.classWeight), rng, (fitted, values) =>
      shap ? meanShap(fitted, values, train.p) : undefined,
    );
    const { weight, totalGain, totalCover } = boosterScores(booster, train.p);
    const mean = (sums: Float64Array) => sums.map((sum, j) => (weight[j]! > 0 ? sum / weight[j]! : 0));
    const gain = mean(totalGain);
    const cover = mean(totalCover);
    const score = { gain, total_gain: totalGain, cover, weight, shap: used ?? weight }[options.importance];
    const features = rankBy(
      train.featureNames,
      shared.nFeatures,
      score.map((value, j) => (weight[j]! > 0 ? value : Number.NaN)),
    );
    const of = (values: Float64Array) => features.map((j) => values[j]!);
    return {
      features,
      scores: of(score),
      statistics: { gain: of(gain), total_gain: of(totalGain), cover: of(cover), splits: of(weight) },
      summary: {
        features_used: weight.reduce((count, splits) => count + (splits > 0 ? 1 : 0), 0),
        training_loss: booster.losses.at(-1)!,
      },
      notes: notesOf(train, features.length, Math.min(shared.nFeatures, train.p), options),
    };
  },
});

function boosterOptions(options: Options, classWeight: boolean): BoosterOptions {
  return {
    rounds: options.n_estimators,
    maxDepth: options.max_depth,
    eta: options.eta,
    lambda: options.reg_lambda,
    alpha: options.reg_alpha,
    gamma: options.gamma,
    minChildWeight: options.min_child_weight,
    subsample: options.subsample,
    colsample: options.colsample_bytree,
    maxBin: options.max_bin,
    baseScore: options.base_score,
    classWeight,
  };
}

function notesOf(train: TrainingPart, found: number, asked: number, options: Options): string[] {
  if (found >= asked) return [];
  if (found > 0) {
    return [
      `${found} of the ${asked} features asked for are split on by any tree; more rounds or a smaller colsample_bytree would use more.`,
    ];
  }
  const draws = train.counts.reduce((a, b) => a + b, 0);
  return [
    `No split gains anything that leaves children of weight ${options.min_child_weight} or more, among ${draws} samples: a smaller min_child_weight, gamma or reg_alpha would allow one.`,
  ];
}

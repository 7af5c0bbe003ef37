import { z } from "zod";
import type { TrainingPart } from "../part.ts";
import { type Elimination, withElimination } from "../solvers/index.ts";
import { defineSelector, type Shape } from "./define.ts";
import { levelled, rankBy } from "./rank.ts";
import { sampleWeights } from "./sample-weights.ts";

const options = z.strictObject({
  step: z
    .union([z.number().positive().lt(1), z.int().min(1)])
    .default(0.1)
    .describe(
      "Features removed in each round: a share of all features (rounded down, at least one), or a number of features. 1 removes them one by one, which takes long.",
    ),
  c: z
    .number()
    .positive()
    .default(1)
    .describe("Cost of a slack, as liblinear's C, on standardised columns: larger fits the training samples closer."),
});

type Options = z.output<typeof options>;

export const svmRfe = defineSelector({
  id: "svm_rfe",
  aliases: ["svmrfe"],
  tasks: ["binary", "multiclass"],
  summary: "Recursive feature elimination by the weights of a linear SVM",
  explanation:
    "Fits a linear support vector machine to all features, removes those of the smallest squared weights (summed over classes, one against the rest), fits again, until one is left; features rank by how long they stay, those of one round by their weight in it. It sees features in the context of all others, and drops copies of what it has late. " +
    "Features of the last rounds are compared with each other only in models of few features: with a step of a tenth the best tenth of all features is ranked by one model, so choose a smaller step for a finer order. Rankings of the lower ranks vary much between samples: use stability. Costs one reading of the matrix per sample in all, and a small system a round and class.",
  source: "Guyon, Weston, Barnhill & Vapnik 2002, Mach Learn 46; squared hinge as in liblinear (Fan et al. 2008, JMLR 9)",
  options,
  cost(shape, settings) {
    const { n, p, classes } = shape;
    const size = Math.min(n, p);
    const svms = classes > 2 ? classes : 1;
    const steps = roundsOf(shape, settings);
    return 2.5e-10 * n * n * p + steps * svms * (2e-9 * size ** 3 + 1e-9 * n * p) + 1e-3;
  },
  memory({ n, p }) {
    const size = Math.min(n, p + 1);
    return 8 * (n * n + 2 * size * size + n * size + 12 * p);
  },
  select(train, settings, shared) {
    const fitting = { weights: sampleWeights(train, shared.classWeight), standardise: shared.scale !== "none", c: settings.c };
    return withElimination(train, fitting, (elimination) => {
      const { order, weight, round, rounds } = eliminate(train, elimination, settings);
      const features = order.slice(0, shared.nFeatures);
      const notes: string[] = [];
      if (order.length === 0)
        notes.push(`nothing was selected: all ${train.p} features are constant in this part; no setting of svm_rfe would select`);
      else if (order.length < shared.nFeatures && order.length < train.p)
        notes.push(`${order.length} of ${train.p} features vary; the rest are constant and no more can be selected`);
      return {
        features,
        scores: features.map((j) => round[j]!),
        statistics: { weight: features.map((j) => Math.sqrt(weight[j]!)), round: features.map((j) => round[j]!) },
        summary: { rounds, c: settings.c, step: stepOf(train.p, settings) },
        ...(notes.length > 0 ? { notes } : {}),
      };
    });
  },
});

function stepOf(p: number, { step }: Options): number {
  return step < 1 ? Math.max(1, Math.floor(step * p)) : step;
}

function roundsOf({ p }: Shape, settings: Options): number {
  return Math.ceil(p / stepOf(p, settings)) + 1;
}

/**
 * All features that vary, best first; of each its squared weight in the round in which it left, and that round, from 1.
 * Constant ones count as features of weight 0: they leave first.
 */
function eliminate(train: TrainingPart, { usable, weights }: Elimination, settings: Options) {
  const { p, featureNames: names } = train;
  const step = stepOf(p, settings);
  const varies = new Uint8Array(p);
  for (const j of usable) varies[j] = 1;
  const weight = new Float64Array(p);
  const round = new Int32Array(p);
  let left = Uint32Array.from({ length: p }, (_, j) => j);
  let order: number[] = [];
  let rounds = 0;
  while (left.some((j) => varies[j] === 1)) {
    rounds++;
    const now = weights(left.filter((j) => varies[j] === 1));
    const level = levelled(now);
    const key = new Float64Array(p).fill(Number.NaN);
    for (const j of left) {
      key[j] = varies[j] === 1 ? level[j]! : -1;
      weight[j] = now[j]!;
      round[j] = rounds;
    }
    const ranked = rankBy(names, left.length, key);
    const stay = left.length === 1 ? 0 : Math.max(1, left.length - step);
    order = [...ranked.slice(stay), ...order];
    left = Uint32Array.from(ranked.slice(0, stay)).sort();
  }
  return { order: order.filter((j) => varies[j] === 1), weight, round, rounds };
}

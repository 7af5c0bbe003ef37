import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { growForest } from "../trees/forest.ts";
import { outOfBag } from "../trees/out-of-bag.ts";
import { prepareRanks } from "../trees/ranks.ts";
import { defineSelector, type Ranking, type Shape } from "./define.ts";
import { rankBy } from "./rank.ts";

export const rfImportanceOptions = z.strictObject({
  n_trees: z.int().min(1).max(100_000).default(500).describe("Number of trees."),
  mtry: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("Features drawn for each node; by default the square root of their number, for regression a third of it, rounded down."),
  min_node_size: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      "A node of at most so many draws is not split any more; by default 1, for regression 5, with class weights a fifth of the draws.",
    ),
  max_depth: z.int().min(1).nullable().default(null).describe("Splits from root to leaf; no limit by default."),
  importance: z
    .enum(["impurity", "permutation", "impurity_corrected"])
    .default("impurity")
    .describe(
      "impurity: mean decrease of impurity (fast; favours features with many distinct values); permutation: loss of out-of-bag accuracy; impurity_corrected: impurity against permuted shadow features, about 0 for noise.",
    ),
});

type Options = z.output<typeof rfImportanceOptions>;

export const rfImportance = defineSelector({
  id: "rf_importance",
  aliases: ["random_forest"],
  tasks: ["binary", "multiclass", "regression"],
  summary: "Random forest importance, with the out-of-bag error",
  explanation:
    "Grows trees on bootstraps of the samples, each node on a random draw of features, and ranks features by how much their splits help. Sees thresholds and interactions, needs no scaling, " +
    "takes ties and outliers as they come. Importance is shared among correlated features, and impurity importance favours features of many distinct values: use permutation or impurity_corrected where features differ in kind. " +
    "Features of importance 0 or less are never returned. Votes are class proportions of leaves; splits lie half-way between neighbouring values; time grows with trees, mtry and samples.",
  source: "Breiman 2001, Mach Learn 45; Nembrini, Koenig & Wright 2018, Bioinformatics 34; Wright & Ziegler 2017, J Stat Softw 77(1)",
  options: rfImportanceOptions,
  cost(shape, options) {
    // trees on noise are about 1.2 log2(n) deep on average; with many samples the ranks of small nodes miss the caches
    const depth = 1.2 * Math.ceil(Math.log2(shape.n + 2));
    const visits = options.n_trees * mtryOf(shape, options) * shape.n * depth;
    return 4e-9 * (1 + Math.min(3, shape.n / 3000)) * visits * (options.importance === "permutation" ? 1.3 : 1) + 1e-8 * shape.n * shape.p;
  },
  // ranks of the columns, where the thread has not made them before; the permutation of the features; records and nodes
  memory: ({ n, p, classes }, options) =>
    (n > 65_536 ? 4 : 2) * n * p + (options.importance === "impurity_corrected" ? 20 : 16) * p + (200 + 16 * classes) * n,
  // a forest of a half-sample spends a fourth of its time on ranking columns; the order within a draw is that of the matrix
  prepare: prepareRanks,
  select(train, options, shared, rng): Ranking {
    const { target } = train;
    const shape = {
      n: train.m,
      p: train.p,
      classes: "classes" in target ? target.classes.length : 1,
    };
    const minNodeSize = nodeSizeOf(train, options, shared.classWeight);
    const forest = growForest(
      train,
      {
        trees: options.n_trees,
        mtry: mtryOf(shape, options),
        minNodeSize,
        maxDepth: options.max_depth ?? undefined,
        classWeight: shared.classWeight,
        importance: options.importance,
      },
      rng,
    );
    const features = rankBy(train.featureNames, shared.nFeatures, forest.importance).filter((j) => forest.importance[j]! > 0);
    return {
      features,
      scores: features.map((j) => forest.importance[j]!),
      summary: { mtry: mtryOf(shape, options), min_node_size: minNodeSize, ...errorsOf(train, forest, options) },
      notes: notesOf(features.length, Math.min(shared.nFeatures, train.p), options),
    };
  },
});

function mtryOf({ p, classes }: Pick<Shape, "p" | "classes">, { mtry }: Pick<Options, "mtry">): number {
  if (mtry === null) return Math.max(1, Math.floor(classes === 1 ? p / 3 : Math.sqrt(p)));
  if (mtry > p) {
    throw new EngineError("option_invalid", `rf_importance: mtry is ${mtry}, there are ${p} features; give at most ${p}, or leave it out`, [
      "config",
      "method_options",
      "rf_importance",
      "mtry",
    ]);
  }
  return mtry;
}

/**
 * Weights of classes change what a leaf answers only where it holds more than one class. In trees grown until leaves are pure
 * they make the rare class no likelier; they even part its samples off sooner, in smaller leaves that fewer new samples fall into.
 */
export function nodeSizeOf(
  { target, counts }: TrainingPart,
  { min_node_size }: Pick<Options, "min_node_size">,
  classWeight: boolean,
): number {
  if (min_node_size !== null) return min_node_size;
  if (target.task === "regression") return 5;
  return classWeight ? Math.max(1, Math.floor(counts.reduce((a, b) => a + b, 0) / 5)) : 1;
}

/** Trees of the corrected importance predict from shadows as well, so that their error says nothing about the features. */
function errorsOf(train: TrainingPart, forest: Parameters<typeof outOfBag>[1], options: Options): Record<string, number | null> {
  if (options.importance === "impurity_corrected") return { oob_error: null };
  const { error, auc, r2 } = outOfBag(train, forest);
  if (train.target.task === "regression") return { oob_error: error, oob_r2: r2 };
  return train.target.task === "binary" ? { oob_error: error, oob_auc: auc } : { oob_error: error };
}

function notesOf(found: number, asked: number, options: Options): string[] {
  const notes: string[] = [];
  if (found < asked) {
    const why =
      options.importance === "impurity" ? "no other is used by any tree; more trees would use more" : "all others have none or less";
    notes.push(`${found} of the ${asked} features asked for have an importance above 0: ${why}.`);
  }
  if (options.importance === "impurity_corrected") {
    notes.push("The trees of the corrected importance also split on permuted features; their out-of-bag error is not reported.");
  }
  return notes;
}

import { z } from "zod";
import { EngineError } from "../errors.ts";
import { nodeSizeOf, rfImportanceOptions } from "../selectors/rf-importance.ts";
import { growForest } from "../trees/forest.ts";
import { outOfBag } from "../trees/out-of-bag.ts";
import { meanOfTrees, onUsedFeatures, plainTree } from "../trees/plain-tree.ts";
import { defineModel } from "./define.ts";

const options = rfImportanceOptions.omit({ importance: true });

const parameters = z.strictObject({ trees: z.array(plainTree).min(1) });

export const randomForest = defineModel({
  id: "random_forest",
  aliases: ["rf"],
  tasks: ["binary", "multiclass", "regression"],
  summary: "Random forest: the mean of trees on bootstraps",
  explanation:
    "Grows trees on bootstraps of the samples, each node on a random draw of features, and answers the mean of their leaves: class proportions, or numbers. Sees thresholds and interactions, needs no scaling and hardly any tuning, takes outliers as they come. Its probabilities are drawn towards the middle (calibrate them if they are to be read as such), it never predicts beyond the numbers it saw, and where the truth is a weighted sum a penalised linear model is better. The file of a forest is large.",
  source: "Breiman 2001, Mach Learn 45; Malley et al. 2012, Methods Inf Med 51; Wright & Ziegler 2017, J Stat Softw 77(1)",
  options,
  parameters,
  scores: "probabilities",
  missing: "filled",
  cost(shape, settings) {
    const depth = 1.2 * Math.ceil(Math.log2(shape.n + 2));
    const visits = settings.n_trees * mtryOf(shape.p, shape.classes === 1, settings.mtry) * shape.n * depth;
    return 4e-9 * (1 + Math.min(3, shape.n / 3000)) * visits + 1e-8 * shape.n * shape.p;
  },
  memory: ({ n, p, classes }, { n_trees }) =>
    (n > 65_536 ? 4 : 2) * n * p + 16 * p + (200 + 16 * classes) * n + n_trees * n * (40 + 8 * classes),
  fit(train, settings, shared, rng) {
    const mtry = mtryOf(train.p, train.target.task === "regression", settings.mtry);
    const forest = growForest(
      train,
      {
        trees: settings.n_trees,
        mtry,
        minNodeSize: nodeSizeOf(train, settings, shared.classWeight),
        maxDepth: settings.max_depth ?? undefined,
        classWeight: shared.classWeight,
        importance: "none",
        keepTrees: true,
      },
      rng,
    );
    const plain = forest.trees.map(({ feature, left, threshold, value }) => ({
      feature: Array.from(feature),
      left: Array.from(left),
      threshold: Array.from(threshold),
      value: Array.from(value),
    }));
    const { features, trees } = onUsedFeatures(plain);
    return { features, parameters: { trees }, summary: { mtry, oob_error: outOfBag(train, forest).error } };
  },
  predict: ({ trees }, { columns, n }, { classes }) => ({ scores: meanOfTrees(trees, Math.max(1, classes.length), columns, n) }),
});

/** @throws EngineError  option_invalid */
function mtryOf(p: number, numbers: boolean, mtry: number | null): number {
  if (mtry === null) return Math.max(1, Math.floor(numbers ? p / 3 : Math.sqrt(p)));
  if (mtry <= p) return mtry;
  throw new EngineError("option_invalid", `random_forest: mtry is ${mtry}, there are ${p} features; give at most ${p}, or leave it out`, [
    "config",
    "model_options",
    "mtry",
  ]);
}

import { z } from "zod";
import { compareNames } from "../selectors/rank.ts";
import { sampleWeights } from "../selectors/sample-weights.ts";
import { isLabelled } from "../target.ts";
import { giniCriterion, growCart, varianceCriterion } from "../trees/cart.ts";
import { meanOfTrees, onUsedFeatures, plainTree } from "../trees/plain-tree.ts";
import { defineModel } from "./define.ts";
import { allFeatures, partTable } from "./part-table.ts";

const options = z.strictObject({
  max_depth: z.int().min(1).max(64).nullable().default(null).describe("Splits from root to leaf; no limit by default."),
  min_leaf_size: z.int().min(1).default(5).describe("A leaf holds at least so many samples."),
});

const parameters = z.strictObject({ tree: plainTree });

export const decisionTree = defineModel({
  id: "decision_tree",
  aliases: ["cart"],
  tasks: ["binary", "multiclass", "regression"],
  summary: "One classification or regression tree",
  explanation:
    "Asks one feature after the other whether it is above a threshold, each time where the classes (Gini) or the numbers (squared error) part best, and answers the shares or the mean of the leaf. Can be drawn and read aloud, needs no scaling. It changes much with few samples and predicts worse than a forest nearly always: use it to explain, not to win. Of equally good features the first by name is split on.",
  source: "Breiman, Friedman, Olshen & Stone 1984, Classification and Regression Trees",
  options,
  parameters,
  scores: "probabilities",
  missing: "filled",
  cost: ({ n, p }, { max_depth }) => 3e-8 * n * p * Math.log2(n + 2) * Math.min(max_depth ?? 12, 12),
  memory: ({ n, p }) => 8 * n * p + 200 * n,
  fit(train, { max_depth, min_leaf_size }, shared) {
    const { target } = train;
    if (!isLabelled(target)) throw new Error("a tree of classes or of numbers cannot learn survival times");
    const weights = sampleWeights(train, shared.classWeight);
    const criterion =
      target.task === "regression" ? varianceCriterion(target.y, weights) : giniCriterion(target.y, weights, target.classes.length);
    const names = train.featureNames;
    const every = allFeatures(train);
    const order = [...every].sort((a, b) => compareNames(names[a]!, names[b]!) || a - b);
    const growing = { maxDepth: max_depth ?? undefined, minNodeSize: 1, minLeaf: min_leaf_size };
    const grown = growCart(partTable(train, every).columns, train.counts, criterion, growing, order);
    const { features, trees } = onUsedFeatures([grown]);
    const leaves = grown.feature.filter((feature) => feature < 0).length;
    return { features, parameters: { tree: trees[0]! }, summary: { leaves } };
  },
  predict: ({ tree }, { columns, n }, { classes }) => ({ scores: meanOfTrees([tree], Math.max(1, classes.length), columns, n) }),
});

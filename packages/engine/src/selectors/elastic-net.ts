import { z } from "zod";
import { defineSelector } from "./define.ts";
import { pathCost, pathMemory, pathOptions, rankByPath } from "./path-ranking.ts";

const GRID = [0.1, 0.5, 0.7, 0.9, 0.95, 1] as const;

const options = z.strictObject({
  ...pathOptions,
  l1_ratio: z
    .union([z.literal("cv"), z.number().min(0.01).max(1)])
    .default(0.5)
    .describe(`Share of the L1 penalty: 1 is the lasso, near 0 the ridge. cv: chosen from ${GRID.join(", ")} by cross-validation.`),
});

export const elasticNet = defineSelector({
  id: "elastic_net",
  aliases: ["elasticnet", "enet"],
  tasks: ["binary", "multiclass", "regression", "survival"],
  covariates: true,
  summary: "Elastic net: linear, logistic or Cox model with L1 and L2 penalty",
  explanation:
    "As the lasso, with part of the penalty on the squares of the coefficients, so that correlated features enter together and share their weight instead of one standing for all. Ranked by the size of the standardised coefficients at the lambda that cross-validation picks. Signatures are larger and more stable than the lasso's.",
  source: "Zou & Hastie 2005; Friedman, Hastie & Tibshirani 2010",
  options,
  cost: (shape, settings, shared) => pathCost(shape, settings, shared) * (settings.l1_ratio === "cv" ? GRID.length : 1),
  memory: (shape, settings) => pathMemory(shape, settings),
  select: (train, { l1_ratio, ...settings }, shared, rng) =>
    rankByPath(train, { ...settings, l1Ratio: l1_ratio === "cv" ? GRID : l1_ratio }, shared, rng),
});

import { z } from "zod";
import { defineSelector } from "./define.ts";
import { pathCost, pathMemory, pathOptions, rankByPath } from "./path-ranking.ts";

const options = z.strictObject(pathOptions);

export const lasso = defineSelector({
  id: "lasso",
  aliases: [],
  tasks: ["binary", "multiclass", "regression", "survival"],
  covariates: true,
  summary: "Lasso: L1-penalised logistic, multinomial, linear or Cox model",
  explanation:
    "Fits a whole path of linear models under an L1 penalty and keeps the features whose coefficients are not zero at the lambda that cross-validation picks, ranked by the size of their standardised coefficients. Good at small signatures that predict together. Of a group of correlated features it keeps one, more or less by chance: use elastic_net, or stability, where that matters. For survival it is a Cox model with Breslow ties, its lambda by the cross-validated partial likelihood. Costs a few readings of the matrix every ten lambdas, times the folds.",
  source: "Tibshirani 1996; Friedman, Hastie & Tibshirani 2010",
  options,
  cost: (shape, settings, shared) => pathCost(shape, settings, shared),
  memory: (shape, settings) => pathMemory(shape, settings),
  select: (train, settings, shared, rng) => rankByPath(train, { ...settings, l1Ratio: 1 }, shared, rng),
});

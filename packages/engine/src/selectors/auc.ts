import { z } from "zod";
import { EngineError } from "../errors.ts";
import { allTied, groupRankSums } from "../stats/rank-sums.ts";
import { rankAbove } from "./cut-off.ts";
import { defineSelector } from "./define.ts";

const options = z.strictObject({
  min_auc: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.5)
    .describe("features whose AUC, taken in the direction that makes it at least 0.5, is below this are dropped"),
});

export const auc = defineSelector({
  id: "auc",
  aliases: [],
  tasks: ["binary"],
  filter: "ranks",
  summary: "Area under the ROC curve of each feature alone",
  explanation:
    "The chance that a sample of class 1 has a higher value than one of class 0, ties counting half, on the values that are there (nothing imputed); ranked by its distance from 0.5, in either direction. " +
    "Only the order of values matters, so that neither scale nor outliers do. Use it where a single marker with a cut-off is wanted, and to read an effect that a p-value does not show; the order is that of wilcoxon where no value is missing or tied. " +
    "It says nothing of chance: with few samples the best of many noise features is high. It sees one feature at a time. A sample that a bootstrap drew twice counts twice. " +
    "Constant features and those without a value in a class are not judged. Cost: one sort of each feature.",
  source: "Hanley & McNeil 1982, Radiology 143(1)",
  options,
  cost: ({ n, p }) => 4e-8 * n * p + 1e-6 * p,
  memory: ({ n, p }) => 40 * n + 100 * p,
  select(train, { min_auc }, shared) {
    const { p, featureNames: names, target } = train;
    if (target.task !== "binary")
      throw new EngineError("method_task", "auc compares two classes; use kruskal for more, or anova for a number");
    const area = areas(groupRankSums(train, target.y, 2), p);
    const either = area.map((value) => Math.max(value, 1 - value));
    const unjudged = "constant, or without a value in a class";
    const ranked = rankAbove(names, shared.nFeatures, either, { option: "min_auc", score: "an AUC", least: min_auc, unjudged });
    return {
      features: ranked.features,
      scores: ranked.features.map((j) => Math.abs(area[j]! - 0.5)),
      statistics: { auc: ranked.features.map((j) => area[j]!) },
      summary: { ...ranked.summary, min_auc },
      notes: ranked.notes,
    };
  },
});

/** Mann-Whitney U over the number of pairs. @param sums  as `groupRankSums` of two classes gives them */
function areas(sums: Float64Array, p: number): Float64Array {
  return Float64Array.from({ length: p }, (_, j) => {
    const [n0, , n1, rankSum1, ties] = sums.subarray(5 * j, 5 * j + 5);
    if (n0 === 0 || n1 === 0 || allTied(n0! + n1!, ties!)) return Number.NaN;
    return (rankSum1! - (n1! * (n1! + 1)) / 2) / (n0! * n1!);
  });
}

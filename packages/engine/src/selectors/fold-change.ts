import { z } from "zod";
import { EngineError } from "../errors.ts";
import { groupMoments } from "../solvers/column-moments.ts";
import { foldChangeOptions, log2FoldChange, scaleOf } from "../stats/fold-change.ts";
import { rankAbove } from "./cut-off.ts";
import { defineSelector } from "./define.ts";

const options = z.strictObject({
  ...foldChangeOptions,
  min_abs_log2: z
    .number()
    .min(0)
    .default(0)
    .describe("features whose |log2 fold change| is below this are dropped; 1 is a doubling or halving"),
});

export const foldChange = defineSelector({
  id: "fold_change",
  aliases: [],
  tasks: ["binary"],
  filter: "ranks",
  summary: "Size of the difference between the class means, as log2 fold change",
  explanation:
    "Ranks features by |log2 of the mean of class 1 over that of class 0|, on the values that are there (nothing imputed); on log-scale data this is the difference of the means, taken as log2 units. " +
    "Use it where the size of a change matters (an assay must be able to see it), best together with a test. " +
    "It asks nothing of the spread: a noisy feature of large values comes before a small, sure difference. On raw data features whose mean is not above 0 in both classes have no fold change and are not judged; nor are constant ones. " +
    "A sample that a bootstrap drew twice counts twice. Cost: one pass over the matrix.",
  source: "Cui & Churchill 2003, Genome Biol 4(4), 210",
  options,
  cost: ({ n, p }) => 1e-8 * n * p + 1e-6 * p,
  memory: ({ n, p }) => 16 * n + 120 * p,
  select(train, { data_scale, min_abs_log2 }, shared) {
    const { p, featureNames: names, target } = train;
    if (target.task !== "binary")
      throw new EngineError("method_task", "fold_change compares two classes; use anova for more, or for a number");
    const moments = groupMoments(train, "available", target.y, 2);
    const scale = scaleOf(train, data_scale, moments);
    const change = Float64Array.from({ length: p }, (_, j) => changeOf(moments.subarray(6 * j, 6 * j + 6), scale));
    const size = change.map((value) => Math.abs(value));
    const unjudged =
      scale === "log" ? "constant, or without a value in a class" : "constant, or without a mean above 0 in both classes (raw scale)";
    const cut = { option: "min_abs_log2", score: "a |log2 fold change|", least: min_abs_log2, unjudged };
    const { features, summary, notes } = rankAbove(names, shared.nFeatures, size, cut);
    return {
      features,
      scores: features.map((j) => size[j]!),
      statistics: {
        log2_fold_change: features.map((j) => change[j]!),
        mean_0: features.map((j) => moments[6 * j + 1]!),
        mean_1: features.map((j) => moments[6 * j + 4]!),
      },
      summary: { ...summary, min_abs_log2, data_scale: scale },
      notes,
    };
  },
});

/** @param moments  n, mean, centred sum of squares of one feature in each class */
function changeOf(moments: Float64Array, scale: "log" | "raw"): number {
  const [n0, mean0, m20, n1, mean1, m21] = moments;
  const constant = m20 === 0 && m21 === 0 && mean0 === mean1;
  return n0 === 0 || n1 === 0 || constant ? Number.NaN : log2FoldChange(mean0!, mean1!, scale);
}

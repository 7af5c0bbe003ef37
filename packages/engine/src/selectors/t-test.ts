import { z } from "zod";
import { EngineError } from "../errors.ts";
import { groupMoments } from "../solvers/column-moments.ts";
import { logTTwoSided } from "../stats/distributions.ts";
import { foldChangeOptions, log2FoldChange, scaleOf } from "../stats/fold-change.ts";
import { finite, negativeLog10, rankTests, testOptions } from "../stats/ranked-tests.ts";
import { welch } from "../stats/welch.ts";
import { defineSelector } from "./define.ts";

const options = z.strictObject({
  ...testOptions,
  ...foldChangeOptions,
});

export const tTest = defineSelector({
  id: "t_test",
  aliases: ["ttest"],
  tasks: ["binary"],
  filter: "tests",
  summary: "Welch's t-test, one feature at a time",
  explanation:
    "Compares the means of the two classes feature by feature without assuming equal spreads, on the values that are there (nothing imputed), and ranks by p-value. " +
    "t, fold change and means are class 1 minus class 0. Use it as the baseline that anything cleverer must beat, and on data that is roughly normal within a class (log scale). " +
    "It sees one feature at a time: it picks ten copies of one signal and misses what only works together. A sample that a bootstrap drew twice counts twice. " +
    "Features with fewer than two values in a class, or without any spread, are not tested; a feature that is constant in each class but not across them has t = +-Infinity (reported as null), p = 0 and ranks first.",
  source: "Welch 1947, Biometrika 34; Benjamini & Hochberg 1995; Holm 1979",
  options,
  cost: ({ n, p }) => 1e-8 * n * p + 3e-6 * p,
  memory: ({ n, p }) => 16 * n + 200 * p,
  select(train, { adjust, alpha, data_scale }, shared) {
    if (train.target.task !== "binary")
      throw new EngineError("method_task", "t_test compares two classes; use anova for more, or for a number");
    const { p, featureNames: names } = train;
    const moments = groupMoments(train, "available", train.target.y, 2);
    const t = new Float64Array(p);
    const df = new Float64Array(p);
    const logP = new Float64Array(p);
    for (let j = 0; j < p; j++) {
      const [n0, mean0, m20, n1, mean1, m21] = moments.subarray(6 * j, 6 * j + 6);
      const test = welch(n0!, mean0!, m20!, n1!, mean1!, m21!);
      t[j] = test.t;
      df[j] = test.df;
      logP[j] = logTTwoSided(test.t, test.df);
    }
    const keys = [logP.map((value) => -value), t.map((value) => Math.abs(value))];
    const ranked = rankTests({ names, logP, keys, limit: shared.nFeatures, adjust, alpha });
    const { features } = ranked;
    const mean = (j: number, g: number) => moments[6 * j + 3 * g + 1]!;
    const scale = scaleOf(train, data_scale, moments);
    return {
      features,
      scores: features.map((j) => negativeLog10(logP[j]!)),
      statistics: {
        t: features.map((j) => finite(t[j]!)),
        df: features.map((j) => df[j]!),
        ...ranked.statistics,
        log2_fold_change: features.map((j) => finite(log2FoldChange(mean(j, 0), mean(j, 1), scale))),
        mean_0: features.map((j) => mean(j, 0)),
        mean_1: features.map((j) => mean(j, 1)),
      },
      summary: { ...ranked.summary, data_scale: scale },
      notes: ranked.notes,
    };
  },
});

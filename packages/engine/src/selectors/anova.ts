import { z } from "zod";
import { EngineError } from "../errors.ts";
import { logFUpper } from "../stats/distributions.ts";
import { columnFs } from "../stats/f-test.ts";
import { finite, rankTests, testOptions } from "../stats/ranked-tests.ts";
import { defineSelector } from "./define.ts";

export const anova = defineSelector({
  id: "anova",
  aliases: ["f_test"],
  tasks: ["binary", "multiclass", "regression"],
  filter: "tests",
  summary: "F test of each feature: over the classes, or on the number to be predicted",
  explanation:
    "Classes: one-way analysis of variance, the spread between the class means over the spread within the classes. A number: the F test of a straight line, with the correlation beside it. " +
    "On the values that are there, nothing imputed; ranked by F. Use it as the baseline for more than two classes; with two it is Student's t-test squared, which assumes equal spreads (t_test does not). " +
    "It sees one feature at a time and straight lines only. A sample that a bootstrap drew twice counts twice. " +
    "Constant features are not tested; one that is constant in each class but not across them has F = Infinity (reported as null), p = 0 and ranks first.",
  source: "Fisher 1925; as sklearn f_classif and f_regression",
  options: z.strictObject(testOptions),
  cost: ({ n, p, classes }) => 5e-9 * n * p * classes + 3e-6 * p,
  memory: ({ n, p, classes }) => 8 * n * classes + (150 + 48 * classes) * p,
  select(train, { adjust, alpha }, shared) {
    const tests = columnFs(train);
    if (tests === undefined)
      throw new EngineError("method_task", "anova needs classes or a number to predict; use cox_univariate for survival");
    const { f, df1, df2, r } = tests;
    const logP = f.map((value, j) => logFUpper(value, df1[j]!, df2[j]!));
    const ranked = rankTests({ names: train.featureNames, logP, keys: [f], limit: shared.nFeatures, adjust, alpha });
    const { features } = ranked;
    return {
      features,
      scores: features.map((j) => Math.min(f[j]!, Number.MAX_VALUE)),
      statistics: {
        f: features.map((j) => finite(f[j]!)),
        df1: features.map((j) => df1[j]!),
        df2: features.map((j) => df2[j]!),
        ...ranked.statistics,
        ...(r === undefined ? {} : { correlation: features.map((j) => r[j]!) }),
      },
      summary: ranked.summary,
      notes: ranked.notes,
    };
  },
});

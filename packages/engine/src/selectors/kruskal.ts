import { z } from "zod";
import { EngineError } from "../errors.ts";
import { logChiSquaredUpper } from "../stats/distributions.ts";
import { kruskalWallis } from "../stats/kruskal-wallis.ts";
import { groupRankSums } from "../stats/rank-sums.ts";
import { negativeLog10, rankTests, testOptions } from "../stats/ranked-tests.ts";
import { defineSelector } from "./define.ts";

export const kruskal = defineSelector({
  id: "kruskal",
  aliases: ["kruskal_wallis"],
  tasks: ["binary", "multiclass"],
  filter: "tests",
  summary: "Kruskal-Wallis rank test over the classes, one feature at a time",
  explanation:
    "Asks of each feature whether the classes differ in the ranks of its values, on the values that are there (nothing imputed), and ranks by p-value. " +
    "Only the order of values matters: the counterpart of anova for counts, intensities and anything skewed. epsilon_squared is the share of the ranks' variance that lies between classes. " +
    "p is from chi-squared with the correction for ties, too rough below about five values a class; with two classes wilcoxon is the same test with a better p. " +
    "It sees one feature at a time. A sample that a bootstrap drew twice is two tied values. Constant features and those with values in one class alone are not tested. Cost: one sort of each feature.",
  source: "Kruskal & Wallis 1952, J Am Stat Assoc 47(260)",
  options: z.strictObject(testOptions),
  cost: ({ n, p }) => 4e-8 * n * p + 3e-6 * p,
  memory: ({ n, p, classes }) => 40 * n + (100 + 16 * classes) * p,
  select(train, { adjust, alpha }, shared) {
    const { p, featureNames: names, target } = train;
    if (target.task !== "binary" && target.task !== "multiclass")
      throw new EngineError("method_task", "kruskal compares classes; use anova for a number");
    const k = target.classes.length;
    const sums = groupRankSums(train, target.y, k);
    const h = new Float64Array(p);
    const df = new Float64Array(p);
    const share = new Float64Array(p);
    const logP = new Float64Array(p);
    for (let j = 0; j < p; j++) {
      const test = kruskalWallis(sums, (2 * k + 1) * j, k);
      h[j] = test.h;
      df[j] = test.df;
      share[j] = test.epsilonSquared;
      logP[j] = logChiSquaredUpper(test.h, test.df);
    }
    const ranked = rankTests({ names, logP, keys: [logP.map((value) => -value), h], limit: shared.nFeatures, adjust, alpha });
    const { features } = ranked;
    return {
      features,
      scores: features.map((j) => negativeLog10(logP[j]!)),
      statistics: {
        h: features.map((j) => h[j]!),
        df: features.map((j) => df[j]!),
        ...ranked.statistics,
        epsilon_squared: features.map((j) => share[j]!),
      },
      summary: ranked.summary,
      notes: ranked.notes,
    };
  },
});

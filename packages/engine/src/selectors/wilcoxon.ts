import { z } from "zod";
import { EngineError } from "../errors.ts";
import { exactTails, mannWhitney } from "../stats/mann-whitney.ts";
import { groupRankSums } from "../stats/rank-sums.ts";
import { negativeLog10, rankTests, testOptions } from "../stats/ranked-tests.ts";
import { defineSelector } from "./define.ts";

export const wilcoxon = defineSelector({
  id: "wilcoxon",
  aliases: ["mann_whitney"],
  tasks: ["binary"],
  filter: "tests",
  summary: "Wilcoxon rank-sum (Mann-Whitney) test, one feature at a time",
  explanation:
    "Compares the ranks of the two classes feature by feature, on the values that are there (nothing imputed), and ranks by p-value; auc is the chance that a sample of class 1 lies above one of class 0. " +
    "Only the order of values matters, so that it needs no log scale and an outlier decides nothing; use it for counts, intensities and anything skewed. " +
    "Without ties and with a class of at most 8 values p is exact, otherwise from the normal approximation corrected for ties and continuity. " +
    "With few samples the smallest p there can be is not small (8 of 16: 1.6e-4), which many features may reach together. " +
    "It sees one feature at a time. A sample that a bootstrap drew twice is two tied values. Constant features and those without a value in a class are not tested. Cost: one sort of each feature.",
  source: "Wilcoxon 1945, Biometrics Bull 1(6); Mann & Whitney 1947, Ann Math Stat 18(1)",
  options: z.strictObject(testOptions),
  cost: ({ n, p }) => 4e-8 * n * p + 3e-6 * p,
  memory: ({ n, p }) => 40 * n + 120 * p,
  select(train, { adjust, alpha }, shared) {
    const { p, featureNames: names, target } = train;
    if (target.task !== "binary")
      throw new EngineError("method_task", "wilcoxon compares two classes; use kruskal for more, or anova for a number");
    const sums = groupRankSums(train, target.y, 2);
    const tails = exactTails();
    const u = new Float64Array(p);
    const auc = new Float64Array(p);
    const logP = new Float64Array(p);
    let exact = 0;
    for (let j = 0; j < p; j++) {
      const test = mannWhitney(sums[5 * j]!, sums[5 * j + 2]!, sums[5 * j + 3]!, sums[5 * j + 4]!, tails);
      u[j] = test.u;
      auc[j] = test.auc;
      logP[j] = test.logP;
      if (test.exact) exact++;
    }
    const keys = [logP.map((value) => -value), auc.map((value) => Math.abs(value - 0.5))];
    const ranked = rankTests({ names, logP, keys, limit: shared.nFeatures, adjust, alpha });
    const { features } = ranked;
    return {
      features,
      scores: features.map((j) => negativeLog10(logP[j]!)),
      statistics: {
        u: features.map((j) => u[j]!),
        ...ranked.statistics,
        auc: features.map((j) => auc[j]!),
        rank_biserial: features.map((j) => 2 * auc[j]! - 1),
      },
      summary: { ...ranked.summary, exact },
      notes: ranked.notes,
    };
  },
});

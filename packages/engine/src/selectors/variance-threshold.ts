import { z } from "zod";
import { columnMoments } from "../solvers/column-moments.ts";
import { defineSelector } from "./define.ts";
import { rankBy } from "./rank.ts";

const options = z.strictObject({
  threshold: z.number().min(0).default(0).describe("features whose variance is not above this are dropped; in squared units of the data"),
});

export const varianceThreshold = defineSelector({
  id: "variance_threshold",
  aliases: ["variance"],
  tasks: ["unsupervised"],
  filter: "ranks",
  summary: "Features of the largest variance, the target unseen",
  explanation:
    "Ranks features by their variance (divided by n, as scikit-learn's VarianceThreshold does) over the values that are there and drops those at or below `threshold`. " +
    "Looks at no target, so it cannot overfit one; it favours features on a large scale, so the data should be on one comparable scale (log counts, log intensities). " +
    "Cheap: one pass over the matrix.",
  source: "Pedregosa et al. 2011 (sklearn.feature_selection.VarianceThreshold)",
  options,
  cost: ({ n, p }) => 2e-9 * n * p,
  memory: ({ n, p }) => 16 * n + 120 * p,
  select(train, { threshold }, shared) {
    const moments = columnMoments(train, "available");
    const variance = new Float64Array(train.p);
    for (let j = 0; j < train.p; j++) variance[j] = moments[3 * j + 2]! / moments[3 * j]!;
    const above = variance.map((value) => (value > threshold ? value : Number.NaN));
    const passing = above.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
    const features = rankBy(train.featureNames, shared.nFeatures, above);
    const notes = passing < Math.min(shared.nFeatures, train.p) ? [fewNote(variance, threshold, passing, train.featureNames)] : [];
    return {
      features,
      scores: features.map((j) => variance[j]!),
      statistics: { variance: features.map((j) => variance[j]!), mean: features.map((j) => moments[3 * j + 1]!) },
      summary: { threshold, above_threshold: passing, tested: train.p },
      notes,
    };
  },
});

/** Why fewer than asked for, and the threshold that would let one more through. */
function fewNote(variance: Float64Array, threshold: number, passing: number, names: readonly string[]): string {
  const below = variance.map((value) => (value > 0 && value <= threshold ? value : Number.NaN));
  const next = rankBy(names, 1, below)[0];
  const found = `${passing} of ${names.length} features have a variance above ${threshold}.`;
  return next === undefined
    ? `${found} The others are constant.`
    : `${found} The nearest threshold that selects more is just below ${variance[next]!.toPrecision(4)} (${names[next]}).`;
}

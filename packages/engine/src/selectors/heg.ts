import { z } from "zod";
import { columnMoments } from "../solvers/column-moments.ts";
import { defineSelector } from "./define.ts";
import { rankBy } from "./rank.ts";

export const heg = defineSelector({
  id: "heg",
  aliases: ["highly_expressed"],
  tasks: ["unsupervised"],
  filter: "ranks",
  summary: "Highly expressed features: the largest means",
  explanation:
    "Ranks features by their mean over the values that are there; the target is not looked at, and constant features are left out. Use it to keep what an assay measures reliably before other methods look. " +
    "It says nothing about use: a housekeeping gene is expressed highly everywhere. All features must be on one scale. Cheap: one reading of the matrix.",
  source: "Lun, McCarthy & Marioni 2016, F1000Research 5, 2122 (filtering by average abundance)",
  options: z.strictObject({}),
  cost: ({ n, p }) => 2e-9 * n * p + 2e-7 * p,
  memory: ({ p }) => 8 * 5 * p,
  select(train, _options, shared) {
    const moments = columnMoments(train, "available");
    const mean = Float64Array.from({ length: train.p }, (_, j) => (moments[3 * j + 2]! > 0 ? moments[3 * j + 1]! : Number.NaN));
    const features = rankBy(train.featureNames, shared.nFeatures, mean);
    const varied = mean.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
    return {
      features,
      scores: features.map((j) => mean[j]!),
      statistics: { mean: features.map((j) => mean[j]!) },
      summary: { tested: varied },
      notes: varied < Math.min(shared.nFeatures, train.p) ? [`${varied} of ${train.p} features vary; constant ones are not selected.`] : [],
    };
  },
});

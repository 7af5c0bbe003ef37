import exp from "@stdlib/math-base-special-exp";
import { z } from "zod";
import type { TrainingPart } from "../part.ts";
import { columnMoments } from "../solvers/column-moments.ts";
import { detectScale } from "../stats/data-scale.ts";
import { cellRangerDispersions, expectedVariance, type Moments, seuratDispersions } from "../stats/dispersion.ts";
import { defineSelector, type Ranking } from "./define.ts";
import { rankBy } from "./rank.ts";

const options = z.strictObject({
  flavor: z
    .enum(["auto", "seurat_v3", "seurat", "cell_ranger"])
    .default("auto")
    .describe(
      "seurat_v3: variance against what the mean leads one to expect, for counts; seurat: binned dispersions of values on a log scale; cell_ranger: binned dispersions of values as they are; auto: seurat_v3 for counts and raw intensities, else seurat",
    ),
  log_base: z.enum(["e", "2", "10"]).default("e").describe("flavor seurat: base of the logarithm log(1 + x) that the values are on"),
});

const LN_BASE = { e: 1, "2": Math.LN2, "10": Math.LN10 } as const;

export const hvg = defineSelector({
  id: "hvg",
  aliases: ["hdg", "highly_variable"],
  tasks: ["unsupervised"],
  filter: "ranks",
  summary: "Highly variable features: more spread than their mean explains",
  explanation:
    "Ranks features by how much more they vary than others of the same mean; the target is not looked at. seurat_v3 fits a smooth curve of variance on mean over all features, standardises each feature by the curve with large values clipped at sqrt(n) deviations, and ranks by the variance that is left; it needs counts. " +
    "seurat and cell_ranger compare variance over mean within bins of the mean. Use it to reduce single-cell or sequencing data before other methods; a marker of a rare cell type can be missed, and batch effects vary too. Cheap: two readings of the matrix.",
  source: "Stuart et al. 2019, Cell 177; Satija et al. 2015, Nat Biotechnol 33; Zheng et al. 2017, Nat Commun 8",
  options,
  cost: ({ n, p }) => 1.5e-8 * n * p + 2e-6 * p,
  memory: ({ n, p }) => 8 * (8 * p + n),
  select(train, { flavor, log_base }, shared) {
    const moments = momentsOf(train);
    const chosen = flavor === "auto" ? (detectScale(train, moments.mean) === "raw" ? "seurat_v3" : "seurat") : flavor;
    if (chosen === "seurat_v3") return rankByVariance(train, moments, shared.nFeatures);
    const used = chosen === "seurat" ? unloggedMoments(train, moments, LN_BASE[log_base]) : moments;
    const score = chosen === "seurat" ? seuratDispersions(used) : cellRangerDispersions(used);
    return ranking(train, chosen, shared.nFeatures, used, score, { normalised_dispersion: score });
  },
});

/** Of the available values. */
function momentsOf(train: TrainingPart): Moments {
  const all = columnMoments(train, "available");
  const pick = (k: number) => Float64Array.from({ length: train.p }, (_, j) => all[3 * j + k]!);
  const n = pick(0);
  return { n, mean: pick(1), variance: pick(2).map((squares, j) => squares / (n[j]! - 1)) };
}

/** Moments of exp(x) - 1; what is constant stays so to the last bit. */
function unloggedMoments(train: TrainingPart, logged: Moments, lnBase: number): Moments {
  const moments: Moments = { n: new Float64Array(train.p), mean: new Float64Array(train.p), variance: new Float64Array(train.p) };
  for (let j = 0; j < train.p; j++) {
    const values = train.availableColumn(j).map((value) => exp(value * lnBase) - 1);
    const { n, mean, squares } = weightedMoments(values, train.counts);
    moments.n[j] = n;
    moments.mean[j] = mean;
    moments.variance[j] = logged.variance[j]! > 0 ? squares / (n - 1) : 0;
  }
  return moments;
}

function weightedMoments(values: Float64Array, counts: Uint32Array): { n: number; mean: number; squares: number } {
  let [n, sum, squares] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) continue;
    n += counts[i]!;
    sum += counts[i]! * values[i]!;
  }
  const mean = n === 0 ? 0 : sum / n;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) squares += counts[i]! * (values[i]! - mean) ** 2;
  return { n, mean, squares };
}

/** Variance of the values standardised by the expected one, those above mean + sqrt(n) deviations clipped to that. */
function rankByVariance(train: TrainingPart, moments: Moments, limit: number): Ranking {
  const expected = expectedVariance(moments);
  const score = new Float64Array(train.p).fill(Number.NaN);
  for (let j = 0; j < train.p; j++) {
    if (Number.isNaN(expected[j]!)) continue;
    const mean = moments.mean[j]!;
    const highest = mean + Math.sqrt(expected[j]! * moments.n[j]!);
    const values = train.availableColumn(j);
    let squares = 0;
    for (let i = 0; i < values.length; i++) {
      if (!Number.isNaN(values[i]!)) squares += train.counts[i]! * (Math.min(values[i]!, highest) - mean) ** 2;
    }
    score[j] = squares / ((moments.n[j]! - 1) * expected[j]!);
  }
  return ranking(train, "seurat_v3", limit, moments, score, { normalised_variance: score, expected_variance: expected });
}

function ranking(
  train: TrainingPart,
  flavor: string,
  limit: number,
  { mean, variance }: Moments,
  score: Float64Array,
  statistics: Record<string, Float64Array>,
): Ranking {
  const judged = score.map((value, j) => (variance[j]! > 0 && Number.isFinite(value) ? value : Number.NaN));
  // two alone in a bin are half the root of 2 away from its mean, but for rounding: ten digits make that a tie
  const features = rankBy(
    train.featureNames,
    limit,
    judged.map((value) => Number(value.toPrecision(10))),
  );
  const tested = judged.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  const columns = Object.entries({ mean, variance, ...statistics });
  const why = flavor === "seurat_v3" ? "constant, or of a mean not above 0" : "constant, or of no dispersion to compare";
  return {
    features,
    scores: features.map((j) => score[j]!),
    statistics: Object.fromEntries(columns.map(([name, values]) => [name, features.map((j) => values[j]!)])),
    summary: { flavor, tested },
    notes: tested < Math.min(limit, train.p) ? [`${train.p - tested} of ${train.p} features cannot be judged: ${why}.`] : [],
  };
}

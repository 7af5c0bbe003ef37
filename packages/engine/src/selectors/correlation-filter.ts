import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { columnMoments } from "../solvers/column-moments.ts";
import { columnFs } from "../stats/f-test.ts";
import { absoluteCorrelation, correlations, withUnitColumns } from "../stats/unit-columns.ts";
import { defineSelector } from "./define.ts";
import { rankBy } from "./rank.ts";

const options = z.strictObject({
  cutoff: z.number().min(0).max(1).default(0.9).describe("a feature is dropped when its |r| with a better one that is kept is above this"),
  correlation: z.enum(correlations).default("pearson").describe("pearson, or spearman (of the ranks)"),
  score: z
    .enum(["auto", "f", "variance"])
    .default("auto")
    .describe(
      "which of two alike features is better: f (F test with the target) or variance; auto: f for classes and numbers, else variance",
    ),
});

export const correlationFilter = defineSelector({
  id: "correlation_filter",
  aliases: [],
  tasks: ["unsupervised", "binary", "multiclass", "regression"],
  filter: "ranks",
  summary: "The best features by a univariate score, without those that nearly repeat a better one",
  explanation:
    "Goes through the features from the best score down and keeps one unless its |r| with a feature kept before is above `cutoff`; so of each group of near copies the best stays, and the answer does not depend on the order of the columns. " +
    "The score is the F test of anova (on the values that are there) where there is a target, or the variance; r is on imputed values. Use it to shorten a list of copies before a model, or as a filter with some variety; mrmr weighs relevance against redundancy instead of cutting. " +
    "It drops pairs, so that what three features tell together is not seen as redundant. A sample that a bootstrap drew twice counts twice. Constant features, and those that F cannot judge, are never kept. " +
    "Cost: one pass over the matrix and one comparison of each feature looked at with each one kept; it stops when enough are kept.",
  source: "Greedy form of Kuhn & Johnson 2013, Applied Predictive Modeling, section 3.5",
  options,
  cost: ({ n, p }, { correlation }, shared) =>
    1e-8 * n * p + 1e-9 * n * p * Math.min(shared.nFeatures, p / 2) + (correlation === "spearman" ? 4e-8 * n * p : 0),
  memory: ({ n, p }, _, shared) => 8 * n * (shared.nFeatures + 8) + 200 * p,
  select(train, { cutoff, correlation, score: scoring }, shared) {
    const { name, values } = scoresOf(train, scoring);
    const names = train.featureNames;
    const order = rankBy(names, train.p, values);
    const chosen = keepUnlike(train, order, cutoff, correlation, shared.nFeatures);
    const { features } = chosen;
    const notes: string[] = [];
    if (order.length < train.p)
      notes.push(`${train.p - order.length} of ${train.p} features were not judged: constant, or with too few values.`);
    if (features.length < Math.min(shared.nFeatures, order.length)) notes.push(fewNote(chosen, order.length, cutoff, names));
    return {
      features,
      scores: features.map((j) => Math.min(values[j]!, Number.MAX_VALUE)),
      statistics: { largest_abs_r: chosen.largest, stands_for: chosen.standsFor },
      summary: {
        score: name,
        correlation,
        cutoff,
        tested: order.length,
        looked_at: chosen.lookedAt,
        dropped: chosen.lookedAt - features.length,
      },
      notes,
    };
  },
});

/** Rounding of r: one that equals the cut-off but for this (ranks of few samples do) is not above it. */
const ROUNDING = 1e-12;

/** NaN where a feature cannot be judged. */
function scoresOf(train: TrainingPart, scoring: "auto" | "f" | "variance"): { name: string; values: Float64Array } {
  const f = scoring === "variance" ? undefined : columnFs(train)?.f;
  if (f !== undefined) return { name: "f", values: f };
  if (scoring === "f")
    throw new EngineError("method_task", "correlation_filter has no F test for survival; choose score = variance", [
      "config",
      "method_options",
    ]);
  const moments = columnMoments(train, "available");
  const variance = Float64Array.from({ length: train.p }, (_, j) => moments[3 * j + 2]! / moments[3 * j]!);
  return { name: "variance", values: variance.map((value) => (value > 0 ? value : Number.NaN)) };
}

interface Kept {
  readonly features: number[];
  /** largest |r| with a feature kept before; null for the first */
  readonly largest: (number | null)[];
  /** of each kept feature: how many of those looked at were dropped because they are most like it */
  readonly standsFor: number[];
  readonly lookedAt: number;
  /** the dropped feature that is least like a kept one, and its |r| */
  readonly nearest: { j: number; r: number } | undefined;
}

/** Greedy: each feature in turn is kept unless it is too like one that is. Cost O(n) a pair of one looked at and one kept. */
function keepUnlike(
  train: TrainingPart,
  order: readonly number[],
  cutoff: number,
  correlation: "pearson" | "spearman",
  limit: number,
): Kept {
  const features: number[] = [];
  const units: Float64Array[] = [];
  const largest: (number | null)[] = [];
  const standsFor: number[] = [];
  let lookedAt = 0;
  let nearest: { j: number; r: number } | undefined;
  withUnitColumns(train, correlation, (unitOf) => {
    for (const j of order) {
      if (features.length === limit) break;
      lookedAt++;
      const unit = unitOf(j);
      let most = -1;
      let like = -1;
      for (let k = 0; k < units.length; k++) {
        const r = absoluteCorrelation(unit, units[k]!);
        if (r > most) {
          most = r;
          like = k;
        }
      }
      if (most > cutoff + ROUNDING) {
        standsFor[like]!++;
        if (nearest === undefined || most < nearest.r) nearest = { j, r: most };
        continue;
      }
      features.push(j);
      units.push(unit);
      largest.push(like < 0 ? null : most);
      standsFor.push(0);
    }
  });
  return { features, largest, standsFor, lookedAt, nearest };
}

function fewNote({ features, nearest }: Kept, judged: number, cutoff: number, names: readonly string[]): string {
  const { j, r } = nearest!;
  const up = Math.min(1, Math.ceil(r * 1e4) / 1e4);
  return `${features.length} of ${judged} features are kept; the others have |r| above ${cutoff} with a better one. The nearest cutoff that keeps another is ${up} (${names[j]}).`;
}

import exp from "@stdlib/math-base-special-exp";
import { z } from "zod";
import { rankBy } from "../selectors/rank.ts";
import { type Adjustment, adjustLogP, adjustments } from "./adjust.ts";

/** Options that every test of one feature at a time takes. */
export const testOptions = {
  adjust: z
    .enum(adjustments)
    .default("bh")
    .describe("adjusted p-values: bh (Benjamini-Hochberg, false discovery rate), bonferroni or holm (family-wise error rate)"),
  alpha: z
    .number()
    .gt(0)
    .max(1)
    .nullable()
    .default(null)
    .describe("return only features whose adjusted p-value is below this; null returns the best features whatever their p-value"),
};

export interface Tests {
  readonly names: readonly string[];
  /** p natural logarithms, NaN where the feature cannot be tested */
  readonly logP: Float64Array;
  /** what ranks, as in `rankBy`; NaN in the first where the feature cannot be tested */
  readonly keys: readonly Float64Array[];
  /** at most this many features */
  readonly limit: number;
  readonly adjust: Adjustment;
  readonly alpha: number | null;
}

export interface RankedTests {
  readonly features: number[];
  readonly statistics: { p_value: number[]; log_p_value: (number | null)[]; p_adjusted: number[] };
  readonly summary: { tested: number; significant: number; untestable: number; adjust: string };
  readonly notes: string[];
}

/** The best features of a test, adjusted over all features that could be tested. */
export function rankTests(tests: Tests): RankedTests {
  const { names, logP, limit, alpha } = tests;
  const logAdjusted = adjustLogP(logP, tests.adjust);
  const adjusted = logAdjusted.map((value) => exp(value));
  const best = rankBy(names, limit, ...tests.keys);
  const features =
    alpha === null
      ? best
      : rankBy(names, names.length, ...tests.keys)
          .filter((j) => adjusted[j]! < alpha)
          .slice(0, limit);
  const tested = adjusted.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  const significant = adjusted.reduce((count, value) => count + (value < 0.05 ? 1 : 0), 0);
  const notes: string[] = [];
  if (tested < names.length) notes.push(untestableNote(names.length - tested, names.length));
  if (alpha !== null && features.length < Math.min(limit, tested)) notes.push(alphaNote(features, adjusted, alpha, tests));
  return {
    features,
    statistics: {
      p_value: features.map((j) => exp(logP[j]!)),
      log_p_value: features.map((j) => finite(logP[j]!)),
      p_adjusted: features.map((j) => adjusted[j]!),
    },
    summary: { tested, significant, untestable: names.length - tested, adjust: tests.adjust },
    notes,
  };
}

/** What JSON can hold: null for an infinite or undefined value. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** -log10 p, larger is better; a p of exactly 0 gives the largest number there is, so that it stays first. */
export function negativeLog10(logP: number): number {
  return logP === Number.NEGATIVE_INFINITY ? Number.MAX_VALUE : Math.max(0, -logP / Math.LN10);
}

function untestableNote(untestable: number, p: number): string {
  const which = untestable === 1 ? "feature was" : "features were";
  return `${untestable} of ${p} ${which} not tested: constant, or with too few values in a class.`;
}

/** Why alpha returned fewer than asked for, and the next alpha that would return one more. */
function alphaNote(features: readonly number[], adjusted: Float64Array, alpha: number, tests: Tests): string {
  const chosen = new Set(features);
  let next = -1;
  for (const j of rankBy(tests.names, tests.names.length, ...tests.keys)) {
    if (!chosen.has(j) && (next < 0 || adjusted[j]! < adjusted[next]!)) next = j;
  }
  const found = `${features.length} of the ${tests.limit} features asked for have an adjusted p-value (${tests.adjust}) below alpha = ${alpha}.`;
  return adjusted[next]! < 1
    ? `${found} The nearest alpha that selects more is just above ${adjusted[next]!.toPrecision(4)} (${tests.names[next]}).`
    : `${found} No alpha selects more: the next adjusted p-value is 1; alpha = null returns the best features whatever their p-value.`;
}

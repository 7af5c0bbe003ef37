import ln from "@stdlib/math-base-special-ln";
import { z } from "zod";
import type { TrainingPart } from "../part.ts";
import { type DataScale, dataScales, detectScale } from "./data-scale.ts";

/** Option of every method that reports a fold change. */
export const foldChangeOptions = {
  data_scale: z
    .enum(dataScales)
    .default("auto")
    .describe("log: the fold change is the difference of means; raw: log2 of their ratio; auto: raw for counts and for means beyond 50"),
};

/** log2 of the fold change from class 0 to class 1; NaN where a mean is missing, or where the ratio of means has no logarithm. */
export function log2FoldChange(mean0: number, mean1: number, scale: DataScale): number {
  if (scale === "log") return mean1 - mean0;
  return mean0 > 0 && mean1 > 0 ? log2(mean1 / mean0) : Number.NaN;
}

/** Whole where it is a whole number but for rounding, so that a doubling is 1 and reaches a cut-off of 1. */
function log2(ratio: number): number {
  const value = ln(ratio) * Math.LOG2E;
  const whole = Math.round(value);
  return Math.abs(value - whole) <= 4 * Number.EPSILON * Math.abs(whole) ? whole : value;
}

/** The scale as stated, or as detected. @param moments  n, mean, centred sum of squares of each feature in each group */
export function scaleOf(part: TrainingPart, stated: "auto" | DataScale, moments: Float64Array): DataScale {
  if (stated !== "auto") return stated;
  return detectScale(
    part,
    Float64Array.from({ length: moments.length / 3 }, (_, i) => moments[3 * i + 1]!),
  );
}

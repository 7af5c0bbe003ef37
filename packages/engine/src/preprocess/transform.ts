import ln from "@stdlib/math-base-special-ln";
import log1p from "@stdlib/math-base-special-log1p";
import { EngineError } from "../errors.ts";
import { column, type FeatureMatrix } from "../matrix.ts";

export type Transform = "none" | "log2" | "log2p1" | "clip" | "cpm_log";

/**
 * Transforms every value of the matrix in place, once, before anything else: first `clip`, then the transform, in float64,
 * rounded once to float32. Missing values stay missing. Logarithms are stdlib's, so every machine gets the same bits.
 *
 *   log2     log2(x), x > 0
 *   log2p1   log2(1 + x), x > -1
 *   clip     x, held within `clip`
 *   cpm_log  log2(1 + 10^6 x / s), x >= 0, s the sample's sum over all features of the matrix
 *
 * @param clip  [lowest, highest], lowest below highest
 * @throws EngineError  data_unusable, naming feature, sample and remedy; option_invalid for clip
 *
 * Cost O(n p) time, O(n) memory.
 */
export function transformMatrix(matrix: FeatureMatrix, transform: Transform, clip: readonly [number, number] | undefined): void {
  checkClip(transform, clip);
  if (clip !== undefined) eachColumn(matrix, (values) => clipValues(values, clip));
  if (transform === "log2") eachColumn(matrix, (values, j) => log2Values(matrix, values, j));
  if (transform === "log2p1") eachColumn(matrix, (values, j) => log2p1Values(matrix, values, j));
  if (transform === "cpm_log") {
    const sums = sampleSums(matrix);
    eachColumn(matrix, (values) => cpmValues(values, sums));
  }
}

/**
 * What `transformMatrix` makes of one value, bit by bit, for samples that come later; NaN stays NaN.
 * @param total  of `cpm_log`: the sample's sum over the features of the matrix after clipping
 * @returns undefined where the transform has no value
 */
export function transformValue(
  x: number,
  transform: Transform,
  clip: readonly [number, number] | undefined,
  total: number,
): number | undefined {
  if (Number.isNaN(x)) return x;
  const held = clipValue(Math.fround(x), clip);
  if (transform === "log2") return held > 0 ? Math.fround(ln(held) / Math.LN2) : undefined;
  if (transform === "log2p1") return held > -1 ? Math.fround(log1p(held) / Math.LN2) : undefined;
  if (transform !== "cpm_log") return held;
  return held >= 0 && total > 0 ? Math.fround(log1p((1e6 * held) / total) / Math.LN2) : undefined;
}

/** A float32 value held within bounds, as a float32. */
export function clipValue(x: number, clip: readonly [number, number] | undefined): number {
  if (clip === undefined) return x;
  if (x < clip[0]) return Math.fround(clip[0]);
  return x > clip[1] ? Math.fround(clip[1]) : x;
}

/** @throws EngineError  option_invalid */
export function checkClip(transform: Transform, clip: readonly [number, number] | undefined): void {
  if (transform === "clip" && clip === undefined) {
    throw new EngineError("option_invalid", "transform clip needs clip, the lowest and the highest value", ["config", "clip"]);
  }
  if (clip !== undefined && !(clip[0] < clip[1])) {
    throw new EngineError("option_invalid", `clip goes from the lowest to the highest value; it is ${clip[0]} to ${clip[1]}`, [
      "config",
      "clip",
    ]);
  }
}

function eachColumn(matrix: FeatureMatrix, change: (values: Float32Array, j: number) => void): void {
  for (let j = 0; j < matrix.p; j++) change(column(matrix, j), j);
}

function clipValues(values: Float32Array, [low, high]: readonly [number, number]): void {
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (x < low) values[i] = low;
    else if (x > high) values[i] = high;
  }
}

function log2Values(matrix: FeatureMatrix, values: Float32Array, j: number): void {
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (x <= 0) throw unusable(matrix, j, i, x, "log2 needs values above 0; clip first, or use log2p1");
    values[i] = ln(x) / Math.LN2;
  }
}

function log2p1Values(matrix: FeatureMatrix, values: Float32Array, j: number): void {
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (x <= -1)
      throw unusable(matrix, j, i, x, "log2p1 needs values above -1; clip first, or leave data that are logged already as they are");
    values[i] = log1p(x) / Math.LN2;
  }
}

/** Sums of the samples over the features, in the order of the features. */
function sampleSums(matrix: FeatureMatrix): Float64Array {
  const sums = new Float64Array(matrix.n);
  eachColumn(matrix, (values, j) => {
    for (let i = 0; i < values.length; i++) {
      const x = values[i]!;
      if (x < 0)
        throw unusable(matrix, j, i, x, "cpm_log needs counts, and counts are not negative; clip first, or choose another transform");
      if (!Number.isNaN(x)) sums[i]! += x;
    }
  });
  const empty = sums.indexOf(0);
  if (empty >= 0) {
    throw new EngineError("data_unusable", `sample ${empty + 1} has no counts at all, so cpm_log cannot scale it; leave the sample out`, [
      "config",
      "transform",
    ]);
  }
  return sums;
}

function cpmValues(values: Float32Array, sums: Float64Array): void {
  for (let i = 0; i < values.length; i++) values[i] = log1p((1e6 * values[i]!) / sums[i]!) / Math.LN2;
}

function unusable(matrix: FeatureMatrix, j: number, i: number, x: number, remedy: string): EngineError {
  return new EngineError("data_unusable", `feature ${matrix.names[j]} is ${x} in sample ${i + 1}: ${remedy}`, ["config", "transform"]);
}

import type { TrainingPart } from "../part.ts";
import { viewOf } from "../part-view.ts";

/** `available`: values that are there, missing ones passed over; `imputed`: those of `part.column`. */
export type Values = "available" | "imputed";

/**
 * Count, mean and centred sum of squares of every feature in each of k groups of samples; a sample counts as often as it was drawn.
 * Entry 3 (k j + g) holds feature j in group g: n, mean, sum (x - mean)^2; all 0 where the group has no value.
 *
 * @param groups  m codes below k
 * Cost O(n p k).
 */
export function groupMoments(part: TrainingPart, values: Values, groups: ArrayLike<number>, k: number): Float64Array {
  const view = viewOf(part);
  return view.arena.scope(() => {
    const weights = view.arena.f64(k * view.stride);
    for (let i = 0; i < view.rows.length; i++) weights[groups[i]! * view.stride + view.rows[i]!] = part.counts[i]!;
    const out = view.arena.f64(view.p * k * 3);
    view.kernels.groupMoments(columnsOf(part, values), view.p, weights.byteOffset, k, view.stride, out.byteOffset);
    return Float64Array.from(out);
  });
}

/** As `groupMoments` with all samples in one group: entries 3 j to 3 j + 2. */
export function columnMoments(part: TrainingPart, values: Values): Float64Array {
  return groupMoments(part, values, new Uint8Array(part.m), 1);
}

/**
 * Every feature with one vector over the part's samples, where the feature has a value.
 * Entry 6 j and on: n, mean x, mean y, Sxx, Sxy, Syy (centred sums of squares and products).
 *
 * @param y  m
 */
export function pairMoments(part: TrainingPart, values: Values, y: ArrayLike<number>): Float64Array {
  const view = viewOf(part);
  return view.arena.scope(() => {
    const full = view.arena.f64(view.stride);
    for (let i = 0; i < view.rows.length; i++) full[view.rows[i]!] = y[i]!;
    const out = view.arena.f64(view.p * 6);
    view.kernels.pairMoments(columnsOf(part, values), view.p, full.byteOffset, view.weights, view.stride, out.byteOffset);
    return Float64Array.from(out);
  });
}

function columnsOf(part: TrainingPart, values: Values): number {
  const view = viewOf(part);
  return values === "available" ? view.rawColumns : view.columns;
}

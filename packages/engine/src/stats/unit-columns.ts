import type { TrainingPart } from "../part.ts";
import { withMidRanks } from "./mid-ranks.ts";

export const correlations = ["pearson", "spearman"] as const;
export type Correlation = (typeof correlations)[number];

/**
 * Runs `body` with a function that gives a feature (imputed) centred and scaled so that the sum of products of two such columns is
 * their correlation; a sample counts as often as it was drawn. `spearman`: of its mid-ranks. All 0 where the feature is constant.
 * The column is the caller's to keep. Cost O(n) a feature.
 */
export function withUnitColumns<T>(part: TrainingPart, kind: Correlation, body: (unit: (j: number) => Float64Array) => T): T {
  const roots = Float64Array.from(part.counts, (count) => Math.sqrt(count));
  const drawn = part.counts.reduce((sum, count) => sum + count, 0);
  const scaled = (values: Float64Array) => unitColumn(values, part.counts, roots, drawn);
  if (kind === "pearson") return body((j) => scaled(part.column(j)));
  return withMidRanks(part, "imputed", (rank) => body((j) => scaled(rank(j).ranks.slice())));
}

/** In place. */
function unitColumn(values: Float64Array, counts: Uint32Array, roots: Float64Array, drawn: number): Float64Array {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += counts[i]! * values[i]!;
  const centre = sum / drawn;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    values[i] = roots[i]! * (values[i]! - centre);
    squares += values[i]! * values[i]!;
  }
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  for (let i = 0; i < values.length; i++) values[i]! *= scale;
  return values;
}

/** |r| of two unit columns, at most 1. */
export function absoluteCorrelation(a: Float64Array, b: Float64Array): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < a.length; i++) s0 += a[i]! * b[i]!;
  return Math.min(1, Math.abs(s0 + s1 + (s2 + s3)));
}

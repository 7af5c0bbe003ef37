import type { TrainingPart } from "../part.ts";
import { groupMoments, pairMoments } from "../solvers/column-moments.ts";
import { isLabelled } from "../target.ts";

/** A linear model of every feature, on the values that are there: its class means, or a straight line in the target. p numbers each. */
export interface LinearFits {
  /** residual variance; NaN without a degree of freedom */
  readonly s2: Float64Array;
  /** residual degrees of freedom, 0 where there is none */
  readonly df: Float64Array;
  /** mean square that the target explains, on df1 degrees of freedom; NaN where the feature is constant or the target is, there */
  readonly explained: Float64Array;
  readonly df1: Float64Array;
  /** two classes: mean of class 1 minus that of class 0; a number: slope per unit of it; more classes: none */
  readonly effect?: Float64Array;
  /** classes: n, mean, centred sum of squares of each feature in each class */
  readonly moments?: Float64Array;
}

/** @returns undefined where the target is neither classes nor a number */
export function linearFits(part: TrainingPart): LinearFits | undefined {
  const { target } = part;
  if (!isLabelled(target)) return undefined;
  return target.task === "regression" ? lineFits(part, target.y) : classFits(part, target.y, target.classes.length);
}

function emptyFits(p: number) {
  return { s2: new Float64Array(p), df: new Float64Array(p), explained: new Float64Array(p).fill(Number.NaN), df1: new Float64Array(p) };
}

/** Classes without a value do not count. */
function classFits(part: TrainingPart, y: Int32Array, k: number): LinearFits {
  const { p } = part;
  const moments = groupMoments(part, "available", y, k);
  const fits = emptyFits(p);
  for (let j = 0; j < p; j++) {
    let n = 0;
    let sum = 0;
    let groups = 0;
    let within = 0;
    for (let at = 3 * k * j; at < 3 * k * (j + 1); at += 3) {
      const size = moments[at]!;
      if (size === 0) continue;
      groups++;
      n += size;
      sum += size * moments[at + 1]!;
      within += moments[at + 2]!;
    }
    fits.df[j] = Math.max(0, n - groups);
    fits.s2[j] = within / fits.df[j]!;
    fits.df1[j] = groups - 1;
    if (groups < 2) continue;
    let between = 0;
    for (let at = 3 * k * j; at < 3 * k * (j + 1); at += 3) {
      const off = moments[at + 1]! - sum / n;
      if (moments[at]! > 0) between += moments[at]! * off * off;
    }
    if (between + within > 0) fits.explained[j] = between / (groups - 1);
  }
  if (k > 2) return { ...fits, moments };
  const effect = fits.explained.map((value, j) => (Number.isNaN(value) ? Number.NaN : moments[6 * j + 4]! - moments[6 * j + 1]!));
  return { ...fits, effect, moments };
}

function lineFits(part: TrainingPart, y: Float64Array): LinearFits {
  const { p } = part;
  const moments = pairMoments(part, "available", y);
  const fits = emptyFits(p);
  const effect = new Float64Array(p).fill(Number.NaN);
  for (let j = 0; j < p; j++) {
    const at = 6 * j;
    const n = moments[at]!;
    const xx = moments[at + 3]!;
    const xy = moments[at + 4]!;
    const yy = moments[at + 5]!;
    const line = yy > 0;
    const explained = line ? (xy * xy) / yy : 0;
    fits.df[j] = Math.max(0, n - (line ? 2 : 1));
    fits.s2[j] = Math.max(0, xx - explained) / fits.df[j]!;
    fits.df1[j] = 1;
    if (!line || xx === 0) continue;
    fits.explained[j] = explained;
    effect[j] = xy / yy;
  }
  return { ...fits, effect };
}

import type { TrainingPart } from "../part.ts";
import { groupMoments, pairMoments } from "../solvers/column-moments.ts";
import { isLabelled } from "../target.ts";

export interface FTest {
  readonly f: number;
  /** degrees of freedom of numerator and denominator */
  readonly df1: number;
  readonly df2: number;
}

const UNTESTABLE: FTest = { f: Number.NaN, df1: Number.NaN, df2: Number.NaN };

/**
 * One-way analysis of variance from the moments of k groups: (SSB / (k - 1)) / (SSW / (n - k)). Groups without a value do not count.
 * NaN below two groups, without a degree of freedom left, or where no value differs; Infinity where only the groups' means differ.
 *
 * @param moments  3 k numbers from `at` on: n, mean, centred sum of squares of each group
 */
export function oneWayF(moments: ArrayLike<number>, at: number, k: number): FTest {
  let n = 0;
  let sum = 0;
  let groups = 0;
  let within = 0;
  for (let g = 0; g < k; g++) {
    const size = moments[at + 3 * g]!;
    if (size === 0) continue;
    groups++;
    n += size;
    sum += size * moments[at + 3 * g + 1]!;
    within += moments[at + 3 * g + 2]!;
  }
  if (groups < 2 || n <= groups) return UNTESTABLE;
  let between = 0;
  for (let g = 0; g < k; g++) {
    const size = moments[at + 3 * g]!;
    const d = moments[at + 3 * g + 1]! - sum / n;
    if (size > 0) between += size * d * d;
  }
  const df1 = groups - 1;
  const df2 = n - groups;
  const f = between / df1 / (within / df2);
  return Number.isNaN(f) ? UNTESTABLE : { f, df1, df2 };
}

/** F of a straight line: r^2 / (1 - r^2) (n - 2). NaN below three values or where either side is constant. */
export function lineF(n: number, sxx: number, sxy: number, syy: number): FTest & { r: number } {
  if (n < 3 || sxx === 0 || syy === 0) return { ...UNTESTABLE, r: Number.NaN };
  const r = Math.max(-1, Math.min(1, sxy / Math.sqrt(sxx) / Math.sqrt(syy)));
  return { f: ((r * r) / (1 - r * r)) * (n - 2), df1: 1, df2: n - 2, r };
}

export interface ColumnFs {
  /** p each, NaN where a feature cannot be tested */
  readonly f: Float64Array;
  readonly df1: Float64Array;
  readonly df2: Float64Array;
  /** regression: correlation with the target */
  readonly r?: Float64Array;
}

/** F of every feature on its available values: over the classes, or on a number; undefined where the target is neither. */
export function columnFs(part: TrainingPart): ColumnFs | undefined {
  const { p, target } = part;
  const f = new Float64Array(p);
  const df1 = new Float64Array(p);
  const df2 = new Float64Array(p);
  const put = (j: number, test: FTest) => {
    f[j] = test.f;
    df1[j] = test.df1;
    df2[j] = test.df2;
  };
  if (!isLabelled(target)) return undefined;
  if (target.task !== "regression") {
    const k = target.classes.length;
    const moments = groupMoments(part, "available", target.y, k);
    for (let j = 0; j < p; j++) put(j, oneWayF(moments, 3 * k * j, k));
    return { f, df1, df2 };
  }
  const r = new Float64Array(p);
  const moments = pairMoments(part, "available", target.y);
  for (let j = 0; j < p; j++) {
    const test = lineF(moments[6 * j]!, moments[6 * j + 3]!, moments[6 * j + 4]!, moments[6 * j + 5]!);
    put(j, test);
    r[j] = test.r;
  }
  return { f, df1, df2, r };
}

import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { columnMoments } from "../solvers/column-moments.ts";
import { columnFs } from "../stats/f-test.ts";
import { groupBits, informationWith, levelGroups, threeLevels } from "../stats/three-levels.ts";
import { isLabelled } from "../target.ts";
import { defineSelector } from "./define.ts";
import { rankBy } from "./rank.ts";

const options = z.strictObject({
  scheme: z
    .enum(["fcq", "fcd", "mid", "miq"])
    .default("fcq")
    .describe(
      "fcq: F over mean |r|; fcd: F - mean |r|; mid: mutual information with the target minus the mean with the chosen features; miq: their quotient",
    ),
});

/** Divisors below this are raised to it, as the package mrmr_selection does. */
const FLOOR = 0.001;
/** A mean |r| of 1: a copy of what is chosen, which the package scores 0. */
const COPY = 1 - 1e-12;
/** Stands for an infinite F, so that the redundancy still orders such features. */
const LARGEST = 1e300;

/** How relevant each feature is, and how redundant with one that was chosen; NaN relevance: cannot be judged. */
interface Measure {
  readonly relevance: Float64Array;
  redundancy(chosen: number): Float64Array;
}

export const mrmr = defineSelector({
  id: "mrmr",
  aliases: [],
  tasks: ["binary", "multiclass", "regression"],
  summary: "Minimum redundancy, maximum relevance: greedy choice of features that say something new",
  explanation:
    "Takes the most relevant feature, then again and again the one whose relevance to the target is largest against its mean redundancy with those already taken. " +
    "fcq and fcd measure relevance by the F test (on the values that are there) and redundancy by |Pearson r| (imputed); mid and miq cut each feature at mean - sd and mean + sd and measure both by mutual information; a number to predict is cut the same way. " +
    "Use it for short panels without copies of one signal. Greedy: an early choice is never taken back, and what is relevant only in combination is missed. Cost grows with the number of features asked for.",
  source: "Peng, Long & Ding 2005, IEEE TPAMI 27(8); Ding & Peng 2005, J Bioinform Comput Biol 3(2); default scheme as mrmr_selection",
  options,
  cost: ({ n, p }, { scheme }, shared) => 1e-8 * n * p + shared.nFeatures * p * (scheme.startsWith("f") ? 2.5e-10 * n : 2e-9 * n),
  memory: ({ n, p }, { scheme }) => 16 * n + p * (scheme.startsWith("f") ? 250 : 250 + n / 4),
  select(train, { scheme }, shared) {
    const byF = scheme === "fcq" || scheme === "fcd";
    const { relevance, redundancy } = byF ? linearMeasure(train) : informationMeasure(train);
    const quotient = scheme === "fcq" || scheme === "miq";
    const p = train.p;
    const open = relevance.map((value) => (value > 0 ? value : Number.NaN));
    const total = new Float64Array(p);
    const features: number[] = [];
    const scores: number[] = [];
    const means: (number | null)[] = [];
    let score = open;
    while (features.length < shared.nFeatures) {
      const best = first(train.featureNames, score);
      if (best < 0) break;
      scores.push(score[best]!);
      means.push(features.length === 0 ? null : total[best]! / features.length);
      features.push(best);
      open[best] = Number.NaN;
      const added = redundancy(best);
      for (let j = 0; j < p; j++) total[j]! += quotient ? Math.max(FLOOR, added[j]!) : added[j]!;
      score = open.map((value, j) => scoreOf(value, total[j]! / features.length, quotient, byF));
    }
    const unused = open.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
    const candidates = features.length + unused;
    const few = features.length < Math.min(shared.nFeatures, p);
    return {
      features,
      scores,
      statistics: { relevance: features.map((j) => relevance[j]!), mean_redundancy: means },
      summary: { scheme, candidates, tested: p },
      notes: few ? [`${candidates} of ${p} features have any relevance to the target; no more can be selected.`] : [],
    };
  },
});

function scoreOf(relevance: number, redundancy: number, quotient: boolean, byF: boolean): number {
  if (!quotient) return relevance - redundancy;
  return byF && redundancy > COPY ? relevance * 0 : relevance / redundancy;
}

/** The best entry, ties by feature name, then index; -1 where all are NaN. */
function first(names: readonly string[], score: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of score) if (value > most) most = value;
  return (
    rankBy(
      names,
      1,
      score.map((value) => (value === most ? value : Number.NaN)),
    )[0] ?? -1
  );
}

/** F and |Pearson r|. */
function linearMeasure(train: TrainingPart): Measure {
  const tests = columnFs(train);
  if (tests === undefined) throw new EngineError("method_task", "mrmr needs classes or a number to predict");
  const moments = columnMoments(train, "imputed");
  const redundancy = (chosen: number) => {
    const norm = Math.sqrt(moments[3 * chosen + 2]!);
    const centre = moments[3 * chosen + 1]!;
    const v = train.column(chosen).map((value, i) => (train.counts[i]! * (value - centre)) / norm);
    const rest = v.reduce((a, b) => a + b, 0);
    const r = train.crossProducts(v);
    for (let j = 0; j < train.p; j++) {
      const squares = moments[3 * j + 2]!;
      r[j] = squares === 0 ? 0 : Math.min(1, Math.abs(r[j]! - moments[3 * j + 1]! * rest) / Math.sqrt(squares));
    }
    return r;
  };
  return { relevance: tests.f.map((f) => Math.min(f, LARGEST)), redundancy };
}

/** Mutual information of three levels. */
function informationMeasure(train: TrainingPart): Measure {
  const levels = threeLevels(train);
  const groups = targetGroups(train);
  return {
    relevance: informationWith(levels, groups),
    redundancy: (chosen) => informationWith(levels, levelGroups(levels, chosen)),
  };
}

function targetGroups(train: TrainingPart): Int32Array[] {
  const { target } = train;
  if (!isLabelled(target)) throw new EngineError("method_task", "mrmr needs classes or a number to predict");
  if (target.task !== "regression") return groupBits(train, target.y, target.classes.length);
  let n = 0;
  let sum = 0;
  target.y.forEach((value, i) => {
    n += train.counts[i]!;
    sum += train.counts[i]! * value;
  });
  const centre = sum / n;
  const squares = target.y.reduce((total, value, i) => total + train.counts[i]! * (value - centre) ** 2, 0);
  const sd = Math.sqrt(squares / (n - 1));
  const codes = target.y.map((value) => (value < centre - sd ? 0 : value > centre + sd ? 2 : 1));
  return groupBits(train, codes, 3);
}

import { z } from "zod";
import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import { type BorutaRound, type BorutaState, nextState, undecided } from "../trees/boruta-decision.ts";
import { growForest } from "../trees/forest.ts";
import { prepareRanks } from "../trees/ranks.ts";
import { withShadows } from "../trees/shadows.ts";
import { defineSelector, type Ranking, type SharedOptions } from "./define.ts";
import { rankBy } from "./rank.ts";

export const borutaOptions = z.strictObject({
  max_runs: z.int().min(10).max(1000).default(100).describe("Rounds at most; it ends earlier when every feature is decided."),
  p_value: z.number().gt(0).max(0.5).default(0.01).describe("Significance of a decision, after correction."),
  multiple_testing: z.boolean().default(true).describe("Correct p for the number of features (Bonferroni)."),
  include_tentative: z
    .boolean()
    .default(false)
    .describe("Return features still undecided after the last round too, after the confirmed ones."),
  importance: z
    .enum(["permutation", "impurity"])
    .default("permutation")
    .describe(
      "permutation: out-of-bag loss when the feature is permuted, over its standard error, as R Boruta; impurity: a quarter faster, favours features with many distinct values.",
    ),
  n_trees: z.int().min(10).max(100_000).default(500).describe("Trees of each round's forest."),
  mtry: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("Features, shadows included, drawn for each node; by default the square root of their number, rounded down."),
  min_node_size: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("A node of at most so many draws is not split any more; by default 1, for regression 5."),
  max_depth: z.int().min(1).nullable().default(null).describe("Splits from root to leaf; no limit by default."),
});

type Options = z.output<typeof borutaOptions>;

export const boruta = defineSelector({
  id: "boruta",
  aliases: [],
  tasks: ["binary", "multiclass", "regression"],
  summary: "All features that matter to a random forest more than permuted copies of them",
  explanation:
    "Each round adds a shadow of every feature (its values permuted), grows a random forest on both, and notes which features are more important than the best shadow. A feature with significantly more such hits than half the rounds is confirmed, " +
    "one with fewer is rejected and left out of later rounds; the rest stays tentative, and is returned only on request. Use it to find everything related to the target, correlated features included, rather than a small signature. " +
    "As published, it does confirm some noise: the shadows are drawn anew but the samples are the same each round, so that noise which happens to fit them keeps beating its shadows. " +
    "Costs a forest a round on twice the features: with 20,000 features none can be rejected before round 21, and these rounds take most of the time.",
  source: "Kursa & Rudnicki 2010, J Stat Softw 36(11); R package Boruta",
  options: borutaOptions,
  cost({ n, p }, options) {
    const depth = 1.2 * Math.ceil(Math.log2(n + 2));
    const mtry = options.mtry ?? Math.sqrt(2 * p);
    const forest =
      4e-9 * (1 + Math.min(3, n / 3000)) * options.n_trees * mtry * n * depth * (options.importance === "permutation" ? 1.3 : 1);
    // rounds before the first rejection, on all features; most are rejected in the next ones
    const full = Math.min(options.max_runs, Math.log2((options.multiple_testing ? p : 1) / options.p_value) + 4);
    return full * (forest + 3e-8 * n * p) + (options.max_runs - full) * 0.05 * forest;
  },
  // shadows, ranks of features and shadows, permutation of the features, history; records and nodes
  prepare: prepareRanks,
  memory: ({ n, p }, options) => (n > 65_536 ? 12 : 8) * n * p + (32 + 8 * options.max_runs) * p + 250 * n,
  select(train, options, shared, rng): Ranking {
    const varying = varyingFeatures(train);
    if (varying.length === 0) return { features: [], scores: [], notes: ["No feature varies in these samples."] };
    const { state, history } = run(train, varying, options, shared, rng);
    return rankingOf(train, varying, state, history, options, shared);
  },
});

/** Columns of one value are no features: with few shadows, all below 0, an importance of exactly 0 would count as a hit. */
function varyingFeatures(train: TrainingPart): number[] {
  const varying: number[] = [];
  for (let j = 0; j < train.p; j++) {
    const values = train.column(j);
    if (values.some((value) => value !== values[0])) varying.push(j);
  }
  return varying;
}

/** Round r draws from `rng.child("round", r)`. */
function run(train: TrainingPart, varying: number[], options: Options, shared: SharedOptions, rng: Rng) {
  const history: BorutaRound[] = [];
  let state = undecided(varying.length);
  const test = { pValue: options.p_value, correct: options.multiple_testing };
  for (let r = 0; r < options.max_runs && state.decisions.includes("tentative"); r++) {
    const kept = Array.from(varying.keys()).filter((k) => state.decisions[k] !== "rejected");
    const round = oneRound(train, varying, kept, options, shared, rng.child("round", r));
    history.push(round);
    state = nextState(state, round, test);
  }
  return { state, history };
}

function oneRound(train: TrainingPart, varying: number[], kept: number[], options: Options, shared: SharedOptions, rng: Rng): BorutaRound {
  const features = kept.map((k) => varying[k]!);
  return withShadows(train, features, rng.child("shadows"), (extended) => {
    const forest = {
      trees: options.n_trees,
      mtry: mtryOf(extended.p, options),
      minNodeSize: options.min_node_size ?? (train.target.task === "regression" ? 5 : 1),
      maxDepth: options.max_depth ?? undefined,
      classWeight: shared.classWeight,
      importance: options.importance === "impurity" ? ("impurity" as const) : ("permutation_scaled" as const),
    };
    const all = growForest(extended, forest, rng.child("forest")).importance;
    const importance = new Float64Array(varying.length).fill(Number.NEGATIVE_INFINITY);
    kept.forEach((k, at) => {
      importance[k] = all[at]!;
    });
    return { importance, shadowMax: all.subarray(kept.length).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) };
  });
}

/** Features are rejected as rounds go by, so that an mtry too large for what is left becomes all of it. */
function mtryOf(p: number, { mtry }: Options): number {
  return mtry === null ? Math.max(1, Math.floor(Math.sqrt(p))) : Math.min(mtry, p);
}

function rankingOf(
  train: TrainingPart,
  varying: number[],
  state: BorutaState,
  history: BorutaRound[],
  options: Options,
  shared: SharedOptions,
): Ranking {
  const count = (decision: string) => state.decisions.filter((d) => d === decision).length;
  const returned = new Float64Array(train.p).fill(Number.NaN);
  const medians = new Float64Array(train.p);
  const place = new Map(varying.map((j, k) => [j, k]));
  varying.forEach((j, k) => {
    const decision = state.decisions[k]!;
    if (decision === "rejected" || (decision === "tentative" && !options.include_tentative)) return;
    returned[j] = decision === "confirmed" ? 1 : 0;
    medians[j] = median(history.map((round) => round.importance[k]!));
  });
  const features = rankBy(train.featureNames, shared.nFeatures, returned, medians);
  const of = <T>(values: readonly T[]) => features.map((j) => values[place.get(j)!]!);
  return {
    features,
    scores: features.map((j) => medians[j]!),
    statistics: {
      confirmed: features.map((j) => returned[j]!),
      median_importance: features.map((j) => medians[j]!),
      hits: of(state.hits),
    },
    summary: {
      rounds: state.rounds,
      confirmed: count("confirmed"),
      tentative: count("tentative"),
      rejected: count("rejected"),
      shadow_max_median: median(history.map((round) => round.shadowMax)),
    },
    notes: notesOf(features.length, count("confirmed"), count("tentative"), Math.min(shared.nFeatures, train.p), options),
  };
}

function notesOf(found: number, confirmed: number, tentative: number, asked: number, options: Options): string[] {
  const notes: string[] = [];
  if (options.include_tentative && found > confirmed)
    notes.push(`The last ${found - confirmed} are tentative: undecided after the last round.`);
  if (found >= asked) return notes;
  const open = !options.include_tentative && tentative > 0;
  const more = open
    ? `; ${tentative} more are tentative: include_tentative returns them, a larger max_runs may decide them`
    : "; the others were rejected, which a smaller p_value would do to fewer";
  notes.push(`${confirmed} features are confirmed of the ${asked} asked for${more}.`);
  return notes;
}

function median(values: number[]): number {
  const sorted = Float64Array.from(values).sort();
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

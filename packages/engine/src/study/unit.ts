import { EngineError } from "../errors.ts";
import { type DenseTable, takeValues } from "../models/dense-table.ts";
import { fitRefit, predictRefit } from "../models/refit.ts";
import { type Draw, type Thread, type TrainingPart, withTrainingPart } from "../part.ts";
import { Rng } from "../random.ts";
import { drawRows } from "../resampling/draws.ts";
import { kFold } from "../resampling/k-fold.ts";
import type { Ranking, SharedOptions } from "../selectors/define.ts";
import { checkedOptions } from "../selectors/options.ts";
import { selectorOf } from "../selectors/registry.ts";
import { type Target, takeTarget } from "../target.ts";
import { rankBalanced } from "./balanced-ranking.ts";
import { tableBalancer } from "./balanced-table.ts";
import { denseTable } from "./held-out.ts";
import { encodeOutput, type Outputs, type ScoreOutput, type SelectOutput } from "./outputs.ts";
import { COVARIATES, type ScoreUnit, type SelectUnit, sharedOptions, type Unit } from "./plan.ts";
import { runPrefilter } from "./prefilter.ts";
import { scoreMetrics } from "./score.ts";
import { survivalNotes } from "./score-survival.ts";
import { type Covariates, metaOf, populationOf, type StudyInput, subPopulation } from "./shape.ts";
import { partSignature } from "./signature.ts";
import { outerSplit, partDraw, resampleDraw } from "./splits.ts";

/**
 * Runs one unit: a pure function of (input, unit, outputs of earlier units).
 * @throws EngineError  as the method says; a resample that does not converge is an output, not an error
 */
export function runUnit(thread: Thread, input: StudyInput, unit: Unit, earlier: Outputs): Uint8Array {
  return encodeOutput(unit.kind === "select" ? select(thread, input, unit) : score(thread, input, unit, earlier));
}

export function studyRng(input: { config: { seed: number } }): Rng {
  return Rng.from(input.config.seed, "study");
}

function select(thread: Thread, input: StudyInput, unit: SelectUnit): SelectOutput {
  const { config } = input;
  const population = populationOf(input.target, input.groups);
  const root = studyRng(input);
  const resampled = unit.resample !== null;
  const draw = resampled ? resampleDraw(population, config, root, unit.part, unit.resample) : partDraw(population, config, root, unit.part);
  const groups = input.groups && Int32Array.from(draw.rows, (i) => input.groups![i]!);
  const rng = root.child("method", unit.part, unit.method, unit.resample ?? "whole");
  selectorOf(unit.method).prepare?.(thread);
  try {
    const shared = sharedOptions(config, resampled, groups);
    const balanceRng = root.child("balance", unit.part, unit.resample ?? "whole");
    const ranking = rankPart(thread, draw, config, unit.method, shared, rng, balanceRng);
    return resampled ? { features: ranking.features, scores: ranking.scores } : whole(ranking);
  } catch (error) {
    if (resampled && error instanceof EngineError && error.code === "not_converged") return { features: null, scores: [] };
    throw error;
  }
}

/** The method's ranking of a draw, of all features or of those that the prefilter lets through there. */
function rankPart(
  thread: Thread,
  draw: Draw,
  { prefilter, ...config }: StudyInput["config"],
  method: string,
  shared: SharedOptions,
  rng: Rng,
  balanceRng: Rng,
): Ranking {
  const options = checkedOptions(method, config);
  const run = (part: TrainingPart) => rankBalanced(part, selectorOf(method), options, shared, config.balance, rng, balanceRng);
  if (prefilter === undefined) return withTrainingPart(thread, draw, config.impute, run);
  const { kept, note } = withTrainingPart(thread, draw, config.impute, (part) =>
    runPrefilter(part, prefilter, shared, rng.child("prefilter")),
  );
  if (note !== undefined) return { features: [], scores: [], summary: { prefilter_kept: 0 }, notes: [note] };
  const ranking = withTrainingPart(thread, draw, config.impute, run, kept);
  return {
    ...ranking,
    features: ranking.features.map((k) => kept[k]!),
    summary: { ...ranking.summary, prefilter_kept: kept.length },
  };
}

function whole(ranking: Ranking): SelectOutput {
  const { features, scores, statistics = {}, summary = {}, notes = [] } = ranking;
  return { features, scores, statistics, summary, notes };
}

/** Refits L2 logistic regression (ridge for regression, Cox for survival) on the part's signature and the covariates and scores the fold that the part never saw. */
function score(thread: Thread, input: StudyInput, unit: ScoreUnit, earlier: Outputs): ScoreOutput {
  const { config, target } = input;
  const population = populationOf(target, input.groups);
  const root = studyRng(input);
  const split = outerSplit(population, config, root, unit.part);
  const features = unit.signature === COVARIATES ? [] : partSignature(metaOf(input), earlier, unit.part, unit.signature).features;
  const train = drawRows(split.train);
  const trainTarget = takeTarget(target, split.train);
  const inner = kFold(subPopulation(population, split.train), config.cv_folds, root.child("refit", unit.part, unit.signature));
  const table = (rows: Uint32Array) => withCovariates(denseTable(thread, train, config.impute, rows, features), input.covariates, rows);
  const own = table(split.train);
  const balance = tableBalancer(own, trainTarget, config.balance, root.child("balance", "refit", unit.part, unit.signature));
  const model = fitRefit(own, trainTarget, sampleWeights(train, trainTarget, config.balance === "class_weight"), inner, balance);
  const predicted = predictRefit(model, table(split.test));
  const seen = target.task === "survival" ? { target: trainTarget, scores: predictRefit(model, table(split.train)).scores } : undefined;
  const metrics = scoreMetrics(takeTarget(target, split.test), predicted.scores, seen);
  const missing = target.task === "survival" ? survivalNotes(metrics).map((note) => `${unit.part}: ${note}`) : [];
  const empty = features.length === 0 && unit.signature !== COVARIATES;
  return {
    features: features.length,
    trainSize: split.train.length,
    testSize: split.test.length,
    metrics,
    notes: [...(empty ? [`${unit.part}: nothing was selected; scored by ${baselineOf(input)}`] : []), ...missing],
  };
}

/** The table with the covariates behind its features. */
function withCovariates(table: DenseTable, { columns }: Covariates, rows: Uint32Array): DenseTable {
  const own = columns.map((values) => takeValues(values, rows));
  return { n: table.n, k: table.k + own.length, columns: [...table.columns, ...own], free: own.length };
}

/** What a model without features answers. */
function baselineOf({ target: { task }, covariates }: StudyInput): string {
  if (covariates.names.length > 0) return "the covariates alone";
  if (task === "survival") return "the same risk for every sample";
  return task === "regression" ? "the mean alone" : "the class shares alone";
}

/** Multiplicities, times n / (K n_k) where classes are balanced. */
export function sampleWeights(draw: Draw, target: Target, balanced: boolean): Float64Array {
  const weights = Float64Array.from(draw.counts);
  if (!balanced || !("classes" in target)) return weights;
  const size = new Float64Array(target.classes.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    size[target.y[i]!]! += weights[i]!;
    total += weights[i]!;
  }
  return weights.map((w, i) => (w * total) / (size.length * size[target.y[i]!]!));
}

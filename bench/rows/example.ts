import type { Draw, Thread } from "../../packages/engine/src/part.ts";
import { meanOverlap } from "../agreement.ts";
import { type Cohort, makeCohort } from "../cohort.ts";
import { benchExampleJob, type ExampleTiming, exampleDraws, exampleMethods } from "../example-job.ts";
import { benchForest, type ForestTiming } from "../forest.ts";
import { benchLasso, foldsOf, threadOf } from "../lasso.ts";
import { listOf, withPeer } from "../peer.ts";
import type { Comparison } from "../row.ts";
import { type Setting, say } from "./setting.ts";

type Selected = Record<string, (number | number[])[]>;

const RESAMPLES = 100;
const Q = 50;

/** The plan's example job, beside glmnet and ranger at the same work and beside scikit-learn as its user writes it. */
export async function exampleRows(setting: Setting): Promise<Comparison[]> {
  const cohort = makeCohort(setting.n, setting.p, setting.threads);
  await benchExampleJob(cohort, 2, setting.threads);
  const rows = [await besideR(cohort, setting), await wholeJob(cohort, setting), await withFolds(cohort, setting)];
  if (!setting.quick && setting.peers.python !== undefined) rows.push(await besideScikit(cohort, setting));
  return rows;
}

async function besideR(cohort: Cohort, { quick, threads, peers }: Setting): Promise<Comparison> {
  const resamples = quick ? 10 : 20;
  say(`example job, ${resamples} resamples beside glmnet and ranger`);
  const ours = await benchExampleJob(cohort, resamples, threads);
  const work = `example job, ${resamples} resamples: first ${Q} of lasso and elastic net paths, 500 trees; ${threads} threads`;
  if (peers.r === undefined) return { work, ours: ours.seconds };
  const question = { ...forestOf(cohort), q: Q, threads, draws: drawsOf(cohort, resamples) };
  const theirs = await withPeer(peers.r, cohort.matrix, (peer) => peer!.ask<{ selected: Selected }>("example", question));
  return {
    work,
    ours: ours.seconds,
    peer: `glmnet dfmax + ranger, ${threads} processes`,
    theirs: theirs.seconds,
    ratio: theirs.seconds / ours.seconds,
    agreement: `${agreementOf(ours.selected, theirs.selected)} (own seeds ${ownSeeds(cohort).toFixed(2)})`,
    target: { ratio: 5 },
    note: "The same half-samples on both sides; features: mean overlap of what each resample selects. Own seeds: the same of two of our forests.",
  };
}

async function wholeJob(cohort: Cohort, { quick, threads }: Setting): Promise<Comparison> {
  const resamples = quick ? 10 : RESAMPLES;
  say(`example job, ${resamples} resamples`);
  const timing = await benchExampleJob(cohort, resamples, threads);
  return {
    work: `example job, ${RESAMPLES} resamples; seconds a thread, of ${threads}`,
    ...onThreads(timing, resamples, threads),
    target: { seconds: 100 },
  };
}

async function withFolds(cohort: Cohort, { quick, threads }: Setting): Promise<Comparison> {
  const resamples = quick ? 4 : 20;
  say(`example job with 5 outer folds, ${resamples} resamples`);
  const timing = await benchExampleJob(cohort, resamples, threads, true);
  return {
    work: `the same with 5 outer folds, ${6 * RESAMPLES} resamples`,
    ...onThreads(timing, resamples, threads),
    target: { seconds: 600 },
  };
}

/** Core-seconds over threads: the time by the clock where nothing else runs; that of this run is told beside it. */
function onThreads(
  { seconds, elapsed }: ExampleTiming,
  resamples: number,
  threads: number,
): Pick<Comparison, "ours" | "agreement" | "note"> {
  const all = RESAMPLES / resamples;
  return {
    ours: (seconds * all) / threads,
    agreement: `by the clock of this run ${(elapsed * all).toFixed(0)} s`,
    ...(all === 1 ? {} : { note: `Extrapolated from ${resamples} of ${RESAMPLES} resamples.` }),
  };
}

/** Lasso and elastic net cross-validated within each resample, at ten lambdas each, and the forest: one thread on either side. */
async function besideScikit(cohort: Cohort, { peers }: Setting): Promise<Comparison> {
  const resamples = 2;
  say("example job as a user of scikit-learn writes it (minutes)");
  const ours = crossValidatedJob(cohort, resamples);
  const question = { ...forestOf(cohort), q: Q, cs: 10, draws: drawsOf(cohort, resamples) };
  const theirs = await withPeer(peers.python, cohort.matrix, (peer) => peer!.ask<{ selected: Selected }>("example", question));
  return {
    work: `example job with 5-fold CV of 10 lambdas within each of ${RESAMPLES} resamples, 500 trees; 1 thread`,
    ours: (ours.seconds * RESAMPLES) / resamples,
    peer: "scikit-learn",
    theirs: (theirs.seconds * RESAMPLES) / resamples,
    ratio: theirs.seconds / ours.seconds,
    agreement: agreementOf(ours.selected, theirs.selected),
    note: `Extrapolated from ${resamples} of ${RESAMPLES} resamples. As a user writes it: LogisticRegressionCV with its own grid of 10 values of C (liblinear, saga, default tolerance and iterations), ours with 10 lambdas; the chosen penalties differ, and the features with them.`,
  };
}

function crossValidatedJob(cohort: Cohort, resamples: number): Pick<ExampleTiming, "seconds" | "selected"> {
  const selected: Record<string, number[][]> = Object.fromEntries(exampleMethods.map((method) => [method, []]));
  const thread = threadOf(cohort.matrix, cohort.target);
  let seconds = 0;
  for (const draw of exampleDraws(cohort, resamples)) {
    const folds = foldsOf(thread, draw);
    for (const [method, l1Ratio] of [
      ["lasso", 1],
      ["elastic_net", 0.5],
    ] as const) {
      const { path, curve, ...timing } = benchLasso(thread, folds, { l1Ratio, nLambda: 10 }, draw);
      selected[method]!.push(Array.from(path.steps[curve.min]!.features));
      seconds += timing.seconds;
    }
    const forest = halfForest(cohort, thread, draw, 1);
    seconds += forest.seconds;
    selected.rf_importance!.push(largest(forest.importance, Q));
  }
  return { seconds, selected };
}

function halfForest(cohort: Cohort, thread: Thread, draw: Draw, seed: number): ForestTiming {
  const { trees, mtry, node } = forestOf(cohort);
  return benchForest(
    thread,
    { trees, mtry, minNodeSize: node, maxDepth: undefined, classWeight: false, importance: "impurity" },
    seed,
    draw,
  );
}

/** Overlap of what forests of two seeds select on the same half-samples: more cannot be asked of another program's. */
function ownSeeds(cohort: Cohort): number {
  const thread = threadOf(cohort.matrix, cohort.target);
  const draws = exampleDraws(cohort, 4);
  const selected = (seed: number) => draws.map((draw) => largest(halfForest(cohort, thread, draw, seed).importance, Q));
  return meanOverlap(selected(1), selected(2));
}

function largest(values: Float64Array, count: number): number[] {
  return Array.from(values.keys())
    .sort((a, b) => values[b]! - values[a]!)
    .slice(0, count);
}

function forestOf({ matrix, target }: Cohort) {
  return { y: Array.from(target.y), trees: 500, mtry: Math.floor(Math.sqrt(matrix.p)), node: 1, seed: 1 };
}

function drawsOf(cohort: Cohort, resamples: number): number[][] {
  return exampleDraws(cohort, resamples).map(({ rows }) => Array.from(rows, (i) => i + 1));
}

function agreementOf(ours: Record<string, number[][]>, theirs: Selected): string {
  const share = (method: string) => meanOverlap(ours[method]!, theirs[method]!.map(listOf)).toFixed(2);
  return `features: lasso ${share("lasso")}, elastic net ${share("elastic_net")}, forest ${share("rf_importance")}`;
}

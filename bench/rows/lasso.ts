import type { Thread } from "../../packages/engine/src/part.ts";
import type { Fold } from "../../packages/engine/src/solvers/index.ts";
import { largestGap, meanOverlap, overlap, worstExcess } from "../agreement.ts";
import { type Cohort, makeCohort, otherTarget } from "../cohort.ts";
import { exampleDraws } from "../example-job.ts";
import { benchEntry, benchLasso, foldsOf, type LassoTiming, threadOf } from "../lasso.ts";
import { inPairs } from "../pairs.ts";
import { listOf, type Peer, withPeer } from "../peer.ts";
import type { Comparison } from "../row.ts";
import { type Setting, say } from "./setting.ts";

interface CvAnswer {
  lambda: number[];
  cvm: number[];
  objective: number[];
  active: number | number[];
}

/** Path and cross-validation, and path entry, beside glmnet; the lasso beside scikit-learn as well. */
export async function lassoRows(setting: Setting): Promise<Comparison[]> {
  const cohort = makeCohort(setting.n, setting.p, 2);
  const { peers, quick } = setting;
  const binary = threadOf(cohort.matrix, cohort.target);
  const rows: Comparison[] = [];
  await withPeer(peers.r, cohort.matrix, async (peer) => {
    const pairs = quick ? 2 : 4;
    rows.push(await cvRow({ what: "logistic lasso CV", thread: binary, family: "binomial", l1Ratio: 1, pairs, target: 5 }, peer));
    if (peer !== undefined) rows.push(...(await parallelRow(binary, peer, setting)));
    rows.push(await entryRow(cohort, binary, peer, pairs));
    rows.push(await cvRow({ what: "logistic elastic net (0.5) CV", thread: binary, family: "binomial", l1Ratio: 0.5, pairs }, peer));
    const gaussian = { ...binary, target: otherTarget(cohort, "regression") };
    rows.push(await cvRow({ what: "Gaussian lasso CV", thread: gaussian, family: "gaussian", l1Ratio: 1, pairs }, peer));
    const multinomial = { ...binary, target: otherTarget(cohort, "multiclass") };
    const fewer = quick ? 1 : 2;
    rows.push(
      await cvRow({ what: "multinomial lasso CV, 3 classes", thread: multinomial, family: "multinomial", l1Ratio: 1, pairs: fewer }, peer),
    );
  });
  if (!quick && peers.python !== undefined) {
    rows.push(await withPeer(peers.python, cohort.matrix, (peer) => scikitRow(binary, peer!)));
  }
  return rows;
}

interface CvWork {
  readonly what: string;
  readonly thread: Thread;
  readonly family: "binomial" | "gaussian" | "multinomial";
  readonly l1Ratio: number;
  readonly pairs: number;
  readonly target?: number;
}

async function cvRow(cv: CvWork, peer: Peer | undefined): Promise<Comparison> {
  say(cv.what);
  const { thread, l1Ratio } = cv;
  const folds = foldsOf(thread);
  const ours = () => benchLasso(thread, folds, { l1Ratio });
  ours();
  const work = `${cv.what}: 5 folds, 100 lambdas, 1 thread`;
  const target = cv.target === undefined ? {} : { target: { ratio: cv.target } };
  if (peer === undefined) return { work, ours: ours().seconds, ...target };
  const pairs = await inPairs(cv.pairs, ours, () => peer.ask<CvAnswer>("cv", questionOf(cv, folds)));
  return {
    work,
    ours: pairs.ours,
    peer: "glmnet",
    theirs: pairs.theirs,
    ratio: pairs.ratio,
    agreement: cvAgreement(pairs.a, pairs.b, cv.family === "gaussian" ? variance(thread) : 1),
    ...target,
  };
}

function questionOf({ thread, family, l1Ratio }: Omit<CvWork, "what" | "pairs">, folds: readonly Fold[]) {
  const fold = new Int32Array(thread.matrix.n);
  folds.forEach(({ test }, f) => {
    for (let i = 0; i < test.length; i++) fold[test[i]!] = f + 1;
  });
  return { family, alpha: l1Ratio, y: Array.from(yOf(thread)), folds: Array.from(fold) };
}

/** Both fit the whole path at the same lambdas; the folds of glmnet have lambdas of their own, between which it interpolates. */
function cvAgreement({ path, curve }: LassoTiming, peer: CvAnswer, unit: number): string {
  const cvm = peer.cvm.map((value) => value / unit);
  const gap = largestGap(curve.deviance, cvm) / curve.deviance[0]!;
  const objective = worstExcess(
    path.steps.map((step) => step.objective),
    peer.objective,
  );
  const shared = overlap(path.steps[curve.min]!.features, listOf(peer.active));
  return `objective ${signed(objective)}, CV curve ${(100 * gap).toFixed(1)} %, features ${shared.toFixed(2)}`;
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${value.toExponential(0)}`;
}

/** cv.glmnet forks a process for each fold; we have one thread all the same. */
async function parallelRow(thread: Thread, peer: Peer, { threads, quick }: Setting): Promise<Comparison[]> {
  const { doMC } = await peer.ask<{ doMC: boolean }>("versions");
  if (!doMC) process.stderr.write("left out: cv.glmnet(parallel = TRUE), R's doMC is not installed\n");
  if (!doMC) return [];
  say("cv.glmnet(parallel = TRUE)");
  const folds = foldsOf(thread);
  const question = { ...questionOf({ thread, family: "binomial", l1Ratio: 1 }, folds), threads };
  const pairs = await inPairs(
    quick ? 2 : 4,
    () => clocked(benchLasso(thread, folds, { l1Ratio: 1 })),
    async () => clocked(await peer.ask<CvAnswer>("cv", question)),
  );
  return [
    {
      work: "the same, by the clock: 1 thread beside their parallel = TRUE",
      ours: pairs.ours,
      peer: `glmnet, ${threads} processes`,
      theirs: pairs.theirs,
      ratio: pairs.ratio,
      target: { ratio: 4 },
      note: "Not equal work: the folds of one study are not spread over threads here (units are), so that one of our threads stands beside all of theirs.",
    },
  ];
}

function clocked<T extends { elapsed?: number }>(timing: T): T & { seconds: number } {
  return { ...timing, seconds: timing.elapsed! };
}

async function entryRow(cohort: Cohort, thread: Thread, peer: Peer | undefined, pairs: number): Promise<Comparison> {
  say("path entry");
  const draws = exampleDraws(cohort, 5);
  const ours = () => benchEntry(thread, draws, 50);
  ours();
  const work = "lasso path until 50 features entered, 5 half-samples, 1 thread";
  if (peer === undefined) return { work, ours: ours().seconds };
  const question = {
    family: "binomial",
    alpha: 1,
    q: 50,
    y: Array.from(yOf(thread)),
    draws: draws.map(({ rows }) => Array.from(rows, (i) => i + 1)),
  };
  const both = await inPairs(pairs, ours, () => peer.ask<{ entered: number[][] }>("entry", question));
  const shared = meanOverlap(both.a.entered, both.b.entered);
  return {
    work,
    ours: both.ours,
    peer: "glmnet dfmax",
    theirs: both.theirs,
    ratio: both.ratio,
    agreement: `features ${shared.toFixed(2)}`,
    note: "glmnet stops after more than 50 features, we at 50 or more; the overlap counts all that entered.",
  };
}

async function scikitRow(thread: Thread, peer: Peer): Promise<Comparison> {
  say("scikit-learn's lasso CV (minutes)");
  const folds = foldsOf(thread);
  const ours = benchLasso(thread, folds, { l1Ratio: 1 });
  const lambda = ours.path.steps.map((step) => step.lambda);
  const question = { ...questionOf({ thread, family: "binomial", l1Ratio: 1 }, folds), lambda };
  const theirs = await peer.ask<{ cvm: number[]; active: number[] }>("cv", question);
  const gap = largestGap(ours.curve.deviance, theirs.cvm) / ours.curve.deviance[0]!;
  const shared = overlap(ours.path.steps[ours.curve.min]!.features, theirs.active);
  return {
    work: `logistic lasso CV: 5 folds, ${lambda.length} lambdas, 1 thread`,
    ours: ours.seconds,
    peer: "scikit-learn, liblinear",
    theirs: theirs.seconds,
    ratio: theirs.seconds / ours.seconds,
    agreement: `CV curve ${(100 * gap).toFixed(1)} %, features ${shared.toFixed(2)}`,
    note: "One run. LogisticRegressionCV at our lambdas (C = 1 / (n lambda)), default tolerance, columns scaled once; liblinear penalises the intercept too.",
  };
}

function yOf({ target }: Thread): ArrayLike<number> {
  if (!("y" in target)) throw new Error("no such row");
  return target.y;
}

function variance(thread: Thread): number {
  const y = Array.from(yOf(thread));
  const mean = y.reduce((a, b) => a + b, 0) / y.length;
  return y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length;
}

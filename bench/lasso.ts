/*
 * Our lasso and glmnet on the same matrix, one thread each: the path with cross-validation (100 lambdas, 5 folds, the same
 * folds on both sides), and the first 50 features to enter the path on half-samples.
 *
 *   node bench/lasso.ts [n] [p] [halves]        defaults 412 20531 5; PEER=off leaves glmnet out
 *
 * `benchLasso` and `benchEntry` are what a larger benchmark calls.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Arena, instantiate } from "@omicselector2/kernels";
import { scratchOf } from "../packages/engine/src/matrix.ts";
import { type Draw, type Thread, withTrainingPart } from "../packages/engine/src/part.ts";
import { Rng } from "../packages/engine/src/random.ts";
import { halfSample } from "../packages/engine/src/resampling/half-sample.ts";
import {
  type CrossValidation,
  crossValidate,
  type Fold,
  fitPenalized,
  innerFolds,
  type PenalizedPath,
} from "../packages/engine/src/solvers/index.ts";
import { type Cohort, makeCohort, writeCohort } from "./cohort.ts";

export interface LassoTiming {
  seconds: number;
  /** of which the path on all samples */
  pathSeconds: number;
  path: PenalizedPath;
  curve: CrossValidation;
  folds: Fold[];
}

/** The path on all samples, then its deviance over five folds. */
export function benchLasso(thread: Thread, l1Ratio = 1, seed = 1): LassoTiming {
  return onPart(thread, everyone(thread.matrix.n), (part) => {
    const folds = innerFolds(part, 5, undefined, Rng.from(seed, "bench folds"));
    const start = performance.now();
    const path = fitPenalized(part, { l1Ratio });
    const pathSeconds = (performance.now() - start) / 1000;
    const lambdas = path.steps.map((step) => step.lambda);
    const curve = crossValidate(part, folds, lambdas, { l1Ratio });
    return { seconds: (performance.now() - start) / 1000, pathSeconds, path, curve, folds };
  });
}

export interface EntryTiming {
  /** of all draws together */
  seconds: number;
  /** for each draw the features that entered */
  entered: number[][];
}

/** The path on each draw, until `q` features have entered. */
export function benchEntry(thread: Thread, draws: readonly Draw[], q = 50, l1Ratio = 1): EntryTiming {
  const start = performance.now();
  const entered = draws.map((draw) =>
    onPart(thread, draw, (part) => {
      const { entry } = fitPenalized(part, { l1Ratio, enough: (_step, count) => count >= q });
      return Array.from(entry.keys()).filter((j) => entry[j]! >= 0);
    }),
  );
  return { seconds: (performance.now() - start) / 1000, entered };
}

export function threadOf({ matrix, target }: Cohort): Thread {
  const { start, end } = scratchOf(matrix, 0, 1);
  return { matrix, target, kernels: instantiate(matrix.memory), arena: new Arena(matrix.memory, start, end) };
}

function onPart<T>(thread: Thread, draw: Draw, body: Parameters<typeof withTrainingPart<T>>[3]): T {
  return withTrainingPart(thread, draw, "none", body);
}

function everyone(n: number): Draw {
  return { rows: Uint32Array.from({ length: n }, (_, i) => i), counts: new Uint32Array(n).fill(1) };
}

interface Peer {
  version: string;
  cv_s: number;
  path_s: number;
  entry_s: number;
  lambda: number[];
  cvm: number[];
  nonzero: number[];
  active_at_min: number[];
  entered: number[][];
}

/** glmnet on the same matrix, folds and half-samples. */
function glmnet(cohort: Cohort, folds: readonly Fold[], draws: readonly Draw[]): Peer {
  const folder = mkdtempSync(join(tmpdir(), "lasso-"));
  try {
    writeCohort(cohort, folder);
    const fold = new Int32Array(cohort.matrix.n);
    folds.forEach(({ test }, f) => {
      for (let i = 0; i < test.length; i++) fold[test[i]!] = f + 1;
    });
    writeFileSync(join(folder, "folds.txt"), Array.from(fold).join("\n"));
    writeFileSync(join(folder, "halves.txt"), draws.map(({ rows }) => Array.from(rows, (i) => i + 1).join(" ")).join("\n"));
    execFileSync("Rscript", [join(import.meta.dirname, "peers", "glmnet-lasso.R"), folder], { stdio: "inherit" });
    return JSON.parse(readFileSync(join(folder, "out.json"), "utf8")) as Peer;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Shared over all of both. */
function overlap(a: Iterable<number>, b: Iterable<number>): number {
  const [left, right] = [new Set(a), new Set(b)];
  const shared = Array.from(left).filter((j) => right.has(j)).length;
  return shared / Math.max(1, left.size + right.size - shared);
}

function main([n = "412", p = "20531", halves = "5"]: string[]): void {
  const cohort = makeCohort(Number(n), Number(p), 1);
  const thread = threadOf(cohort);
  const population = { n: Number(n), strata: cohort.target.y };
  const draws = Array.from({ length: Number(halves) }, (_, b) => halfSample(population, Rng.from(1, "halves", b)));
  benchEntry(thread, draws.slice(0, 1));
  const ours = benchLasso(thread);
  const entry = benchEntry(thread, draws);
  const { path, curve } = ours;
  const best = path.steps[curve.min]!;
  console.log(
    JSON.stringify({
      ours_cv_s: ours.seconds,
      ours_path_s: ours.pathSeconds,
      ours_entry_s_each: entry.seconds / draws.length,
      lambdas: path.steps.length,
      nonzero_at_min: best.features.length,
      lambda_min: best.lambda,
    }),
  );
  if (process.env.PEER === "off") return;
  const peer = glmnet(cohort, ours.folds, draws);
  const common = Math.min(peer.cvm.length, curve.deviance.length);
  const gaps = Array.from({ length: common }, (_, k) => Math.abs(peer.cvm[k]! - curve.deviance[k]!));
  console.log(
    JSON.stringify({
      glmnet: peer.version,
      glmnet_cv_s: peer.cv_s,
      glmnet_path_s: peer.path_s,
      glmnet_entry_s_each: peer.entry_s / draws.length,
      ratio_cv: peer.cv_s / ours.seconds,
      ratio_entry: peer.entry_s / entry.seconds,
      lambdas: peer.lambda.length,
      largest_gap_of_cv_deviance: Math.max(...gaps),
      active_overlap_at_min: overlap(peer.active_at_min, best.features),
      entered_overlap: draws.reduce((sum, _, b) => sum + overlap(peer.entered[b]!, entry.entered[b]!), 0) / draws.length,
    }),
  );
}

if (import.meta.main) main(process.argv.slice(2));

/*
 * Our random forest and ranger on the same matrix: core-seconds (processor time, so that a busy machine counts less) with one
 * thread each, and how far the importances agree.
 *
 *   node bench/forest.ts [n] [p] [trees] [task]        defaults 412 20531 500 binary
 *
 * `benchForest` is what a larger benchmark calls.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Arena, instantiate } from "@omicselector2/kernels";
import { allocateMatrix, column, countMissing, scratchOf } from "../packages/engine/src/matrix.ts";
import { type Thread, withTrainingPart } from "../packages/engine/src/part.ts";
import { Rng } from "../packages/engine/src/random.ts";
import type { Target } from "../packages/engine/src/target.ts";
import { type ForestOptions, growForest } from "../packages/engine/src/trees/forest.ts";
import { type OutOfBag, outOfBag } from "../packages/engine/src/trees/out-of-bag.ts";
import { prepareRanks } from "../packages/engine/src/trees/ranks.ts";

export interface ForestTiming {
  /** core-seconds: ranking the matrix, once a thread; growing the forest */
  rankSeconds: number;
  seconds: number;
  importance: Float64Array;
  oob: OutOfBag;
}

function coreSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** One forest on the given rows (all when left out) of a thread's matrix. */
export function benchForest(thread: Thread, options: ForestOptions, seed = 1, rows?: Uint32Array): ForestTiming {
  const all = rows ?? Uint32Array.from({ length: thread.matrix.n }, (_, i) => i);
  const start = coreSeconds();
  prepareRanks(thread);
  const ranked = coreSeconds();
  return withTrainingPart(thread, { rows: all, counts: new Uint32Array(all.length).fill(1) }, "none", (part) => {
    const forest = growForest(part, options, Rng.from(seed, "bench"));
    const seconds = coreSeconds() - ranked;
    return { rankSeconds: ranked - start, seconds, importance: forest.importance, oob: outOfBag(part, forest) };
  });
}

/** Sums of four uniforms, the first 20 features shifted by class: like a log-scaled cohort, and the same everywhere. */
export function benchThread(n: number, p: number, task: "binary" | "regression"): Thread {
  const names = Array.from({ length: p }, (_, j) => `g${j}`);
  const matrix = allocateMatrix(n, names, 1);
  const rng = Rng.from(7, "bench", n, p);
  const y = Int32Array.from({ length: n }, () => rng.below(2));
  for (let j = 0; j < p; j++) {
    const values = column(matrix, j);
    for (let i = 0; i < n; i++) {
      const uniforms = rng.uint32() + rng.uint32() + rng.uint32() + rng.uint32();
      values[i] = uniforms / 2 ** 32 + (j < 20 ? 0.3 * y[i]! : 0);
    }
  }
  countMissing(matrix);
  const response = Float64Array.from(y, (code) => code + rng.uniform());
  const target: Target = task === "binary" ? { task, classes: ["a", "b"], y } : { task, y: response };
  const { start, end } = scratchOf(matrix, 0, 1);
  return { matrix, target, kernels: instantiate(matrix.memory), arena: new Arena(matrix.memory, start, end) };
}

interface Peer {
  seconds: number;
  version: string;
  oob: number;
  importance: number[];
}

/** ranger on one thread, on the matrix as it lies in memory. */
function ranger(thread: Thread, options: ForestOptions): Peer {
  const { matrix, target } = thread;
  const folder = mkdtempSync(join(tmpdir(), "forest-"));
  try {
    const raw = new Float32Array(matrix.n * matrix.p);
    for (let j = 0; j < matrix.p; j++) raw.set(column(matrix, j), j * matrix.n);
    writeFileSync(join(folder, "x.f32"), raw);
    writeFileSync(join(folder, "y.f64"), Float64Array.from((target as { y: ArrayLike<number> }).y));
    const numbers = [matrix.n, matrix.p, options.trees, options.mtry, options.minNodeSize].map(String);
    const script = join(import.meta.dirname, "peers", "ranger.R");
    execFileSync("Rscript", [script, folder, ...numbers, target.task], { stdio: "inherit" });
    return JSON.parse(readFileSync(join(folder, "out.json"), "utf8")) as Peer;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function topOverlap(a: ArrayLike<number>, b: ArrayLike<number>, k: number): number {
  const top = (v: ArrayLike<number>) =>
    Array.from(v, (value, j) => [value, j] as const)
      .sort((x, y) => y[0] - x[0])
      .slice(0, k)
      .map(([, j]) => j);
  const set = new Set(top(a));
  return top(b).filter((j) => set.has(j)).length / k;
}

function main([n = "412", p = "20531", trees = "500", task = "binary"]: string[]): void {
  const regression = task === "regression";
  const thread = benchThread(Number(n), Number(p), regression ? "regression" : "binary");
  const mtry = Math.floor(regression ? Number(p) / 3 : Math.sqrt(Number(p)));
  const base = { trees: Number(trees), mtry, minNodeSize: regression ? 5 : 1, maxDepth: undefined, classWeight: false };
  const options = { ...base, importance: "impurity" as const };
  const ours = benchForest(thread, options);
  const half = Uint32Array.from({ length: Math.floor(Number(n) / 2) }, (_, i) => 2 * i);
  const halved = benchForest(thread, options, 1, half);
  const peer = process.env.PEER === "off" ? undefined : ranger(thread, options);
  const row = { task, n, p, trees, mtry, rank_s: ours.rankSeconds, ours_s: ours.seconds, ours_half_s: halved.seconds };
  console.log(JSON.stringify({ ...row, ours_oob: ours.oob.error }));
  if (peer === undefined) return;
  const agreement = { top20_overlap: topOverlap(ours.importance, peer.importance, 20) };
  console.log(
    JSON.stringify({
      ranger: peer.version,
      ranger_s: peer.seconds,
      ratio: peer.seconds / ours.seconds,
      ranger_oob: peer.oob,
      ...agreement,
    }),
  );
}

if (import.meta.main) main(process.argv.slice(2));

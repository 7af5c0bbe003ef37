import { Arena, instantiate } from "@omicselector2/kernels";
import { allocateMatrix, column, countMissing, scratchOf } from "../src/matrix.ts";
import { type Draw, type Thread, type TrainingPart, withTrainingPart } from "../src/part.ts";
import type { Impute } from "../src/preprocess/impute.ts";
import { Rng } from "../src/random.ts";
import type { AnySelector, Ranking, Selector, SharedOptions } from "../src/selectors/define.ts";
import type { Target } from "../src/target.ts";

export interface Covariates {
  readonly names: readonly string[];
  readonly columns: readonly ArrayLike<number>[];
}

/** A thread over a small matrix. @param columns  p arrays of n values (rounded to float32), NaN where missing */
export function testThread(
  columns: readonly ArrayLike<number>[],
  names: readonly string[],
  target: Target,
  covariates: Covariates = { names: [], columns: [] },
): Thread {
  const n = columns[0]!.length;
  const matrix = allocateMatrix(n, names, 1, covariates.names);
  [...columns, ...covariates.columns].forEach((values, j) => {
    column(matrix, j).set(values);
  });
  countMissing(matrix);
  const { start, end } = scratchOf(matrix, 0, 1);
  return { matrix, target, kernels: instantiate(matrix.memory), arena: new Arena(matrix.memory, start, end) };
}

/** Columns of a table given as rows. */
export function columnsOf(rows: readonly ArrayLike<number>[]): Float64Array[] {
  return Array.from({ length: rows[0]!.length }, (_, j) => Float64Array.from(rows, (row) => row[j]!));
}

/** `f1`, `f2`, ... in an order that is also their order by name. */
export function featureNames(p: number): string[] {
  return Array.from({ length: p }, (_, j) => `f${String(j + 1).padStart(String(p).length, "0")}`);
}

/** A target of class codes. */
export function classTarget(y: ArrayLike<number>, classes: readonly string[] = ["a", "b", "c", "d", "e"]): Target {
  const codes = Int32Array.from(y);
  const present = codes.reduce((most, code) => Math.max(most, code), 0) + 1;
  return { task: present > 2 ? "multiclass" : "binary", classes: classes.slice(0, present), y: codes };
}

/** Every sample once, or those given. @param counts  how often each was drawn; once when left out */
export function draw(rows: number | ArrayLike<number>, counts?: ArrayLike<number>): Draw {
  const list = typeof rows === "number" ? Uint32Array.from({ length: rows }, (_, i) => i) : Uint32Array.from(rows);
  return { rows: list, counts: counts === undefined ? new Uint32Array(list.length).fill(1) : Uint32Array.from(counts) };
}

/** Runs `body` on a training part: all samples unless `samples` says otherwise. */
export function withPart<T>(
  thread: Thread,
  body: (part: TrainingPart) => T,
  samples = draw(thread.matrix.n),
  impute: Impute = "median",
): T {
  return withTrainingPart(thread, samples, impute, body);
}

export const sharedDefaults: SharedOptions = {
  nFeatures: 50,
  scale: "auto",
  classWeight: false,
  byPathEntry: false,
  innerFolds: 5,
  groups: undefined,
};

export interface RankRequest {
  options?: Record<string, unknown>;
  shared?: Partial<SharedOptions>;
  samples?: Draw;
  impute?: Impute;
  seed?: number;
}

/** What a selector answers on a thread, its options checked as in a study. */
export function rank(selector: AnySelector, thread: Thread, request: RankRequest = {}): Ranking {
  const { options = {}, shared = {}, samples = draw(thread.matrix.n), impute = "median", seed = 42 } = request;
  const method = selector as unknown as Selector<unknown>;
  const parsed = method.options.parse(options);
  return withTrainingPart(thread, samples, impute, (part) =>
    method.select(part, parsed, { ...sharedDefaults, ...shared }, Rng.from(seed, method.id)),
  );
}

/** A standard normal deviate; for test data only (the host's logarithm and cosine are not the same everywhere). */
export function normalDeviate(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.uniform())) * Math.cos(2 * Math.PI * rng.uniform());
}

/** p columns of n standard normal values. */
export function noise(n: number, p: number, seed = 1): Float64Array[] {
  const rng = Rng.from(seed, "noise");
  return Array.from({ length: p }, () => Float64Array.from({ length: n }, () => normalDeviate(rng)));
}

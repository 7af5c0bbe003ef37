import type { Draw } from "../src/part.ts";
import { Rng } from "../src/random.ts";
import type { AnySelector } from "../src/selectors/define.ts";
import { type Target, type Task, takeTarget } from "../src/target.ts";
import { classTarget, featureNames, normalDeviate, rank, testThread } from "./thread.ts";

/** Samples, their features and what is to be told; features are named so that the columns can change places. */
export interface Cohort {
  readonly columns: readonly Float64Array[];
  readonly names: readonly string[];
  readonly target: Target;
  /** of each sample: what the planted features follow */
  readonly told: readonly Float64Array[];
}

export interface CohortShape {
  readonly task: Task;
  readonly n: number;
  readonly p: number;
  /** the first so many features tell the target */
  readonly planted: number;
  /** difference that a class, or a standard deviation of a number, makes to them, in standard deviations of the rest */
  readonly effect: number;
  readonly seed: number;
}

/** Multiples of 2^-10, so that scaling by a power of two and shifting by an eighth is exact in float32. */
const onGrid = (value: number) => Math.round(value * 1024) / 1024;

export function cohortOf({ task, n, p, planted, effect, seed }: CohortShape): Cohort {
  const rng = Rng.from(seed, "cohort");
  const normal = () => onGrid(normalDeviate(rng));
  const k = task === "multiclass" ? 3 : 2;
  const codes = rng.shuffle(Array.from({ length: n }, (_, i) => i % k));
  const y = Float64Array.from({ length: n }, normal);
  const byNumber = task === "regression" || task === "survival";
  // of several classes each is told by features of its own
  const told = byNumber ? [y] : Array.from({ length: k === 2 ? 1 : k }, (_, g) => Float64Array.from(codes, (code) => (code === g ? 1 : 0)));
  const columns = Array.from({ length: p }, (_, j) => {
    const size = j < planted ? effect * (j % 2 === 0 ? 1 : -1) : 0;
    return told[j % told.length]!.map((value) => onGrid(size * value + normal()));
  });
  const target: Target =
    task === "regression"
      ? { task, y }
      : task === "survival"
        ? {
            task,
            time: y.map((value) => Math.max(1 / 1024, 6 - value + 0.5 * normal())),
            event: Uint8Array.from(y, () => (rng.below(5) === 0 ? 0 : 1)),
          }
        : task === "unsupervised"
          ? { task, n }
          : classTarget(codes);
  return { columns, names: featureNames(p), target, told };
}

/** Every column with mean 0 and variance 1, so that planted features differ from the rest in nothing but what they tell. */
export function standardised(cohort: Cohort): Cohort {
  const columns = cohort.columns.map((values) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    return values.map((value) => (value - mean) / sd);
  });
  return { ...cohort, columns };
}

export function rowsIn(order: readonly number[], cohort: Cohort): Cohort {
  const columns = cohort.columns.map((values) => Float64Array.from(order, (i) => values[i]!));
  return { ...cohort, columns, target: takeTarget(cohort.target, order) };
}

export function columnsIn(order: readonly number[], cohort: Cohort): Cohort {
  return { ...cohort, columns: order.map((j) => cohort.columns[j]!), names: order.map((j) => cohort.names[j]!) };
}

/** The target alone in another order. */
export function targetIn(order: readonly number[], cohort: Cohort): Cohort {
  return { ...cohort, target: takeTarget(cohort.target, order) };
}

export function shuffled(n: number, seed: number, path = "order"): number[] {
  return Rng.from(seed, path).shuffle(Array.from({ length: n }, (_, i) => i));
}

export interface Answer {
  /** best first */
  readonly names: readonly string[];
  readonly scores: readonly number[];
}

export interface Question {
  readonly options?: Record<string, unknown>;
  readonly nFeatures?: number;
  readonly seed?: number;
  readonly samples?: Draw;
}

/** What a selector answers, by the features' names; all of them unless fewer are asked for. */
export function answer(selector: AnySelector, { columns, names, target }: Cohort, question: Question = {}): Answer {
  const { nFeatures = columns.length, ...request } = question;
  const thread = testThread(columns, names, target);
  const { features, scores } = rank(selector, thread, { ...request, shared: { nFeatures } });
  return { names: features.map((j) => names[j]!), scores };
}

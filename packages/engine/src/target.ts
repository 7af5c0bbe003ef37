import { EngineError } from "./errors.ts";

/** What is to be predicted. Codes index `classes`; for `binary` class 1 is the positive one. */
export type Target =
  | { readonly task: "binary" | "multiclass"; readonly classes: readonly string[]; readonly y: Int32Array }
  | { readonly task: "regression"; readonly y: Float64Array }
  /** time > 0 to the event (event 1) or to the last sight without one (event 0) */
  | { readonly task: "survival"; readonly time: Float64Array; readonly event: Uint8Array }
  /** n samples and nothing to predict */
  | { readonly task: "unsupervised"; readonly n: number };

export type Task = Target["task"];

/** Targets that give every sample a class or a number. */
export type LabelledTarget = Extract<Target, { y: unknown }>;

export function isLabelled(target: Target): target is LabelledTarget {
  return target.task !== "survival" && target.task !== "unsupervised";
}

/** Targets that there is something to predict of. */
export type SupervisedTarget = Exclude<Target, { task: "unsupervised" }>;

/** @throws EngineError  method_task */
export function supervised(target: Target): SupervisedTarget {
  if (target.task !== "unsupervised") return target;
  throw new EngineError("method_task", "there is no target to predict; name one, or use an unsupervised method");
}

/** Samples that a target describes. */
export function sizeOf(target: Target): number {
  if (target.task === "unsupervised") return target.n;
  return target.task === "survival" ? target.time.length : target.y.length;
}

/** What the dealing keeps balanced: the class, or whether the event was seen. */
export function strataOf(target: Target): Int32Array | undefined {
  if (target.task === "survival") return Int32Array.from(target.event);
  return target.task === "binary" || target.task === "multiclass" ? target.y : undefined;
}

/** The target of some samples, in the order of `rows`. */
export function takeTarget(target: Target, rows: ArrayLike<number>): Target {
  if (target.task === "unsupervised") return { task: target.task, n: rows.length };
  if (target.task === "survival") {
    return { task: target.task, time: take(target.time, rows, Float64Array), event: take(target.event, rows, Uint8Array) };
  }
  if (target.task === "regression") return { task: target.task, y: take(target.y, rows, Float64Array) };
  return { task: target.task, classes: target.classes, y: take(target.y, rows, Int32Array) };
}

function take<T extends { [index: number]: number }>(from: T, rows: ArrayLike<number>, Kind: new (length: number) => T): T {
  const out = new Kind(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = from[rows[i]!]!;
  return out;
}

/** What is to be predicted. Codes index `classes`; for `binary` class 1 is the positive one. */
export type Target =
  | { readonly task: "binary" | "multiclass"; readonly classes: readonly string[]; readonly y: Int32Array }
  | { readonly task: "regression"; readonly y: Float64Array }
  /** time > 0 to the event (event 1) or to the last sight without one (event 0) */
  | { readonly task: "survival"; readonly time: Float64Array; readonly event: Uint8Array };

export type Task = Target["task"] | "unsupervised";

/** Samples that a target describes. */
export function sizeOf(target: Target): number {
  return target.task === "survival" ? target.time.length : target.y.length;
}

/** The target of some samples, in the order of `rows`. */
export function takeTarget(target: Target, rows: ArrayLike<number>): Target {
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

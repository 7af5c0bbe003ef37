import type { TrainingPart } from "../part.ts";
import { isLabelled } from "../target.ts";
import type { Forest } from "./forest.ts";

/** How well trees predict the samples that they did not draw; each sample counts as often as the part holds it. */
export interface OutOfBag {
  /** share of samples that at least one tree did not draw */
  readonly covered: number;
  /** share of wrong classes, or mean squared error; null when no sample is covered */
  readonly error: number | null;
  /** area under the ROC curve, mid-ranks; binary only */
  readonly auc: number | null;
  /** 1 - error / variance; regression only */
  readonly r2: number | null;
}

export function outOfBag(part: TrainingPart, forest: Forest): OutOfBag {
  const { counts, target } = part;
  let total = 0;
  let draws = 0;
  let loss = 0;
  for (let i = 0; i < part.m; i++) {
    draws += counts[i]!;
    if (Number.isNaN(forest.outOfBag[i * forest.width])) continue;
    total += counts[i]!;
    loss += counts[i]! * (target.task === "regression" ? squaredError(forest, target.y, i) : wrongShare(forest, classOf(part, i), i));
  }
  const error = total > 0 ? loss / total : null;
  return {
    covered: total / draws,
    error,
    auc: target.task === "binary" ? auc(part, forest) : null,
    r2: target.task === "regression" && error !== null ? rSquared(part, forest, error) : null,
  };
}

function classOf(part: TrainingPart, i: number): number {
  const { target } = part;
  if (!isLabelled(target)) throw new Error("survival times have no classes");
  return target.y[i]!;
}

function squaredError(forest: Forest, y: Float64Array, i: number): number {
  const error = y[i]! - forest.outOfBag[i]!;
  return error * error;
}

/** 0 when the most voted class is right, 1 when not; where several are most voted, the share of the wrong among them. */
function wrongShare(forest: Forest, k: number, i: number): number {
  const { width } = forest;
  const votes = forest.outOfBag.subarray(i * width, (i + 1) * width);
  const most = votes.reduce((a, b) => Math.max(a, b), 0);
  const tied = votes.reduce((a, b) => a + (b === most ? 1 : 0), 0);
  return votes[k] === most ? 1 - 1 / tied : 1;
}

function rSquared(part: TrainingPart, forest: Forest, error: number): number | null {
  const values: number[] = [];
  for (let i = 0; i < part.m; i++) {
    if (Number.isNaN(forest.outOfBag[i]) || part.target.task !== "regression") continue;
    for (let c = 0; c < part.counts[i]!; c++) values.push(part.target.y[i]!);
  }
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) * (b - mean), 0) / values.length;
  return variance > 0 ? 1 - error / variance : null;
}

function auc(part: TrainingPart, forest: Forest): number | null {
  const scored: { vote: number; positive: boolean; count: number }[] = [];
  for (let i = 0; i < part.m; i++) {
    const vote = forest.outOfBag[2 * i + 1]!;
    if (!Number.isNaN(vote)) scored.push({ vote, positive: classOf(part, i) === 1, count: part.counts[i]! });
  }
  scored.sort((a, b) => a.vote - b.vote);
  let positives = 0;
  let negatives = 0;
  let wins = 0;
  for (let at = 0; at < scored.length; ) {
    const { vote } = scored[at]!;
    let here = 0;
    let against = 0;
    for (; at < scored.length && scored[at]!.vote === vote; at++) {
      if (scored[at]!.positive) here += scored[at]!.count;
      else against += scored[at]!.count;
    }
    wins += here * (negatives + against / 2);
    positives += here;
    negatives += against;
  }
  return positives > 0 && negatives > 0 ? wins / (positives * negatives) : null;
}

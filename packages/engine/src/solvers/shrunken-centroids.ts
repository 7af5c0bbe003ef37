import ln from "@stdlib/math-base-special-ln";
import type { TrainingPart } from "../part.ts";
import { type PartView, viewOf } from "../part-view.ts";

export interface CentroidOptions {
  /** weights of the m samples, multiplicities included */
  readonly weights: ArrayLike<number>;
  /** columns divided by their standard deviation first; else as they are */
  readonly standardise: boolean;
  /** of the classes: their weights, or all alike */
  readonly priors: "empirical" | "uniform";
}

/** Class centroids as they stand before shrinking; K classes, p features. */
export interface Centroids {
  /** d[K j + k], in units of its standard error; 0 for constant columns */
  readonly d: Float64Array;
  /** largest |d| of each feature over the classes: the threshold at which it leaves the model; NaN where it is constant */
  readonly dies: Float64Array;
  /** pooled standard deviation within classes, p */
  readonly s: Float64Array;
  /** what is added to every s: their median over the features that vary */
  readonly s0: number;
}

interface Model extends Centroids {
  readonly overall: Float64Array;
  /** s_j + s_0, on the scale of the data */
  readonly spread: Float64Array;
  /** sqrt(1/n_k - 1/n) */
  readonly error: Float64Array;
  readonly logPriors: Float64Array;
}

/** Below this share of a column's standard deviation s_j + s_0 is raised to it: classes without any spread inside. */
const LEAST_SPREAD = 1e-6;

/**
 * d_kj = (mean_kj - mean_j) / (m_k (s_j + s_0)), m_k² = 1/n_k - 1/n, s_j² = sum of squares within classes / (n - K).
 *
 * Source: Tibshirani, Hastie, Narasimhan & Chu 2002, PNAS 99:6567; m_k as in their software and in 2003, Stat Sci 18:104 (the
 * variance of mean_kj - mean_j; the paper of 2002 prints a plus).
 * Cost O(n p K).
 */
export function shrunkenCentroids(part: TrainingPart, options: CentroidOptions): Centroids {
  const view = viewOf(part);
  const { d, dies, s, s0 } = modelOf(part, view, Float64Array.from(options.weights), options);
  return { d, dies, s, s0 };
}

function modelOf(part: TrainingPart, view: PartView, weights: Float64Array, { standardise, priors }: CentroidOptions): Model {
  const codes = codesOf(part);
  const K = classCount(part);
  const p = view.p;
  const moments = view.arena.scope(() => {
    const groups = view.arena.f64(K * view.stride);
    for (let i = 0; i < part.m; i++) groups[codes[i]! * view.stride + view.rows[i]!] = weights[i]!;
    const out = view.arena.f64(3 * K * p);
    view.kernels.groupMoments(view.columns, p, groups.byteOffset, K, view.stride, out.byteOffset);
    return Float64Array.from(out);
  });
  const sizes = Float64Array.from({ length: K }, (_, k) => moments[3 * k]!);
  const n = sizes.reduce((a, b) => a + b, 0);
  const overall = new Float64Array(p);
  const s = new Float64Array(p);
  const sd = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    let [mean, within, between] = [0, 0, 0];
    for (let k = 0; k < K; k++) mean += (sizes[k]! / n) * moments[3 * (K * j + k) + 1]!;
    for (let k = 0; k < K; k++) {
      within += moments[3 * (K * j + k) + 2]!;
      between += sizes[k]! * (moments[3 * (K * j + k) + 1]! - mean) ** 2;
    }
    overall[j] = mean;
    s[j] = Math.sqrt(within / Math.max(n - K, Number.MIN_VALUE));
    const total = Math.sqrt((within + between) / n);
    // the means of a constant column differ by rounding at most
    sd[j] = within === 0 && total <= 1e-12 * Math.abs(mean) ? 0 : total;
  }
  const unit = (j: number) => (standardise ? sd[j]! : 1);
  const varying = Array.from(sd.keys()).filter((j) => sd[j]! > 0);
  const s0 = median(Float64Array.from(varying, (j) => s[j]! / unit(j)));
  const error = sizes.map((size) => Math.sqrt(Math.max(1 / size - 1 / n, 0)));
  const d = new Float64Array(K * p);
  const dies = new Float64Array(p).fill(Number.NaN);
  const spread = new Float64Array(p).fill(1);
  for (const j of varying) {
    spread[j] = Math.max(s[j]! + s0 * unit(j), LEAST_SPREAD * sd[j]!);
    dies[j] = 0;
    for (let k = 0; k < K; k++) {
      const value = (moments[3 * (K * j + k) + 1]! - overall[j]!) / (error[k]! * spread[j]!);
      d[K * j + k] = value;
      dies[j] = Math.max(dies[j]!, Math.abs(value));
    }
  }
  const logPriors = sizes.map((size) => ln(priors === "uniform" ? 1 / K : size / n));
  return { d, dies, s, s0, overall, spread, error, logPriors };
}

/** Held-out errors along thresholds; each fold makes its own centroids. */
export interface CentroidErrors {
  readonly thresholds: Float64Array;
  /** share of wrongly classified samples, by weight; as long as `thresholds` */
  readonly error: Float64Array;
  /** index of the largest threshold of those with the smallest error */
  readonly min: number;
}

/**
 * @param thresholds  increasing
 * A sample goes to the class with the smallest sum_j (x_j - centroid_kj)² / (s_j + s_0)² - 2 log prior_k; ties to the first.
 * Cost O(m p K) for each threshold at most: features that are dead in all classes are passed over.
 */
export function crossValidateCentroids(
  part: TrainingPart,
  folds: readonly { readonly train: ArrayLike<number>; readonly test: ArrayLike<number> }[],
  thresholds: Float64Array,
  options: CentroidOptions,
): CentroidErrors {
  const view = viewOf(part);
  const codes = codesOf(part);
  const wrong = new Float64Array(thresholds.length);
  let whole = 0;
  for (const fold of folds) {
    const inside = new Float64Array(part.m);
    for (let t = 0; t < fold.train.length; t++) inside[fold.train[t]!] = options.weights[fold.train[t]!]!;
    const model = modelOf(part, view, inside, options);
    const test = Array.from(fold.test);
    for (const i of test) whole += options.weights[i]!;
    thresholds.forEach((threshold, at) => {
      classify(view, model, threshold, test).forEach((code, t) => {
        if (code !== codes[test[t]!]) wrong[at]! += options.weights[test[t]!]!;
      });
    });
  }
  const error = wrong.map((sum) => sum / whole);
  let min = 0;
  for (let at = 1; at < error.length; at++) if (error[at]! <= error[min]!) min = at;
  return { thresholds, error, min };
}

/** Class codes of some samples of the part. */
function classify(
  view: PartView,
  { d, dies, overall, spread, error, logPriors }: Model,
  threshold: number,
  test: readonly number[],
): number[] {
  const K = logPriors.length;
  const addresses = new Uint32Array(view.kernelsMemory, view.columns, view.p);
  const distance = new Float64Array(test.length * K);
  for (let j = 0; j < view.p; j++) {
    if (!(dies[j]! > threshold)) continue;
    const x = new Float32Array(view.kernelsMemory, addresses[j]!, view.n);
    for (let t = 0; t < test.length; t++) {
      const z = (x[view.rows[test[t]!]!]! - overall[j]!) / spread[j]!;
      for (let k = 0; k < K; k++) {
        const value = d[K * j + k]!;
        const left = Math.max(0, Math.abs(value) - threshold) * error[k]!;
        const gap = z - (value < 0 ? -left : left);
        distance[t * K + k]! += gap * gap;
      }
    }
  }
  return test.map((_, t) => {
    let best = 0;
    for (let k = 1; k < K; k++) if (distance[t * K + k]! - 2 * logPriors[k]! < distance[t * K + best]! - 2 * logPriors[best]!) best = k;
    return best;
  });
}

function codesOf({ target }: TrainingPart): Int32Array {
  if (target.task !== "binary" && target.task !== "multiclass") throw new Error("centroids are of classes");
  return target.y;
}

function classCount({ target }: TrainingPart): number {
  if (target.task !== "binary" && target.task !== "multiclass") throw new Error("centroids are of classes");
  return target.classes.length;
}

function median(values: Float64Array): number {
  if (values.length === 0) return 0;
  const sorted = values.sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

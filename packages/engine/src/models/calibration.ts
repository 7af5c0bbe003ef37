import exp from "@stdlib/math-base-special-exp";
import ln from "@stdlib/math-base-special-ln";
import log1p from "@stdlib/math-base-special-log1p";
import { z } from "zod";
import { EngineError } from "../errors.ts";
import { sigmoid } from "./linear-predictor.ts";

/** Maps from a decision value to a probability, one a class, or one for the second of two; plain data. */
export const calibration = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("platt"), maps: z.array(z.strictObject({ slope: z.number(), intercept: z.number() })) }),
  z.strictObject({ method: z.literal("isotonic"), maps: z.array(z.strictObject({ at: z.array(z.number()), value: z.array(z.number()) })) }),
]);

export type Calibration = z.output<typeof calibration>;

export type CalibrationMethod = Calibration["method"];

/**
 * Learns probabilities from decision values of samples that the model had not seen, each class against the rest.
 *
 * @param method   platt: sigmoid of a line; isotonic: a rising step function, interpolated; wants some hundred samples
 * @param values   one array of n for two classes, else K
 * @param y        n codes
 * @param weights  n, not negative
 */
export function fitCalibration(
  method: CalibrationMethod,
  values: readonly Float64Array[],
  y: Int32Array,
  weights: Float64Array,
): Calibration {
  const own = (k: number) => Float64Array.from(y, (code) => (code === (values.length === 1 ? 1 : k) ? 1 : 0));
  if (method === "platt") return { method, maps: values.map((f, k) => platt(f, own(k), weights)) };
  return { method, maps: values.map((f, k) => isotonic(f, own(k), weights)) };
}

/** K probabilities of n, summing to 1; where every class gets 0, all the same. @param values  as of `fitCalibration` */
export function calibrate({ method, maps }: Calibration, values: readonly Float64Array[]): Float64Array[] {
  const mapped = values.map((f, k) => {
    const map = maps[k]!;
    return f.map("slope" in map ? (x) => sigmoid(map.slope * x + map.intercept) : (x) => interpolated(map, x));
  });
  if (mapped.length !== 1) return normalised(mapped);
  const positive = mapped[0]!;
  // of a sigmoid both sides are kept as they are near 0, where 1 - p would have lost them
  const negative =
    method === "platt" ? values[0]!.map((x) => sigmoid(-(maps[0]!.slope * x + maps[0]!.intercept))) : positive.map((p) => 1 - p);
  return [negative, positive];
}

/** Decision values of probabilities: log odds of the second of two classes, or of each class, held within 1e-12 of 0 and 1. */
export function logOdds(probabilities: readonly Float64Array[]): Float64Array[] {
  const shown = probabilities.length === 2 ? probabilities.slice(1) : probabilities;
  return shown.map((column) =>
    column.map((value) => {
      const p = Math.min(1 - 1e-12, Math.max(1e-12, value));
      return ln(p) - log1p(-p);
    }),
  );
}

/**
 * Platt's sigmoid: the likelihood of targets drawn in from 0 and 1 by a pseudo-count, so that separated values get finite slopes.
 * Damped Newton steps; the function is convex in two parameters.
 * Source: Platt 1999; Lin, Lin & Weng 2007, Mach Learn 68:267.
 */
function platt(f: Float64Array, y: Float64Array, weights: Float64Array): { slope: number; intercept: number } {
  let [positive, negative] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    if (y[i] === 1) positive += weights[i]!;
    else negative += weights[i]!;
  }
  const target = y.map((value) => (value === 1 ? (positive + 1) / (positive + 2) : 1 / (negative + 2)));
  const loss = (slope: number, intercept: number) => {
    let sum = 0;
    for (let i = 0; i < f.length; i++) {
      const eta = slope * f[i]! + intercept;
      sum += weights[i]! * (Math.max(eta, 0) - target[i]! * eta + log1p(exp(-Math.abs(eta))));
    }
    return sum;
  };
  let [slope, intercept] = [0, ln((positive + 1) / (negative + 1))];
  let value = loss(slope, intercept);
  for (let step = 0; step < 200; step++) {
    let [g0, g1, h00, h01, h11] = [0, 0, 1e-12, 0, 1e-12];
    for (let i = 0; i < f.length; i++) {
      const p = sigmoid(slope * f[i]! + intercept);
      const d = weights[i]! * (p - target[i]!);
      const h = weights[i]! * p * (1 - p);
      g0 += d;
      g1 += d * f[i]!;
      h00 += h;
      h01 += h * f[i]!;
      h11 += h * f[i]! * f[i]!;
    }
    const det = h00 * h11 - h01 * h01;
    if (!(det > 0)) return { slope, intercept };
    const [moveSlope, moveIntercept] = [-(h00 * g1 - h01 * g0) / det, -(h11 * g0 - h01 * g1) / det];
    let share = 1;
    let next = loss(slope + moveSlope, intercept + moveIntercept);
    while (next > value && share > 1e-10) {
      share /= 2;
      next = loss(slope + share * moveSlope, intercept + share * moveIntercept);
    }
    if (next > value) break;
    const before = value;
    [slope, intercept, value] = [slope + share * moveSlope, intercept + share * moveIntercept, next];
    const still = Math.abs(moveSlope) <= 1e-12 * Math.abs(slope) && Math.abs(moveIntercept) <= 1e-12 * (1 + Math.abs(intercept));
    if (still || (before === value && step > 20)) break;
  }
  return { slope, intercept };
}

/**
 * The rising function nearest to 0/1 outcomes in squared error, by pooling of adjacent violators; equal values are pooled first.
 * Only the ends of its steps are kept. Source: Zadrozny & Elkan 2002; Barlow et al. 1972.
 */
function isotonic(f: Float64Array, y: Float64Array, weights: Float64Array): { at: number[]; value: number[] } {
  const order = Uint32Array.from(f.keys())
    .filter((i) => weights[i]! > 0)
    .sort((a, b) => f[a]! - f[b]! || a - b);
  const pools: { first: number; last: number; mean: number; weight: number }[] = [];
  for (let from = 0; from < order.length; ) {
    const at = f[order[from]!]!;
    let [hits, weight] = [0, 0];
    for (; from < order.length && f[order[from]!] === at; from++) {
      hits += weights[order[from]!]! * y[order[from]!]!;
      weight += weights[order[from]!]!;
    }
    let pool = { first: at, last: at, mean: hits / weight, weight };
    while (pools.length > 0 && pools.at(-1)!.mean >= pool.mean) {
      const before = pools.pop()!;
      const both = before.weight + pool.weight;
      pool = { ...pool, first: before.first, mean: (before.mean * before.weight + pool.mean * pool.weight) / both, weight: both };
    }
    pools.push(pool);
  }
  const ends = pools.map(({ first, last }) => (first === last ? [first] : [first, last]));
  return { at: ends.flat(), value: pools.flatMap(({ mean }, k) => ends[k]!.map(() => mean)) };
}

/** Between the ends of steps on a line, beyond the outermost flat. */
function interpolated({ at, value }: { at: readonly number[]; value: readonly number[] }, x: number): number {
  let [low, high] = [0, at.length - 1];
  if (!(x > at[low]!)) return value[low]!;
  if (!(x < at[high]!)) return value[high]!;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at[middle]! <= x) low = middle;
    else high = middle;
  }
  return value[low]! + ((value[high]! - value[low]!) * (x - at[low]!)) / (at[high]! - at[low]!);
}

function normalised(columns: readonly Float64Array[]): Float64Array[] {
  const n = columns[0]!.length;
  const out = columns.map((column) => column.slice());
  for (let i = 0; i < n; i++) {
    let mass = 0;
    for (const column of columns) mass += column[i]!;
    for (const column of out) column[i] = mass > 0 ? column[i]! / mass : 1 / columns.length;
  }
  return out;
}

/** @throws EngineError  option_invalid, where out-of-fold values miss a class */
export function refuseOneSided(y: Int32Array, classes: readonly string[], covered: ArrayLike<number>): void {
  const absent = classes.find((_, code) => !y.some((own, i) => own === code && covered[i]! > 0));
  if (absent === undefined) return;
  throw new EngineError("data_unusable", `calibration needs held-out samples of every class; ${absent} has none. Set calibration to none`, [
    "config",
    "calibration",
  ]);
}

import exp from "@stdlib/math-base-special-exp";
import { logChiSquaredUpper } from "./distributions.ts";

/** A survival curve: a step function, 1 before the first time. */
export interface SurvivalCurve {
  /** distinct times with an event, ascending */
  readonly times: Float64Array;
  /** probability of surviving beyond each of them */
  readonly survival: Float64Array;
}

/**
 * Kaplan-Meier estimate of survival, or with `of` "censoring" of not being censored (the reverse estimate): events and
 * censorings change places, events at a time having left the risk set before its censorings.
 * Without events the curve has no step. Cost O(n log n).
 * Source: Kaplan & Meier 1958, JASA 53:457.
 *
 * @param event  not 0 where the event was seen
 */
export function kaplanMeier(time: ArrayLike<number>, event: ArrayLike<number>, of: "events" | "censoring" = "events"): SurvivalCurve {
  const times: number[] = [];
  const survival: number[] = [];
  let value = 1;
  for (const { at, events, censored, risk } of timeTable(time, event)) {
    const [left, exposed] = of === "events" ? [events, risk] : [censored, risk - events];
    if (left === 0) continue;
    value *= (exposed - left) / exposed;
    times.push(at);
    survival.push(value);
  }
  return { times: Float64Array.from(times), survival: Float64Array.from(survival) };
}

/** Survival just before t. */
export function survivalBefore({ times, survival }: SurvivalCurve, t: number): number {
  const count = countUntil(times, (time) => time < t);
  return count === 0 ? 1 : survival[count - 1]!;
}

/** Survival at t, a step at t included. */
export function survivalAt({ times, survival }: SurvivalCurve, t: number): number {
  const count = countUntil(times, (time) => time <= t);
  return count === 0 ? 1 : survival[count - 1]!;
}

/** The first time at which survival is 0.5 or less (of a flat step at 0.5 the middle, as R's survfit); null while it stays above. */
export function medianSurvival({ times, survival }: SurvivalCurve): number | null {
  const k = survival.findIndex((value) => value <= 0.5 + 1e-12);
  if (k < 0) return null;
  const flat = Math.abs(survival[k]! - 0.5) < 1e-12 && k + 1 < times.length;
  return flat ? (times[k]! + times[k + 1]!) / 2 : times[k]!;
}

/**
 * Log-rank test of equal survival in two groups; null where no event could tell them apart.
 * Source: Mantel 1966; Peto & Peto 1972, JRSS A 135:185; as R survival survdiff.
 *
 * @param group  0 or 1
 * @returns chi-squared on 1 degree of freedom, natural log of its p, events seen and expected in group 1
 */
export function logRank(
  time: ArrayLike<number>,
  event: ArrayLike<number>,
  group: ArrayLike<number>,
): { chi2: number; logP: number; observed: number; expected: number } | null {
  const own = (i: number) => group[i] === 1;
  const rows = Array.from({ length: time.length }, (_, i) => i).filter(own);
  const first = timeTable(
    rows.map((i) => time[i]!),
    rows.map((i) => event[i]!),
  );
  let [observed, expected, variance] = [0, 0, 0];
  let k = 0;
  for (const { at, events, risk } of timeTable(time, event)) {
    while (k < first.length && first[k]!.at < at) k++;
    const mine = first[k]?.risk ?? 0;
    if (events === 0) continue;
    observed += first[k]?.at === at ? first[k]!.events : 0;
    expected += (events * mine) / risk;
    if (risk > 1) variance += (((events * mine) / risk) * ((risk - mine) / risk) * (risk - events)) / (risk - 1);
  }
  if (!(variance > 0)) return null;
  const chi2 = (observed - expected) ** 2 / variance;
  return { chi2, logP: logChiSquaredUpper(chi2, 1), observed, expected };
}

/** Distinct times, ascending, with what happened then and how many were at risk just before. */
function timeTable(time: ArrayLike<number>, event: ArrayLike<number>): { at: number; events: number; censored: number; risk: number }[] {
  const n = time.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => time[a]! - time[b]! || a - b);
  const table: { at: number; events: number; censored: number; risk: number }[] = [];
  for (let from = 0; from < n; ) {
    const row = { at: time[order[from]!]!, events: 0, censored: 0, risk: n - from };
    while (from < n && time[order[from]!] === row.at) {
      if (event[order[from++]!] === 0) row.censored++;
      else row.events++;
    }
    table.push(row);
  }
  return table;
}

/** How many entries, ascending, satisfy a condition that holds up to some point. */
function countUntil(values: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(values[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Cumulative baseline hazard of a Cox model: at each time with an event, events over the sum of e^eta at risk, summed up.
 * Survival of a sample of log hazard eta is exp(-hazard(t) e^eta).
 * Source: Breslow 1972, JRSS B 34:216 (discussion of Cox). Cost O(n log n).
 *
 * @param eta  n log hazards
 */
export function baselineHazard(
  time: ArrayLike<number>,
  event: ArrayLike<number>,
  eta: ArrayLike<number>,
): { times: Float64Array; hazard: Float64Array } {
  const n = time.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => time[b]! - time[a]! || a - b);
  const steps: { at: number; rise: number }[] = [];
  let atRisk = 0;
  for (let from = 0; from < n; ) {
    const at = time[order[from]!]!;
    let events = 0;
    for (; from < n && time[order[from]!] === at; from++) {
      atRisk += exp(eta[order[from]!]!);
      if (event[order[from]!] !== 0) events++;
    }
    if (events > 0) steps.push({ at, rise: events / atRisk });
  }
  steps.reverse();
  let sum = 0;
  return {
    times: Float64Array.from(steps, ({ at }) => at),
    hazard: Float64Array.from(steps, ({ rise }) => {
      sum += rise;
      return sum;
    }),
  };
}

import exp from "@stdlib/math-base-special-exp";
import { cIndex } from "../metrics/c-index.ts";
import { integratedBrier } from "../metrics/integrated-brier.ts";
import { timeDependentAuc } from "../metrics/time-dependent-auc.ts";
import { type EventTimes, unoC } from "../metrics/uno-c.ts";
import { baselineHazard } from "../stats/survival.ts";

/** What a survival model knows of its training part. */
export interface TrainedOn {
  readonly target: EventTimes;
  /** log hazards of its samples under the model that is scored */
  readonly risk: Float64Array;
}

/**
 * c_index; and with the training part, from which censoring and baseline hazard are learned, uno_c (events before its largest time),
 * time_dependent_auc (mean of the cumulative/dynamic AUC at the quartiles of its event times) and integrated_brier (over its event
 * times without the first and last tenth, at most 100 of them). Null where the held-out samples cannot tell.
 */
export function survivalMetrics(held: EventTimes, risk: Float64Array, train?: TrainedOn): Record<string, number | null> {
  const c_index = cIndex(held.time, held.event, risk);
  if (train === undefined) return { c_index, uno_c: null, time_dependent_auc: null, integrated_brier: null };
  const times = eventTimes(train.target);
  return {
    c_index,
    uno_c: unoC(train.target, held, risk),
    time_dependent_auc: meanAuc(train.target, held, risk, times),
    integrated_brier: brierOver(train, held, risk, times),
  };
}

/** Why a metric is null, in words; empty where none is. */
export function survivalNotes(metrics: Record<string, number | null>): string[] {
  const missing = Object.keys(metrics).filter((name) => metrics[name] === null);
  if (missing.length === 0) return [];
  return [`${missing.join(", ")}: no held-out event happened while another held-out sample was known to be at risk`];
}

function meanAuc(train: EventTimes, held: EventTimes, risk: Float64Array, times: Float64Array): number | null {
  const values = [0.25, 0.5, 0.75]
    .map((share) => (times.length === 0 ? null : timeDependentAuc(train, held, risk, times[Math.floor(share * (times.length - 1))]!)))
    .filter((value) => value !== null);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function brierOver({ target, risk: own }: TrainedOn, held: EventTimes, risk: Float64Array, times: Float64Array): number | null {
  const distinct = [...new Set(times.slice(Math.floor(0.1 * times.length), Math.ceil(0.9 * times.length)))];
  const count = Math.min(MOST_TIMES, distinct.length);
  const chosen = Array.from({ length: count }, (_, k) => distinct[Math.floor((k * (distinct.length - 1)) / Math.max(1, count - 1))]!);
  const baseline = baselineHazard(target.time, target.event, own);
  let at = -1;
  const predicted = chosen.map((t) => {
    while (at + 1 < baseline.times.length && baseline.times[at + 1]! <= t) at++;
    const hazard = at < 0 ? 0 : baseline.hazard[at]!;
    return risk.map((eta) => exp(-hazard * exp(eta)));
  });
  return integratedBrier(target, held, predicted, chosen);
}

const MOST_TIMES = 100;

/** Times of events, ascending. */
function eventTimes({ time, event }: EventTimes): Float64Array {
  return Float64Array.from(time)
    .filter((_, i) => event[i] !== 0)
    .sort();
}

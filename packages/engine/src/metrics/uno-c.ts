import { kaplanMeier, survivalBefore } from "../stats/survival.ts";
import { weightedConcordance } from "./c-index.ts";

export interface EventTimes {
  readonly time: ArrayLike<number>;
  /** not 0 where the event was seen */
  readonly event: ArrayLike<number>;
}

/**
 * Uno's concordance: as Harrell's, each pair by 1 / G(t)² of its earlier time, G the probability of not being censored before t
 * (Kaplan-Meier, reverse, of the training part), so that it does not depend on how censoring fell. Only events before tau count.
 * Null where no pair is comparable. Cost O(n log n).
 * Source: Uno et al. 2011, Stat Med 30:1105; as R survival concordance(timewt = "n/G2") where both parts are the same.
 *
 * @param train  whose censoring G is learned from
 * @param risk   n, higher for an earlier event, no NaN
 * @param tau    largest time of the training part when left out: beyond it G is not known
 */
export function unoC(train: EventTimes, { time, event }: EventTimes, risk: ArrayLike<number>, tau = largest(train.time)): number | null {
  const censoring = kaplanMeier(train.time, train.event, "censoring");
  return weightedConcordance(time, event, risk, (t) => {
    if (t >= tau) return 0;
    const G = survivalBefore(censoring, t);
    return G > 0 ? 1 / (G * G) : 0;
  });
}

function largest(values: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]!);
  return most;
}

import { kaplanMeier, survivalBefore } from "../stats/survival.ts";
import type { EventTimes } from "./uno-c.ts";

/**
 * Cumulative/dynamic AUC at time t: the chance that a sample with an event by t has a higher risk than one that is still free of
 * it after t, ties half; each event by 1 / G of its time, G the probability of not being censored before it (Kaplan-Meier, reverse,
 * of the training part). Null where either side is empty. Cost O(n log n).
 * Source: Uno et al. 2007, JASA 102:527; Hung & Chiang 2010, Can J Stat 38:8.
 *
 * @param risk  n, higher for an earlier event, no NaN
 */
export function timeDependentAuc(train: EventTimes, { time, event }: EventTimes, risk: ArrayLike<number>, t: number): number | null {
  const censoring = kaplanMeier(train.time, train.event, "censoring");
  const n = time.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => risk[a]! - risk[b]! || a - b);
  let [below, weight, concordant] = [0, 0, 0];
  for (let from = 0; from < n; ) {
    let [to, tied, cases] = [from, 0, 0];
    for (; to < n && risk[order[to]!] === risk[order[from]!]; to++) {
      const i = order[to]!;
      if (time[i]! > t) tied++;
      else if (event[i] !== 0) cases += inverse(survivalBefore(censoring, time[i]!));
    }
    concordant += cases * (below + tied / 2);
    weight += cases;
    below += tied;
    from = to;
  }
  return weight > 0 && below > 0 ? concordant / (weight * below) : null;
}

/** A time that the training part's censoring gives no chance weighs nothing. */
function inverse(G: number): number {
  return G > 0 ? 1 / G : 0;
}

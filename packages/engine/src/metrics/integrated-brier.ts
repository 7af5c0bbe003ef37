import { kaplanMeier, survivalAt, survivalBefore } from "../stats/survival.ts";
import type { EventTimes } from "./uno-c.ts";

/**
 * Integrated Brier score: the squared error of predicted survival, averaged over a span of time; 0 is perfect, 0.25 what a
 * prediction of one half gives. Each sample weighs by the inverse chance of not being censored (Kaplan-Meier, reverse, of the
 * training part):
 *
 *   BS(t) = 1/n sum_i [ (event by t) S_i(t)² / G(before T_i) + (T_i > t) (1 - S_i(t))² / G(t) ]
 *
 * by the trapezoidal rule between the times. Null for fewer than two times, and where G has run out before the last.
 * Source: Graf et al. 1999, Stat Med 18:2529. Cost O(n) a time.
 *
 * @param predicted  for each of the times n probabilities of surviving beyond it
 * @param times      ascending
 */
export function integratedBrier(
  train: EventTimes,
  test: EventTimes,
  predicted: readonly ArrayLike<number>[],
  times: ArrayLike<number>,
): number | null {
  const censoring = kaplanMeier(train.time, train.event, "censoring");
  const count = times.length;
  if (count < 2) return null;
  const before = Float64Array.from(test.time, (t) => survivalBefore(censoring, t));
  const scores = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const G = survivalAt(censoring, times[k]!);
    if (!(G > 0)) return null;
    scores[k] = brierAt(test, predicted[k]!, times[k]!, before, G);
  }
  let area = 0;
  for (let k = 1; k < count; k++) area += ((scores[k]! + scores[k - 1]!) / 2) * (times[k]! - times[k - 1]!);
  return area / (times[count - 1]! - times[0]!);
}

function brierAt({ time, event }: EventTimes, survival: ArrayLike<number>, t: number, before: Float64Array, G: number): number {
  let sum = 0;
  for (let i = 0; i < time.length; i++) {
    const S = survival[i]!;
    if (time[i]! > t) sum += ((1 - S) * (1 - S)) / G;
    else if (event[i] !== 0 && before[i]! > 0) sum += (S * S) / before[i]!;
  }
  return sum / time.length;
}

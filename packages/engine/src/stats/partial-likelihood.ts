import exp from "@stdlib/math-base-special-exp";
import ln from "@stdlib/math-base-special-ln";
import { timeOrder } from "./time-order.ts";

/** A cohort with times to an event; arrays by row, of which only `rows` are read. */
export interface EventTimes {
  readonly rows: ArrayLike<number>;
  readonly time: ArrayLike<number>;
  /** not 0 where the event was seen, 0 where the sample was censored */
  readonly event: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

export interface PartialLoss {
  /**
   * Value of the loss at predictors eta, by row. Fills in u, its negative gradient, and h, the curvature of each sample's own
   * exponential; rows outside the cohort are left alone.
   */
  evaluate(eta: ArrayLike<number>, u: Float64Array, h: Float64Array): number;
  /** rows by time, latest first */
  readonly order: Uint32Array;
  /**
   * of the last evaluation, in that order: w e^(eta - high), high the largest eta up to there; e^(high before - high), what sums are
   * multiplied by as high rises; and with Breslow ties W/S² at the last row of each time, else 0, S in units of e^high.
   * So nothing overflows or fades, however far apart predictors are
   */
  readonly e: Float64Array;
  readonly fade: Float64Array;
  readonly share: Float64Array;
}

/**
 * What a Cox model lacks of the best that any predictors could do, in log partial likelihood (half the deviance):
 *
 *   sum over event times of  W log(S / W) - sum_D w eta,    S = sum over the risk set of w e^eta,  W = sum_D w
 *
 * with Breslow ties; with Efron's, of d events D, W/d sum_l log((S - l/d S_D) / (W (1 - l/d))) in place of the first term.
 * Samples censored at an event time were at risk. With Breslow ties the Hessian is
 *
 *   diag(h) - sum over event times of W/S² e e',   e = w e^eta in the risk set, else 0
 *
 * Cost O(m) after O(m log m) once.
 * Source: Breslow 1974, Biometrics 30:89; Efron 1977, JASA 72:557.
 */
export function partialLoss({ rows, time, event, weights }: EventTimes, ties: "breslow" | "efron"): PartialLoss {
  const { order, tie } = timeOrder(rows, time);
  const m = order.length;
  const e = new Float64Array(m);
  const fade = new Float64Array(m);
  // at the last row of each time: what the hazard rises by there, and what the time's own events are spared of it
  const rise = new Float64Array(m);
  const spared = new Float64Array(m);
  const share = new Float64Array(m);
  const lastOfTime = (k: number) => k + 1 === m || tie[k] !== tie[k + 1];

  /** From the latest time on: risk sets as a running sum. */
  function value(eta: ArrayLike<number>): number {
    let high = m > 0 ? eta[order[0]!]! : 0;
    let [loss, S, SD, W, d] = [0, 0, 0, 0, 0];
    for (let k = 0; k < m; k++) {
      const i = order[k]!;
      const above = eta[i]! - high;
      fade[k] = above > 0 ? exp(-above) : 1;
      e[k] = above > 0 ? weights[i]! : weights[i]! * exp(above);
      if (above > 0) {
        high = eta[i]!;
        S *= fade[k]!;
        SD *= fade[k]!;
        loss += W * above;
      }
      S += e[k]!;
      if (event[i] !== 0) {
        d++;
        W += weights[i]!;
        SD += e[k]!;
        loss -= weights[i]! * (eta[i]! - high);
      }
      if (!lastOfTime(k)) continue;
      rise[k] = 0;
      spared[k] = 0;
      share[k] = 0;
      if (d === 0) continue;
      const terms = ties === "efron" ? d : 1;
      for (let l = 0; l < terms; l++) {
        const part = l / terms;
        const rest = S - part * SD;
        loss += (W / terms) * ln(rest / (W * (1 - part)));
        rise[k]! += W / terms / rest;
        spared[k]! += (part * W) / terms / rest;
      }
      if (ties === "breslow") share[k] = W / S / S;
      [SD, W, d] = [0, 0, 0];
    }
    return loss;
  }

  /** From the first time on: the hazard as a running sum. */
  function derivatives(u: Float64Array, h: Float64Array): void {
    let hazard = 0;
    let own = 0;
    for (let k = m - 1; k >= 0; k--) {
      const i = order[k]!;
      if (lastOfTime(k)) {
        hazard += rise[k]!;
        own = spared[k]!;
      }
      const seen = event[i] !== 0;
      h[i] = e[k]! * (seen ? hazard - own : hazard);
      u[i] = (seen ? weights[i]! : 0) - h[i]!;
      hazard *= fade[k]!;
      own *= fade[k]!;
    }
  }

  return {
    evaluate(eta, u, h) {
      const loss = value(eta);
      derivatives(u, h);
      return loss;
    },
    order,
    e,
    fade,
    share,
  };
}

/** Whether some event happened while a sample was at risk that did not share it: without, there is nothing to learn. */
export function tellsSomething({ rows, time, event }: Omit<EventTimes, "weights">): boolean {
  let first = Number.POSITIVE_INFINITY;
  for (let k = 0; k < rows.length; k++) if (event[rows[k]!] !== 0) first = Math.min(first, time[rows[k]!]!);
  for (let k = 0; k < rows.length; k++) {
    const i = rows[k]!;
    if (time[i]! > first || (time[i] === first && event[i] === 0)) return true;
  }
  return false;
}

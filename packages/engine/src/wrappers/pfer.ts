import type { SelectionConfig } from "@omicselector2/contracts";
import { rConcaveTail } from "./r-concave.ts";

export type StabilityScheme = SelectionConfig["stability"]["scheme"];

export type Assumption = SelectionConfig["stability"]["assumption"];

export interface StabilitySetting {
  /** features before any prefilter */
  readonly p: number;
  /** features selected in each resample, at most */
  readonly q: number;
  /** a feature passes at a selection frequency of at least this; 0..1 */
  readonly threshold: number;
  /** resamples, the two halves of a pair counted apart */
  readonly resamples: number;
  /** about the selection frequencies, for complementary pairs; unimodal when left out */
  readonly assumption?: Assumption;
}

/** An upper bound of a number of features, or null; `note` says what is bounded and under what condition, or why nothing is. */
export interface ErrorBound {
  readonly pfer: number | null;
  readonly note: string;
}

/**
 * Upper bound of the expected number of falsely selected features (per-family error rate) of a stability selection.
 *
 *   subsample            q² / ((2t - 1) p), t > 1/2                        Meinshausen & Buhlmann 2010, J R Stat Soc B 72, 417
 *   complementary_pairs  C(t, B) q² / p, B pairs, by assumption            Shah & Samworth 2013, J R Stat Soc B 75, 55
 *   bootstrap            no bound is known
 */
export function pfer(scheme: StabilityScheme, setting: StabilitySetting): ErrorBound {
  if (scheme === "bootstrap") {
    return none("no bound on false selections is known for bootstrap resamples; use scheme subsample or complementary_pairs for one");
  }
  const { p, q, threshold } = setting;
  if (!(q >= 1 && q < p)) return none(`each resample selects ${q} of ${p} features: where all are selected nothing is bounded; lower q`);
  if (!(threshold > 0.5 && threshold <= 1)) return none(`the bound needs a threshold above 0.5 and at most 1; it is ${threshold}`);
  return scheme === "subsample" ? meinshausenBuhlmann(setting) : shahSamworth(setting);
}

function meinshausenBuhlmann({ p, q, threshold }: StabilitySetting): ErrorBound {
  return bound(
    (q * q) / ((2 * threshold - 1) * p),
    "expected number of false selections, if noise features are exchangeable and no method does worse than guessing (Meinshausen & Buhlmann 2010)",
    q,
    threshold,
  );
}

function shahSamworth(setting: StabilitySetting): ErrorBound {
  const { p, q, threshold, resamples, assumption = "unimodal" } = setting;
  const pairs = Math.floor(resamples / 2);
  if (pairs < 1) return none("complementary pairs need at least two resamples");
  const theta = q / p;
  const what = `expected number of selected features whose selection probability is at most q/p = ${q}/${p}`;
  const source = "(Shah & Samworth 2013)";
  if (assumption === "none") {
    return bound((theta * q) / (2 * threshold - 1), `${what}; nothing assumed ${source}`, q, threshold);
  }
  if (theta > 1 / Math.sqrt(3)) return none(`the ${assumption} bound needs q of at most ${Math.floor(p / Math.sqrt(3))} of ${p} features`);
  if (assumption === "r-concave") {
    const share = Math.min(
      rConcaveTail(theta * theta, 2 * threshold - 1, pairs, -1 / 2),
      rConcaveTail(theta, threshold, 2 * pairs, -1 / 4),
    );
    return bound(p * share, `${what}, if selection frequencies are r-concave ${source}`, q, threshold);
  }
  const factor = unimodalFactor(threshold, pairs, theta);
  if (factor === null) {
    const least = (0.5 + Math.max(1 / pairs, Math.min(theta * theta, 1 / (2 * pairs) + 0.75 * theta * theta))).toFixed(3);
    return none(`the unimodal bound needs a threshold above ${least} with ${pairs} pairs; raise the threshold or n_bootstraps`);
  }
  return bound(factor * theta * q, `${what}, if selection frequencies are unimodal ${source}`, q, threshold);
}

/**
 * C(t, B) of theorem 2: 1 / (2 (2t - 1 - 1/(2B))) up to t = 3/4, 4 (1 - t + 1/(2B)) / (1 + 1/B) above.
 * Null where t is too near to 1/2 for it to hold.
 */
function unimodalFactor(t: number, pairs: number, theta: number): number | null {
  const slack = 1 / (2 * pairs);
  if (t <= 0.5 + Math.min(theta * theta, slack + 0.75 * theta * theta) || 2 * t - 1 - slack <= 0) return null;
  return t <= 0.75 ? 1 / (2 * (2 * t - 1 - slack)) : (4 * (1 - t + slack)) / (1 + 2 * slack);
}

/** No more than q / t features can reach the threshold at all; a bound beyond that is said to be empty. */
function bound(value: number, what: string, q: number, threshold: number): ErrorBound {
  const empty =
    value >= q / threshold
      ? `; no more than ${Math.floor(q / threshold)} can pass, so this says nothing: lower q or raise the threshold`
      : "";
  return { pfer: value, note: `upper bound of the ${what}${empty}` };
}

function none(reason: string): ErrorBound {
  return { pfer: null, note: reason };
}

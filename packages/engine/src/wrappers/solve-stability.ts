import type { SelectionConfig } from "@omicselector2/contracts";
import { EngineError } from "../errors.ts";
import { pfer } from "./pfer.ts";

type Asked = SelectionConfig["stability"];

export interface Solved {
  readonly threshold: number;
  readonly q: number;
}

const THRESHOLD = 0.7;

/**
 * Threshold and q of a stability selection, of which a bound on false selections may leave one to be found:
 * from (threshold, pfer) the largest q, from (q, pfer) the lowest threshold at which the bound is at most pfer.
 * Thresholds that are found are shares of the resamples, so that no other would select differently.
 *
 * @param p       features before any prefilter
 * @param wanted  q where nothing else says it
 * @throws EngineError  option_invalid: all three given, no bound for the scheme, or no solution; the message says which values have one
 */
export function solveStability(asked: Asked, p: number, wanted: number): Solved {
  const most = Math.max(1, p >> 1);
  if (asked.pfer === undefined) return { threshold: asked.threshold ?? THRESHOLD, q: asked.q ?? Math.max(1, Math.min(wanted, most)) };
  if (asked.threshold !== undefined && asked.q !== undefined) {
    throw refused("threshold, q and pfer are all given; give two of them, the third follows");
  }
  if (asked.scheme === "bootstrap") {
    throw refused("no bound on false selections is known for scheme bootstrap; use subsample or complementary_pairs, or leave pfer out");
  }
  const boundOf = (threshold: number, q: number) => boundAt(asked, p, threshold, q);
  return asked.q === undefined
    ? { threshold: asked.threshold ?? THRESHOLD, q: largestQ(asked.pfer, asked.threshold ?? THRESHOLD, most, boundOf) }
    : { q: asked.q, threshold: lowestThreshold(asked.pfer, asked.q, asked.n_bootstraps, boundOf) };
}

/** Kept from rounding: 20² / (0.4 x 1000) is 1 and not a little more. */
function keeps(bound: number | null, most: number): boolean {
  return bound !== null && bound <= most * (1 + 1e-12);
}

type BoundOf = (threshold: number, q: number) => number | null;

function boundAt({ scheme, n_bootstraps: resamples, assumption }: Asked, p: number, threshold: number, q: number): number | null {
  return pfer(scheme, { p, q, threshold, resamples, assumption }).pfer;
}

/** Bounds rise with q, so that bisection finds the last that is low enough. */
function largestQ(most: number, threshold: number, limit: number, boundOf: BoundOf): number {
  const holds = (q: number) => {
    const bound = boundOf(threshold, q);
    return keeps(bound, most);
  };
  if (!holds(1)) throw noQ(most, threshold, boundOf);
  let [low, high] = [1, limit + 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function noQ(most: number, threshold: number, boundOf: BoundOf): EngineError {
  const least = boundOf(threshold, 1);
  if (least === null) return refused(`there is no bound at a threshold of ${threshold}; use one above 0.5, such as 0.7`);
  return refused(
    `no q keeps the expected false selections at ${most} or fewer with a threshold of ${threshold}: even q = 1 gives ${least.toPrecision(3)}; accept a pfer of that, or raise the threshold`,
  );
}

/** Over the shares that so many resamples can give; bounds fall as the threshold rises. */
function lowestThreshold(most: number, q: number, resamples: number, boundOf: BoundOf): number {
  for (let count = Math.floor(resamples / 2) + 1; count <= resamples; count++) {
    const bound = boundOf(count / resamples, q);
    if (keeps(bound, most)) return count / resamples;
  }
  throw noThreshold(most, q, boundOf);
}

function noThreshold(most: number, q: number, boundOf: BoundOf): EngineError {
  const least = boundOf(1, q);
  let smaller = q - 1;
  while (smaller > 0 && !keeps(boundOf(1, smaller), most)) smaller--;
  const remedy = smaller > 0 ? `q of at most ${smaller} has a threshold that does` : "no q has";
  return refused(
    `no threshold keeps the expected false selections at ${most} or fewer with q = ${q}: the highest, 1, gives ${least === null ? "no bound" : least.toPrecision(3)}; ${remedy}${least === null ? "" : `, or accept a pfer of ${least.toPrecision(3)}`}`,
  );
}

function refused(message: string): EngineError {
  return new EngineError("option_invalid", message, ["config", "stability", "pfer"]);
}

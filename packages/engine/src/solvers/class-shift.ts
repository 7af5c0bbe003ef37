import { type ElasticNet, penaltyOf } from "../penalties/elastic-net.ts";
import type { Block } from "./block.ts";

/**
 * A multinomial model does not change when all classes' coefficients of a feature are shifted by the same number, but its
 * penalty does, and block-wise steps see that direction hardly at all: each feature is moved to its cheapest shift.
 * Predictors shift alike in all classes, so that neither they nor the loss need to be touched.
 *
 * Source: Friedman, Hastie & Tibshirani 2010, J Stat Softw 33(1), section 4.1.
 */
export function shiftClasses(blocks: readonly Block[], penalty: ElasticNet): void {
  const seen = new Set<number>();
  for (const block of blocks) for (const j of block.list) if (block.beta[j] !== 0) seen.add(j);
  for (const j of seen) {
    const values = blocks.map(({ beta }) => beta[j]!);
    const own = blocks[0]!.penaltyAt(penalty, j);
    // without a penalty every shift costs the same: the mean of the classes is then 0
    const shift = own.l1 + own.l2 > 0 ? cheapestShift(values, own) : values.reduce((a, b) => a + b, 0) / values.length;
    if (shift === 0) continue;
    blocks.forEach((block, b) => {
      block.add([j]);
      block.beta[j] = values[b]! - shift;
    });
  }
}

/**
 * The c nearest 0 that minimises the sum of l1 |b - c| + l2/2 (b - c)²: convex, its derivative a line between neighbouring
 * values of b, so that it is a value of b or the zero of one of those lines.
 */
export function cheapestShift(values: readonly number[], penalty: ElasticNet): number {
  const cost = (c: number) => values.reduce((sum, b) => sum + penaltyOf(penalty, b - c), 0);
  let [best, least] = [0, cost(0)];
  const K = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / K;
  const candidates = [...values];
  // below `above` of the values: derivative l1 (K - 2 above) + l2 K (c - mean)
  if (penalty.l2 > 0) for (let above = 0; above <= K; above++) candidates.push(mean + (penalty.l1 * (2 * above - K)) / (penalty.l2 * K));
  for (const c of candidates.sort((a, b) => Math.abs(a) - Math.abs(b) || a - b)) {
    const value = cost(c);
    if (value < least * (1 - 1e-13)) [best, least] = [c, value];
  }
  return best;
}

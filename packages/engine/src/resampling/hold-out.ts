import type { Rng } from "../random.ts";
import { byStratum, type DealingUnit, dealingUnits, type Population, rowsOf, type Split, splitOff } from "./population.ts";

/**
 * One split: round(share n) samples to test, at least one and not all, each class in proportion (largest remainders first).
 * With groups whole groups go to the test side, in shuffled order, as long as they bring it closer to its class's share;
 * a side that would stay empty gets the smallest group.
 *
 * @param share  of the samples to test, above 0 and below 1
 */
export function holdOut(population: Population, share: number, rng: Rng): Split {
  const strata = byStratum(dealingUnits(population));
  const quotas = quotasOf(strata.map(samplesOf), share, population.n);
  const test: DealingUnit[] = [];
  strata.forEach((units, k) => {
    let taken = 0;
    for (const unit of rng.shuffle([...units])) {
      if (taken + unit.rows.length / 2 > quotas[k]!) continue;
      test.push(unit);
      taken += unit.rows.length;
    }
  });
  return splitOff(population.n, rowsOf(neitherEmpty(test, strata.flat())));
}

/** Samples to test in each stratum: floors of the exact shares, the rest to the largest remainders, the first of equal ones. */
function quotasOf(sizes: readonly number[], share: number, n: number): number[] {
  const total = Math.min(Math.max(Math.round(share * n), 1), n - 1);
  const exact = sizes.map((size) => (size * total) / n);
  const quotas = exact.map(Math.floor);
  const byRemainder = sizes.map((_, k) => k).sort((a, b) => exact[b]! - quotas[b]! - (exact[a]! - quotas[a]!) || a - b);
  const rest = total - quotas.reduce((sum, quota) => sum + quota, 0);
  for (const k of byRemainder.slice(0, rest)) quotas[k]!++;
  return quotas;
}

function neitherEmpty(test: DealingUnit[], all: readonly DealingUnit[]): DealingUnit[] {
  const smallest = all.reduce((least, unit) => (unit.rows.length < least.rows.length ? unit : least));
  if (test.length === 0) return [smallest];
  return test.length === all.length ? test.filter((unit) => unit !== smallest) : test;
}

function samplesOf(units: readonly DealingUnit[]): number {
  return units.reduce((sum, unit) => sum + unit.rows.length, 0);
}

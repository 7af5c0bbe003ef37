import type { Draw } from "../part.ts";
import type { Rng } from "../random.ts";
import { drawRows } from "./draws.ts";
import { byStratum, type DealingUnit, dealingUnits, type Population, rowsOf } from "./population.ts";

/** floor(n/2) samples without replacement; one half of a complementary pair. */
export function halfSample(population: Population, rng: Rng): Draw {
  return complementaryPair(population, rng)[0];
}

/**
 * Two disjoint halves of floor(n/2) samples each (Shah & Samworth 2013, J R Stat Soc B 75, 55); where n is odd one sample is in neither.
 * Stratified: each class is halved, and where its size is odd either half has one more. With groups whole groups are drawn,
 * floor(G/2) for each half, by the class that most of their samples have: the halves need then not be equal in samples.
 */
export function complementaryPair(population: Population, rng: Rng): [Draw, Draw] {
  // Classes of even size first: they leave the dealing where they found it, so that the sample left over is of a class of odd size.
  const strata = rng.shuffle(byStratum(dealingUnits(population))).sort((a, b) => (a.length % 2) - (b.length % 2));
  const order = strata.flatMap((units) => rng.shuffle(units));
  const half = Math.floor(order.length / 2);
  const sides: [DealingUnit[], DealingUnit[]] = [[], []];
  for (let i = 0; i < 2 * half; i++) sides[i % 2]!.push(order[i]!);
  return [drawRows(rowsOf(sides[0])), drawRows(rowsOf(sides[1]))];
}

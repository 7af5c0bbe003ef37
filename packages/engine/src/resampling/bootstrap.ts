import type { Draw } from "../part.ts";
import type { Rng } from "../random.ts";
import { byStratum, dealingUnits, type Population } from "./population.ts";

/**
 * As many samples of each class as there are, with replacement; repeats are counts, not rows.
 * With groups whole groups are drawn, as many as there are of the class that most of their samples have.
 */
export function bootstrap(population: Population, rng: Rng): Draw {
  const times = new Uint32Array(population.n);
  for (const units of byStratum(dealingUnits(population))) {
    for (let draw = 0; draw < units.length; draw++) {
      for (const i of units[rng.below(units.length)]!.rows) times[i]!++;
    }
  }
  const rows = Uint32Array.from(times.keys()).filter((i) => times[i]! > 0);
  return { rows, counts: Uint32Array.from(rows, (i) => times[i]!) };
}

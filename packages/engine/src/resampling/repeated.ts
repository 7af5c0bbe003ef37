import type { Rng } from "../random.ts";
import { kFold } from "./k-fold.ts";
import type { Population, Split } from "./population.ts";

/** K-fold cross-validation dealt anew for every repeat: folds 1..K of repeat 0, then of repeat 1, ...; repeat r draws from its own stream. */
export function repeatedKFold(population: Population, folds: number, repeats: number, rng: Rng): Split[] {
  return Array.from({ length: repeats }, (_, r) => kFold(population, folds, rng.child("repeat", r))).flat();
}

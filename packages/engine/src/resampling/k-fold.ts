import type { Rng } from "../random.ts";
import { byStratum, dealingUnits, type Population, rowsOf, type Split, splitOff } from "./population.ts";

/**
 * K-fold cross-validation: every sample is in exactly one test fold.
 *
 * Samples are shuffled within their class and dealt round-robin, going on from class to class where the last one stopped:
 * folds differ by at most one sample, and by at most one sample of each class.
 * Groups are dealt largest first to the fold that holds least of their classes (then the smallest fold, then the first);
 * groups of one size come in shuffled order, so that where all sizes differ the folds are always the same.
 * With fewer samples (groups) than folds some folds are empty.
 *
 * @param folds  2 or more
 */
export function kFold(population: Population, folds: number, rng: Rng): Split[] {
  const fold = population.groups === undefined ? dealSamples(population, folds, rng) : dealGroups(population, folds, rng);
  return Array.from({ length: folds }, (_, f) => {
    const test: number[] = [];
    for (let i = 0; i < population.n; i++) if (fold[i] === f) test.push(i);
    return splitOff(population.n, Uint32Array.from(test));
  });
}

/** Fold of each sample. */
function dealSamples(population: Population, folds: number, rng: Rng): Uint32Array {
  const fold = new Uint32Array(population.n);
  let next = 0;
  for (const units of byStratum(dealingUnits(population))) {
    for (const i of rng.shuffle([...rowsOf(units)])) fold[i] = next++ % folds;
  }
  return fold;
}

/** Fold of each sample; members of a group share it. */
function dealGroups(population: Population, folds: number, rng: Rng): Uint32Array {
  const { n, strata } = population;
  const codes = [...new Set(strata ?? [0])].sort((a, b) => a - b);
  const classOf = (i: number) => (strata === undefined ? 0 : codes.indexOf(strata[i]!));
  const size = countsOf(
    Array.from({ length: n }, (_, i) => i),
    classOf,
    codes.length,
  );
  const held = Array.from({ length: folds }, () => new Float64Array(codes.length));
  const filled = new Float64Array(folds);
  const fold = new Uint32Array(n);
  const groups = rng.shuffle(dealingUnits(population)).sort((a, b) => b.rows.length - a.rows.length);
  for (const { rows } of groups) {
    const counts = countsOf(rows, classOf, codes.length);
    const f = leastFilled(counts, size, held, filled);
    for (const i of rows) fold[i] = f;
    filled[f]! += rows.length;
    counts.forEach((count, k) => {
      held[f]![k]! += count;
    });
  }
  return fold;
}

/**
 * The fold where the group raises sum_k (held_k / size_k)^2 least: for a group of one class the one least filled for it.
 */
function leastFilled(counts: Float64Array, size: Float64Array, held: readonly Float64Array[], filled: Float64Array): number {
  const rise = held.map((h) => h.reduce((sum, value, k) => sum + (value * counts[k]!) / (size[k]! * size[k]!), 0));
  let best = 0;
  for (let f = 1; f < held.length; f++) {
    if (rise[f]! < rise[best]! || (rise[f] === rise[best] && filled[f]! < filled[best]!)) best = f;
  }
  return best;
}

function countsOf(rows: readonly number[], classOf: (i: number) => number, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const i of rows) counts[classOf(i)]!++;
  return counts;
}

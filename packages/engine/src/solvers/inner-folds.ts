import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import type { Fold } from "./cross-validate.ts";

/**
 * Splits of a part's m distinct samples for an inner cross-validation: shuffled within class and dealt round-robin;
 * with groups, whole groups, largest first, each to the fold that is least filled for its most frequent class.
 * A sample drawn several times by a bootstrap is one sample here, so that its copies never straddle a split.
 *
 * @param folds   2 or more; at most m, or the number of groups, are made
 * @param groups  code of each of the m samples, or undefined
 */
export function innerFolds(part: TrainingPart, folds: number, groups: ArrayLike<number> | undefined, rng: Rng): Fold[] {
  const { m, target } = part;
  const classes = target.task === "binary" || target.task === "multiclass" ? target.y : new Int32Array(m);
  const units = unitsOf(m, groups);
  const count = Math.min(folds, units.length);
  const place = new Int32Array(m);
  const filled = new Map<string, number>();
  const sizes = new Float64Array(count);
  rng.shuffle(units);
  units.sort((a, b) => b.length - a.length);
  for (const unit of units) {
    const key = mostFrequent(unit, classes);
    const load = (f: number) => filled.get(`${key} ${f}`) ?? 0;
    let best = 0;
    for (let f = 1; f < count; f++) if (load(f) < load(best) || (load(f) === load(best) && sizes[f]! < sizes[best]!)) best = f;
    filled.set(`${key} ${best}`, load(best) + unit.length);
    sizes[best]! += unit.length;
    for (const i of unit) place[i] = best;
  }
  const all = Array.from({ length: m }, (_, i) => i);
  return Array.from({ length: count }, (_, f) => ({ train: all.filter((i) => place[i] !== f), test: all.filter((i) => place[i] === f) }));
}

/** Samples that stay together. */
function unitsOf(m: number, groups: ArrayLike<number> | undefined): number[][] {
  const units = new Map<number, number[]>();
  for (let i = 0; i < m; i++) {
    const key = groups === undefined ? i : groups[i]!;
    const unit = units.get(key);
    if (unit === undefined) units.set(key, [i]);
    else unit.push(i);
  }
  return [...units.values()];
}

function mostFrequent(unit: readonly number[], classes: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (const i of unit) counts.set(classes[i]!, (counts.get(classes[i]!) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] || (entry[1] === best[1] && entry[0] < best[0]) ? entry : best))[0];
}

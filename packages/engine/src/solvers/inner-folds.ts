import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import { kFold } from "../resampling/k-fold.ts";
import { strataOf } from "../target.ts";
import type { Fold } from "./cross-validate.ts";

/**
 * Splits of a part's m distinct samples for an inner cross-validation: stratified by class or event, groups whole (see `kFold`).
 * A sample drawn several times by a bootstrap is one sample here, so that its copies never straddle a split.
 *
 * @param folds   2 or more; at most as many as there are samples, or groups, are made
 * @param groups  code of each of the m samples, or undefined
 */
export function innerFolds(part: TrainingPart, folds: number, groups: Int32Array | undefined, rng: Rng): Fold[] {
  const { m, target } = part;
  const strata = strataOf(target);
  const units = groups === undefined ? m : new Set(groups).size;
  const count = Math.min(folds, units);
  return count < 2 ? [] : kFold({ n: m, strata, groups }, count, rng).filter(({ test }) => test.length > 0);
}

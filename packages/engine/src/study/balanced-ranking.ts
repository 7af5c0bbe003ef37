import type { ResolvedSelectionConfig } from "@omicselector2/contracts";
import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import type { AnySelector, Ranking, SharedOptions } from "../selectors/define.ts";
import { withBalancedPart } from "../solvers/index.ts";

/**
 * A method's ranking of a part whose classes are balanced as the study asks. Balancing is the innermost step: it sees the part alone, after
 * resampling and prefilter, and methods that cross-validate split the part as it was.
 *
 * @param balanceRng  of the part and resample, the same for every method
 */
export function rankBalanced(
  train: TrainingPart,
  selector: AnySelector,
  options: unknown,
  shared: SharedOptions,
  how: ResolvedSelectionConfig["balance"],
  rng: Rng,
  balanceRng: Rng,
): Ranking {
  const select = (part: TrainingPart, more: Partial<SharedOptions> = {}) =>
    selector.select(part, options as never, { ...shared, ...more, nFeatures: Math.min(shared.nFeatures, part.p) }, rng);
  if (how === "none" || how === "class_weight" || !("classes" in train.target)) return select(train);
  return withBalancedPart(train, how, balanceRng, ({ part, passedOver }) => {
    const ranking = select(part, { beforeBalance: { part: train, balancing: { how, rng: balanceRng } } });
    const notes = [...(ranking.notes ?? []), ...passedOver.map(tooSmall), ...(countsCopies(selector, how) ? [COPIES] : [])];
    return { ...ranking, summary: { ...ranking.summary, balanced: sizesOf(part) }, ...(notes.length > 0 ? { notes } : {}) };
  });
}

const tooSmall = (name: string) =>
  `class ${name} has one sample in this part, between which and another of its class nothing can lie: SMOTE added none; oversample would`;

/** Tests take what was added for samples that were seen. */
function countsCopies({ filter }: AnySelector, how: string): boolean {
  return filter === "tests" && how !== "undersample";
}

const COPIES =
  "p-values count the samples that balancing added as if they had been observed, and are too small; rank by them, but do not cut at a level";

/** As in `case 31, control 31`. */
function sizesOf({ target, counts }: TrainingPart): string {
  if (!("classes" in target)) return "";
  const sizes = new Array<number>(target.classes.length).fill(0);
  counts.forEach((count, i) => {
    sizes[target.y[i]!]! += count;
  });
  return target.classes.map((name, k) => `${name} ${sizes[k]}`).join(", ");
}

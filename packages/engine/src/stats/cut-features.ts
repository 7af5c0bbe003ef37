import { z } from "zod";
import type { TrainingPart } from "../part.ts";
import { rankBy } from "../selectors/rank.ts";
import { type Cuts, MdlCutter } from "./mdl-cuts.ts";

/** Options of every method that cuts features by the classes. */
export const cutOptions = {
  mdl_cost: z
    .number()
    .gt(0)
    .max(10)
    .default(1)
    .describe("what a cut must gain, in description lengths: 1 as Fayyad & Irani, less cuts more readily (and more noise)"),
};

/** All features of a part, cut by the classes. */
export interface CutFeatures {
  /** nats */
  readonly classEntropy: number;
  /** p */
  readonly cuts: readonly Cuts[];
  /** p: 2 gain / (H(class) + H(feature)), 0 .. 1; NaN without a cut */
  readonly uncertainty: Float64Array;
  /** how many features have a cut */
  readonly cut: number;
}

export function cutFeatures(train: TrainingPart, cost: number, method: string): CutFeatures {
  const cutter = new MdlCutter(train, cost, method);
  const cuts = Array.from({ length: train.p }, (_, j) => cutter.cut(j));
  const uncertainty = Float64Array.from(cuts, ({ at, entropy, gain }) =>
    at.length === 0 ? Number.NaN : (2 * gain) / (cutter.classEntropy + entropy),
  );
  return { classEntropy: cutter.classEntropy, cuts, uncertainty, cut: cuts.reduce((count, { at }) => count + (at.length > 0 ? 1 : 0), 0) };
}

/** Why fewer features have a cut than were asked for, and the setting that would cut one more; nothing where enough have. */
export function uncutNotes(names: readonly string[], { cuts, cut }: CutFeatures, asked: number): string[] {
  const p = names.length;
  if (cut >= Math.min(asked, p)) return [];
  const found = `${p - cut} of ${p} features have no cut that tells the classes apart by more than the cut costs to describe: their score is 0 and they are not selected.`;
  const nearest = Float64Array.from(cuts, ({ at, nearestCost }) => (at.length > 0 || nearestCost === null ? Number.NaN : nearestCost));
  const next = rankBy(names, 1, nearest)[0];
  if (next === undefined) return [`${found} No setting cuts one more: the others are constant.`];
  return [`${found} The nearest mdl_cost that cuts one more is just below ${nearest[next]!.toPrecision(4)} (${names[next]}).`];
}

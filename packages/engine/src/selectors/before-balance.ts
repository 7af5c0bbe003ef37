import type { TrainingPart } from "../part.ts";
import type { Balancing } from "../solvers/index.ts";
import type { SharedOptions } from "./define.ts";
import { sampleWeights } from "./sample-weights.ts";

/** What an inner cross-validation splits. */
export interface InnerPart {
  readonly part: TrainingPart;
  readonly weights: Float64Array;
  readonly balancing: Balancing | undefined;
}

/** The samples as they were before the classes of `train` were balanced: the split comes first, then each fold is balanced by itself. */
export function beforeBalance(train: TrainingPart, shared: Pick<SharedOptions, "classWeight" | "beforeBalance">): InnerPart {
  const weighed: Balancing | undefined = shared.classWeight ? { how: "class_weight" } : undefined;
  const { part, balancing } = shared.beforeBalance ?? { part: train, balancing: weighed };
  return { part, weights: sampleWeights(part, shared.classWeight), balancing };
}

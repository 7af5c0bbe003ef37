import { type Thread, withTrainingPart } from "../packages/engine/src/part.ts";
import { Rng } from "../packages/engine/src/random.ts";
import { type ForestOptions, growForest } from "../packages/engine/src/trees/forest.ts";
import { type OutOfBag, outOfBag } from "../packages/engine/src/trees/out-of-bag.ts";
import { prepareRanks } from "../packages/engine/src/trees/ranks.ts";
import { everyone } from "./lasso.ts";
import { coreSeconds } from "./pairs.ts";

export interface ForestTiming {
  /** core-seconds, the ranking of the matrix included when this thread has not done it before */
  seconds: number;
  importance: Float64Array;
  oob: OutOfBag;
}

/** One forest on the samples of a draw (all when left out) of a thread's matrix. A thread ranks a matrix once: open a new one to have it counted. */
export function benchForest(thread: Thread, options: ForestOptions, seed = 1, draw = everyone(thread.matrix.n)): ForestTiming {
  const start = coreSeconds();
  prepareRanks(thread);
  return withTrainingPart(thread, draw, "none", (part) => {
    const forest = growForest(part, options, Rng.from(seed, "bench"));
    return { seconds: coreSeconds() - start, importance: forest.importance, oob: outOfBag(part, forest) };
  });
}

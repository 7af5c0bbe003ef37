import type { FeatureMatrix } from "../packages/engine/src/matrix.ts";
import { type Draw, type Thread, withTrainingPart } from "../packages/engine/src/part.ts";
import { Rng } from "../packages/engine/src/random.ts";
import {
  type CrossValidation,
  crossValidate,
  type Fold,
  fitPenalized,
  innerFolds,
  type PenalizedPath,
} from "../packages/engine/src/solvers/index.ts";
import type { Target } from "../packages/engine/src/target.ts";
import { openThread } from "../packages/engine/src/thread.ts";
import { coreSeconds } from "./pairs.ts";

export interface LassoTiming {
  /** core-seconds */
  seconds: number;
  /** of the clock */
  elapsed: number;
  path: PenalizedPath;
  curve: CrossValidation;
}

export interface LassoWork {
  readonly l1Ratio: number;
  /** 100 when left out */
  readonly nLambda?: number;
}

/** Five folds of all samples: the same for both sides. */
export function foldsOf(thread: Thread, draw = everyone(thread.matrix.n)): Fold[] {
  return onPart(thread, draw, (part) => innerFolds(part, 5, undefined, Rng.from(1, "bench folds")));
}

/** The path on all samples of a draw, then its deviance over the folds. */
export function benchLasso(thread: Thread, folds: readonly Fold[], work: LassoWork, draw = everyone(thread.matrix.n)): LassoTiming {
  return onPart(thread, draw, (part) => {
    const start = performance.now();
    const core = coreSeconds();
    const path = fitPenalized(part, work);
    const lambdas = path.steps.map((step) => step.lambda);
    const curve = crossValidate(part, folds, lambdas, work);
    return { seconds: coreSeconds() - core, elapsed: (performance.now() - start) / 1000, path, curve };
  });
}

export interface EntryTiming {
  /** core-seconds of all draws together */
  seconds: number;
  /** for each draw the features that entered */
  entered: number[][];
}

/** The path on each draw, until `q` features have entered. */
export function benchEntry(thread: Thread, draws: readonly Draw[], q: number, l1Ratio = 1): EntryTiming {
  const start = coreSeconds();
  const entered = draws.map((draw) =>
    onPart(thread, draw, (part) => {
      const { entry } = fitPenalized(part, { l1Ratio, enough: (_step, count) => count >= q });
      return Array.from(entry.keys()).filter((j) => entry[j]! >= 0);
    }),
  );
  return { seconds: coreSeconds() - start, entered };
}

/** The first of the threads that the matrix has room for. */
export function threadOf(matrix: FeatureMatrix, target: Target): Thread {
  return openThread(matrix, target, 0, 2);
}

function onPart<T>(thread: Thread, draw: Draw, body: Parameters<typeof withTrainingPart<T>>[3]): T {
  return withTrainingPart(thread, draw, "none", body);
}

export function everyone(n: number): Draw {
  return { rows: Uint32Array.from({ length: n }, (_, i) => i), counts: new Uint32Array(n).fill(1) };
}

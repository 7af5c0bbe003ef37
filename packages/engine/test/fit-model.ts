import {
  type CalibrationRequest,
  type FrozenModel,
  fitModel,
  type ModelShared,
  modelOf,
  type RawSamples,
  type Treatment,
} from "../src/models/index.ts";
import { withTrainingPart } from "../src/part.ts";
import { Rng } from "../src/random.ts";
import type { Target, Task } from "../src/target.ts";
import { classTarget, draw, featureNames, noise, testThread } from "./thread.ts";

/** A small study. */
export interface Cohort {
  readonly names: readonly string[];
  /** p columns of n values, float32 */
  readonly columns: readonly Float64Array[];
  readonly target: Target;
}

const n = 48;
const p = 12;

/** 48 samples, 12 features: f05 tells the target (nearly), f02 helps, the rest is noise. */
export function cohort(task: Task): Cohort {
  const columns = noise(n, p, 23);
  const codes = Int32Array.from({ length: n }, (_, i) => (i * 5 + (i >> 3)) % (task === "multiclass" ? 3 : 2));
  const number = Float64Array.from(codes, (code, i) => code + 0.5 * columns[0]![i]!);
  const told = task === "regression" || task === "survival" ? number : Float64Array.from(codes);
  columns[4] = told.map((value, i) => 2 * value + 0.7 * columns[4]![i]!);
  columns[1] = columns[1]!.map((value, i) => value + told[i]!);
  return { names: featureNames(p), columns: columns.map((column) => column.map(Math.fround)), target: targetOf(task, codes, number) };
}

function targetOf(task: Task, codes: Int32Array, number: Float64Array): Target {
  if (task === "regression") return { task, y: number };
  if (task === "unsupervised") return { task, n };
  if (task !== "survival") return classTarget(codes);
  return {
    task,
    // some times are shared
    time: number.map((value, i) => Math.round(20 * (3 - Math.max(-2, Math.min(2.5, value)))) / 10 + (i % 7 === 0 ? 1 : 0)),
    event: Uint8Array.from(codes, (_, i) => (i % 4 === 0 ? 0 : 1)),
  };
}

export const rawOf = ({ names, columns }: Cohort): RawSamples => ({ featureNames: names, columns });

/** Options that keep a model quick, and free of inner folds, so that properties hold to rounding. */
const quick: Record<string, Record<string, unknown>> = {
  logistic_regression: { lambda: 0.02 },
  linear_regression: { lambda: 0.02 },
  cox: { lambda: 0.02 },
  random_forest: { n_trees: 60 },
  random_survival_forest: { n_trees: 30 },
  xgboost: { n_estimators: 30 },
};

const random = new Set(["random_forest", "random_survival_forest", "mlp"]);

/** Whether a model draws random numbers that depend on the order of samples and features. */
export function isRandom(id: string): boolean {
  return random.has(modelOf(id).id);
}

export interface FitRequest {
  readonly options?: Record<string, unknown>;
  readonly shared?: Partial<ModelShared>;
  readonly counts?: ArrayLike<number>;
  readonly calibration?: CalibrationRequest;
  readonly treatment?: Partial<Treatment>;
  readonly seed?: number;
}

export const sharedModelDefaults: ModelShared = { scale: "auto", classWeight: false, innerFolds: 4, groups: undefined };

/** Fits a model to a whole cohort. */
export function fitOn(id: string, { names, columns, target }: Cohort, request: FitRequest = {}): FrozenModel {
  const { options = quick[id] ?? {}, shared = {}, counts, calibration = "auto", treatment = {}, seed = 42 } = request;
  const thread = testThread(columns, names, target);
  const own = { transform: "none" as const, clip: undefined, impute: "median" as const, matrixFeatures: names, ...treatment };
  return withTrainingPart(thread, draw(columns[0]!.length, counts), own.impute, (part) =>
    fitModel(
      part,
      {
        ...{ model: id, options, calibration, treatment: own, dataSha256: "0".repeat(64), seed },
        shared: { ...sharedModelDefaults, ...shared },
      },
      Rng.from(seed, "model", id),
    ),
  );
}

import type { ResolvedSelectionConfig } from "@omicselector2/contracts";
import type { FeatureMatrix } from "../matrix.ts";
import type { Population } from "../resampling/population.ts";
import { sizeOf, strataOf, type Target, type Task } from "../target.ts";

/*
 * Terms. A study judges the whole procedure: it runs on every *part*, which is all samples (`full`, whose signature is
 * reported) or the training side of one outer fold (`fold-1`, ..., whose signature is scored on that fold).
 * With stability a part is drawn from again, B *resamples*, and each method runs on each.
 * A *unit* is the least piece of work that is checkpointed: one method on one resample, or one signature scored on one fold.
 */

export interface StudyShape {
  readonly task: Task;
  readonly n: number;
  readonly p: number;
  /** 1 where the target has no classes, 0 where there is no target */
  readonly classes: number;
  /** samples of each class; empty where there are none */
  readonly classSizes: readonly number[];
}

/** Columns that stay in the model beside the features, as numbers; none is missing. */
export interface Covariates {
  /** "age", "sex=male" */
  readonly names: readonly string[];
  /** for each its n values */
  readonly columns: readonly Float64Array[];
}

/** What a study is computed from; plain data, the matrix shared. */
export interface StudyInput {
  readonly matrix: FeatureMatrix;
  readonly target: Target;
  /** null where there is no target */
  readonly targetName: string | null;
  /** survival: the column that says whether the event was seen */
  readonly eventName: string | null;
  readonly positiveClass: string | null;
  /** group of each sample */
  readonly groups: Int32Array | undefined;
  /** also behind the features of the matrix */
  readonly covariates: Covariates;
  readonly datasetHash: string;
  /** canonical ids */
  readonly methods: readonly string[];
  readonly config: ResolvedSelectionConfig;
  /** sentences about the data that belong into the result (samples without a label, ...) */
  readonly notes: readonly string[];
}

/** What the plan's reduction needs of it: the values themselves are not read again. */
export type StudyMeta = Omit<StudyInput, "matrix"> & StudyShape & { readonly names: readonly string[] };

export function shapeOf(n: number, p: number, target: Target): StudyShape {
  const classSizes = classSizesOf(target);
  return { n, p, classes: classSizes.length || (target.task === "unsupervised" ? 0 : 1), task: target.task, classSizes };
}

function classSizesOf(target: Target): number[] {
  if (!("classes" in target)) return [];
  const sizes = target.classes.map(() => 0);
  for (const code of target.y) sizes[code]!++;
  return sizes;
}

export function metaOf(input: StudyInput): StudyMeta {
  const { matrix, ...rest } = input;
  return { ...rest, ...shapeOf(matrix.n, matrix.p, input.target), names: matrix.names };
}

/** Samples as the dealing rules see them: classes are strata. */
export function populationOf(target: Target, groups: Int32Array | undefined): Population {
  return { n: sizeOf(target), strata: strataOf(target), groups };
}

/** The population of some rows of a larger one. */
export function subPopulation(population: Population, rows: Uint32Array): Population {
  const take = (from: Int32Array | undefined) => from && Int32Array.from(rows, (i) => from[i]!);
  return { n: rows.length, strata: take(population.strata), groups: take(population.groups) };
}

export function taskOf(target: Target): Task {
  return target.task;
}

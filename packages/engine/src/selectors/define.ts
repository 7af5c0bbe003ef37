import type { z } from "zod";
import type { Thread, TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import type { Balancing } from "../solvers/index.ts";
import type { Task } from "../target.ts";

/** Options that the study hands to every selector, whatever its own. */
export interface SharedOptions {
  /** at most this many features are returned; 1 .. p */
  readonly nFeatures: number;
  /** what linear, SVM and distance methods do to columns; trees and filters ignore it */
  readonly scale: "auto" | "none" | "standardize" | "robust";
  /** weigh samples by n / (K n_k), mean 1 */
  readonly classWeight: boolean;
  /** true inside `stability`: no inner cross-validation, lasso and elastic net rank by entry into the path */
  readonly byPathEntry: boolean;
  /** where redrawing or SMOTE has balanced the part: the part before, which an inner cross-validation splits, balancing each fold by itself */
  readonly beforeBalance?: { readonly part: TrainingPart; readonly balancing: Balancing };
  /** folds of an inner cross-validation */
  readonly innerFolds: number;
  /** group of each of the m samples of the part, or undefined; inner splits keep groups whole */
  readonly groups: Int32Array | undefined;
}

/** What a selector answers: features best first, never padded. */
export interface Ranking {
  /** indices into the part's features, best first, at most `nFeatures`; ties by feature name, then index */
  readonly features: number[];
  /** the method's score of each, same order; larger or smaller is better as the method says */
  readonly scores: number[];
  /** more columns of the table of this method, each in the same order (p_value, log_p_value, log2_fold_change, ...) */
  readonly statistics?: Record<string, (number | null)[]>;
  /** figures about the whole run (lambda, tested, significant, oob_error, ...) */
  readonly summary?: Record<string, number | string | null>;
  /** sentences for the user: why fewer than asked for, what was left out */
  readonly notes?: string[];
}

export interface Shape {
  /** samples, features, classes (1 for regression and survival) */
  readonly n: number;
  readonly p: number;
  readonly classes: number;
  /** what is predicted, where that changes the cost */
  readonly task?: Task;
}

export interface Selector<Options = unknown> {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly tasks: readonly Task[];
  /** judges one feature at a time and cheaply, so that it can run before another method; `statistics.p_value` allows alpha and fdr */
  readonly filter?: "ranks" | "tests";
  /** whether the part's covariates stay in its models; left out, it judges features without them, and a note says so */
  readonly covariates?: boolean;
  /** one line */
  readonly summary: string;
  /** one paragraph: what it does, when to use it, what it costs and misses */
  readonly explanation: string;
  readonly source: string;
  /** Zod object, strict, every field with a default and a description, names in snake_case */
  readonly options: z.ZodType<Options>;
  /** rough seconds on one thread */
  cost(shape: Shape, options: Options, shared: SharedOptions): number;
  /** rough bytes that one fit works in, beside the matrix itself */
  memory(shape: Shape, options: Options, shared: SharedOptions): number;
  /** What all fits of a thread share, made outside of every training part and without the target; may be called again. */
  prepare?(thread: Thread): void;
  /** @throws EngineError  not_converged, data_unusable */
  select(train: TrainingPart, options: Options, shared: SharedOptions, rng: Rng): Ranking;
}

/** A selector as the registry keeps it: its options are checked before it is called. */
export type AnySelector = Selector<never>;

export function defineSelector<Schema extends z.ZodType>(selector: Selector<z.output<Schema>> & { options: Schema }): AnySelector {
  return selector as unknown as AnySelector;
}

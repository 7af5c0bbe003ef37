import type { z } from "zod";
import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import type { Shape, SharedOptions } from "../selectors/define.ts";
import type { Task } from "../target.ts";
import type { DenseTable } from "./dense-table.ts";

/** Options that the study hands to every model, whatever its own; as of selectors. */
export type ModelShared = Pick<SharedOptions, "scale" | "classWeight" | "innerFolds" | "groups" | "beforeBalance">;

/** What a model learns for; classes in the order of their codes, none for numbers and survival. */
export interface Learned {
  readonly task: Exclude<Task, "unsupervised">;
  readonly classes: readonly string[];
}

/** What a model says of n samples. */
export interface Prediction {
  /**
   * Classes: K arrays of n, probabilities; of a model of `margins` decision values, one array for two classes (above 0: the second), else K.
   * Regression: one array of n. Survival: one array of n, the risk, higher for an earlier event.
   */
  readonly scores: Float64Array[];
  /** survival: probability to survive beyond each of some times, ascending, for each of the n samples */
  readonly survival?: { readonly times: Float64Array; readonly curves: Float64Array[] };
}

/** What a model has learned, plain data: numbers, strings, arrays and objects that JSON gives back as they were. */
export interface Fitted<Parameters> {
  /** indices of the part's features that predictions depend on, in the order of the columns that `predict` gets */
  readonly features: number[];
  readonly parameters: Parameters;
  /** figures about the fit (lambda, cv_deviance, oob_error, ...) */
  readonly summary?: Record<string, number | string | null>;
}

export interface Model<Options = unknown, Parameters = unknown> {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly tasks: readonly Learned["task"][];
  /** one line */
  readonly summary: string;
  /** one paragraph: what it does, when to use it, what it misses and costs */
  readonly explanation: string;
  readonly source: string;
  /** Zod object, strict, every field with a default and a description, names in snake_case */
  readonly options: z.ZodType<Options>;
  /** Zod object, strict: what a saved file may hold as parameters */
  readonly parameters: z.ZodType<Parameters>;
  /** what `predict` gives for classes; margins become probabilities by calibration alone */
  readonly scores: "probabilities" | "margins";
  /** `filled`: columns without gaps; `native`: NaN where a value is missing, which the model knows how to take */
  readonly missing: "filled" | "native";
  /** rough seconds of a fit on one thread */
  cost(shape: Shape, options: Options, shared: ModelShared): number;
  /** rough bytes that a fit works in, beside the matrix itself */
  memory(shape: Shape, options: Options): number;
  /**
   * The part holds every class, an event, or a target that varies. A sample of multiplicity c counts as c samples.
   * @throws EngineError  not_converged, data_unusable, option_invalid
   */
  fit(train: TrainingPart, options: Options, shared: ModelShared, rng: Rng): Fitted<Parameters>;
  /** A pure function. @param table  n x k, the columns of `Fitted.features`, treated as the training part was */
  predict(parameters: Parameters, table: DenseTable, learned: Learned): Prediction;
}

/** A model as the registry keeps it: options and parameters are checked before it is called. */
export type AnyModel = Model<never, never>;

export function defineModel<Options extends z.ZodType, Parameters extends z.ZodType>(
  model: Model<z.output<Options>, z.output<Parameters>> & { options: Options; parameters: Parameters },
): AnyModel {
  return model as unknown as AnyModel;
}

import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import { beforeBalance } from "../selectors/before-balance.ts";
import { innerFolds, withBalancedPart, withSubPart } from "../solvers/index.ts";
import { type Calibration, calibrate, calibration, fitCalibration, logOdds, refuseOneSided } from "./calibration.ts";
import type { Fitted, Learned, Model, ModelShared, Prediction } from "./define.ts";
import { takeValues } from "./dense-table.ts";
import { learnedOf } from "./learnable.ts";
import { partTable } from "./part-table.ts";
import { freezePreprocessing, preprocessing, type RawSamples, type Treatment, treatSamples } from "./preprocessing.ts";
import { callable, checkedModelOptions, modelOf } from "./registry.ts";

/** A fitted model with everything that was done to its training data: predicts on raw samples. Plain data, as it is saved. */
export const frozenModel = z.strictObject({
  /** id of the model */
  kind: z.string(),
  task: z.enum(["binary", "multiclass", "regression", "survival"]),
  /** by code; of two the second is the positive one; empty for numbers and survival */
  classes: z.array(z.string()),
  options: z.unknown(),
  scale: z.enum(["auto", "none", "standardize", "robust"]),
  class_weight: z.boolean(),
  /** features that predictions depend on, in the order of the parameters */
  features: z.array(z.string()),
  /** how many features the training part offered */
  features_offered: z.int().min(0),
  /** training samples, a sample drawn c times counted c times */
  samples: z.int().min(1),
  preprocessing,
  parameters: z.unknown(),
  calibration: calibration.nullable(),
  summary: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
  /** of the data set, as the study knows it */
  data_sha256: z.string(),
  seed: z.int().min(0),
});

export type FrozenModel = z.output<typeof frozenModel>;

/** `auto`: as the model gives them, by Platt's sigmoid where it gives margins. */
export type CalibrationRequest = "auto" | "none" | Calibration["method"];

export interface ModelRequest {
  /** id or alias */
  readonly model: string;
  /** the model's own, defaults not yet filled in */
  readonly options: unknown;
  readonly shared: ModelShared;
  readonly calibration: CalibrationRequest;
  readonly treatment: Treatment;
  readonly dataSha256: string;
  readonly seed: number;
}

/**
 * Fits a model to a training part and freezes it together with what was done to the data.
 * Calibration is learned from inner out-of-fold decision values; the model itself from the whole part.
 *
 * @throws EngineError  as `learnedOf`; option_invalid; as the model says
 * Cost one fit, and `innerFolds` more where calibrated.
 */
export function fitModel(part: TrainingPart, request: ModelRequest, rng: Rng): FrozenModel {
  const model = callable(request.model);
  const options = checkedModelOptions(model.id, request.options);
  const learned = learnedOf(modelOf(model.id), part);
  const method = calibrationOf(model, learned, request.calibration);
  const { shared } = request;
  const fitted = model.fit(part, options, shared, rng.child("fit"));
  return plain(model, {
    kind: model.id,
    task: learned.task,
    classes: [...learned.classes],
    options,
    scale: shared.scale,
    class_weight: shared.classWeight,
    features: fitted.features.map((j) => part.featureNames[j]!),
    features_offered: part.p,
    samples: part.counts.reduce((a, b) => a + b, 0),
    preprocessing: freezePreprocessing(part, fitted.features, request.treatment),
    parameters: fitted.parameters,
    calibration: method === "none" ? null : calibrated(model, part, options, shared, method, learned, rng.child("calibration")),
    summary: fitted.summary ?? {},
    data_sha256: request.dataSha256,
    seed: request.seed,
  });
}

/** As the model will be read back from a file, so that it predicts the same before and after. */
function plain(model: Model, frozen: FrozenModel): FrozenModel {
  const copy = frozenModel.parse(JSON.parse(JSON.stringify(frozen)));
  return { ...copy, parameters: model.parameters.parse(copy.parameters) };
}

function calibrationOf(model: Model, { classes }: Learned, asked: CalibrationRequest): Calibration["method"] | "none" {
  const at = ["config", "calibration"];
  if (classes.length === 0) {
    if (asked === "platt" || asked === "isotonic") {
      throw new EngineError(
        "option_invalid",
        `calibration ${asked} is for probabilities of classes; there are none here. Set it to none`,
        at,
      );
    }
    return "none";
  }
  if (asked === "auto") return model.scores === "margins" ? "platt" : "none";
  if (asked === "none" && model.scores === "margins") {
    throw new EngineError("option_invalid", `${model.id} has no probabilities of its own; set calibration to platt or isotonic`, at);
  }
  return asked;
}

/** Each fold is balanced by itself, after the split, as the part was. */
function calibrated(
  model: Model,
  train: TrainingPart,
  options: unknown,
  shared: ModelShared,
  method: Calibration["method"],
  learned: Learned,
  rng: Rng,
): Calibration {
  const { part, balancing } = beforeBalance(train, shared);
  const y = classCodes(part);
  const blocks = learned.classes.length === 2 ? 1 : learned.classes.length;
  const values = Array.from({ length: blocks }, () => new Float64Array(part.m));
  const covered = new Float64Array(part.m);
  innerFolds(part, shared.innerFolds, shared.groups, rng.child("folds")).forEach(({ train: rows, test }, f) => {
    const places = Uint32Array.from(rows);
    const held = Uint32Array.from(test);
    const { beforeBalance: _, ...rest } = shared;
    const groups = shared.groups && Int32Array.from(places, (i) => shared.groups![i]!);
    const fit = (own: TrainingPart, inner: ModelShared): Fitted<unknown> => {
      learnedOf(modelOf(model.id), own);
      return model.fit(own, options, inner, rng.child("fold", f));
    };
    const fitted = withSubPart(part, places, (some) => {
      const own = { ...rest, groups };
      if (balancing === undefined || balancing.how === "class_weight") return fit(some, own);
      return withBalancedPart(some, balancing.how, rng.child("balance", f), (balanced) =>
        fit(balanced.part, { ...own, beforeBalance: { part: some, balancing: { how: balancing.how, rng: rng.child("inner", f) } } }),
      );
    });
    const all = partTable(part, fitted.features, model.missing);
    const table = { n: held.length, k: all.k, columns: all.columns.map((column) => takeValues(column, held)) };
    decisionValues(model, model.predict(fitted.parameters, table, learned)).forEach((column, b) => {
      held.forEach((i, t) => {
        values[b]![i] = column[t]!;
      });
    });
    for (const i of held) covered[i] = part.counts[i]!;
  });
  refuseOneSided(y, learned.classes, covered);
  return fitCalibration(method, values, y, covered);
}

function classCodes({ target }: TrainingPart): Int32Array {
  if (!("classes" in target)) throw new Error("only classes have probabilities to calibrate");
  return target.y;
}

function decisionValues(model: Model, { scores }: Prediction): Float64Array[] {
  return model.scores === "margins" ? scores : logOdds(scores);
}

/**
 * What a frozen model says of new samples: their features are aligned by name and treated as the training part's were.
 * Predictions of one sample do not depend on the others.
 * @throws EngineError  data_unusable, see `treatSamples`
 */
export function predictRaw(frozen: FrozenModel, raw: RawSamples): Prediction {
  const model = callable(frozen.kind);
  const table = treatSamples(frozen.preprocessing, frozen.features, raw, model.missing);
  const prediction = model.predict(frozen.parameters, table, { task: frozen.task, classes: frozen.classes });
  if (frozen.calibration === null) return prediction;
  return { scores: calibrate(frozen.calibration, decisionValues(model, prediction)) };
}

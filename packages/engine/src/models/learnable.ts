import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { tellsSomething } from "../stats/partial-likelihood.ts";
import { supervised } from "../target.ts";
import type { AnyModel, Learned } from "./define.ts";

/**
 * What a part is to be learned for, refused where nothing can be.
 * @throws EngineError  method_task; data_unusable (a class without a sample, a constant target, no event, covariates)
 */
export function learnedOf({ id, tasks }: AnyModel, part: TrainingPart): Learned {
  const target = supervised(part.target);
  if (!tasks.includes(target.task)) {
    throw new EngineError("method_task", `${id} does not do ${target.task}; it does ${tasks.join(", ")}`, ["config", "model"]);
  }
  if (part.covariateNames.length > 0) {
    const names = part.covariateNames.join(", ");
    throw new EngineError("data_unusable", `a saved model predicts from features alone; leave the covariates (${names}) out`, [
      "config",
      "covariates",
    ]);
  }
  if (target.task === "survival") {
    if (!tellsSomething({ rows: Uint32Array.from(target.time.keys()), time: target.time, event: target.event })) {
      throw new EngineError("data_unusable", "no event happened while other samples were still at risk; there is nothing to learn");
    }
    return { task: target.task, classes: [] };
  }
  if (target.task === "regression") {
    if (target.y.every((value) => value === target.y[0])) {
      throw new EngineError("data_unusable", `the target is ${target.y[0]} in every training sample; there is nothing to learn`);
    }
    return { task: target.task, classes: [] };
  }
  const absent = target.classes.find((_, code) => !target.y.includes(code));
  if (absent !== undefined) {
    throw new EngineError("data_unusable", `class ${absent} has no training sample; choose samples that hold it, or drop it`);
  }
  return { task: target.task, classes: target.classes };
}

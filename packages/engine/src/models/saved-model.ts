import { z } from "zod";
import { EngineError } from "../errors.ts";
import { sha256 } from "../sha256.ts";
import { VERSION } from "../version.ts";
import { type FrozenModel, frozenModel } from "./frozen.ts";
import { callable, checkedModelOptions } from "./registry.ts";

export const MODEL_FORMAT = "omicselector2.model";
/** Raised where an older program could not read the file, or would read it wrongly. */
export const MODEL_VERSION = 1;

const head = z.strictObject({
  format: z.literal(MODEL_FORMAT),
  version: z.literal(MODEL_VERSION),
  /** of the program that saved it */
  engine: z.string(),
});

/**
 * A frozen model as JSON: data alone, nothing in it is ever run. Numbers are written with as many digits as tell them apart, so
 * that they come back bit by bit; `sha256` is that of the file's other members, written without spaces in their order.
 */
export function saveModel(model: FrozenModel): string {
  const content = { format: MODEL_FORMAT, version: MODEL_VERSION, engine: VERSION, ...model };
  return JSON.stringify({ ...content, sha256: sha256(JSON.stringify(content)) });
}

/**
 * Reads what `saveModel` wrote; spaces may have been added.
 * @throws EngineError  data_unusable: not a model, of a newer version, damaged or edited
 */
export function loadModel(text: string): FrozenModel {
  const { sha256: stated, ...content } = objectOf(text);
  if (content.format !== MODEL_FORMAT) throw refused(`this file is no saved model: its format is not ${MODEL_FORMAT}`);
  if (typeof content.version === "number" && content.version > MODEL_VERSION) {
    throw refused(`this model has version ${content.version} of the format, this program reads up to ${MODEL_VERSION}: update it`);
  }
  if (typeof stated !== "string" || stated !== sha256(JSON.stringify(content))) {
    throw refused("this model was damaged or changed after it was saved: its content does not match its sha256. Fetch or train it again");
  }
  const { format, version, engine, ...rest } = content;
  const frozen = frozenModel.safeParse(rest);
  if (!head.safeParse({ format, version, engine }).success || !frozen.success) throw refused(WRONG);
  const model = callable(frozen.data.kind);
  const parameters = model.parameters.safeParse(frozen.data.parameters);
  if (!parameters.success) throw refused(WRONG);
  return { ...frozen.data, options: checkedModelOptions(model.id, frozen.data.options), parameters: parameters.data };
}

const WRONG = "this model does not have the members that its version has; fetch or train it again";

function objectOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused("this file is no saved model: it is not JSON, or its end is missing");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refused("this file is no saved model: it is no JSON object");
  return value as Record<string, unknown>;
}

function refused(message: string): EngineError {
  return new EngineError("data_unusable", message, ["model"]);
}

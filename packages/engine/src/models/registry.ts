import { z } from "zod";
import { EngineError } from "../errors.ts";
import { decisionTree } from "./decision-tree.ts";
import type { AnyModel, Model } from "./define.ts";
import { linearRegression } from "./linear-regression.ts";
import { logisticRegression } from "./logistic-regression.ts";
import { randomForest } from "./random-forest.ts";

/** One line per model. */
export const models: readonly AnyModel[] = [decisionTree, linearRegression, logisticRegression, randomForest];

const byName = new Map(models.flatMap((model) => [model.id, ...model.aliases].map((name) => [name, model] as const)));

/**
 * The model of an id or alias.
 * @param at  where in the request the name stands
 * @throws EngineError  method_unknown, listing the known ones
 */
export function modelOf(name: string, at: readonly string[] = ["config", "model"]): AnyModel {
  const found = byName.get(name);
  if (found === undefined) {
    throw new EngineError("method_unknown", `unknown model "${name}"; known models: ${models.map((m) => m.id).join(", ")}`, at);
  }
  return found;
}

/** The model of an id or alias, to be called with options of its own. */
export function callable(name: string): Model {
  return modelOf(name) as unknown as Model;
}

/**
 * The options of a model with its defaults filled in.
 * @param at  where in the request the options stand
 * @throws EngineError  option_invalid, with the path of the first field at fault
 */
export function checkedModelOptions(name: string, given: unknown, at: readonly string[] = ["config", "model_options"]): unknown {
  const { id, options } = modelOf(name);
  const parsed = (options as z.ZodType).safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new EngineError("option_invalid", `${id}: ${issue.message}`, [
    ...at,
    ...issue.path.map((key) => (typeof key === "number" ? key : String(key))),
  ]);
}

/** What any form, command line or document needs to know of a model. */
export interface ModelDescription {
  id: string;
  kind: "model";
  aliases: string[];
  tasks: string[];
  summary: string;
  explanation: string;
  source: string;
  /** JSON Schema of the options */
  options: unknown;
}

export function describeModel(name: string): ModelDescription {
  const { id, aliases, tasks, summary, explanation, source, options } = modelOf(name);
  return {
    id,
    kind: "model",
    aliases: [...aliases],
    tasks: [...tasks],
    summary,
    explanation,
    source,
    options: z.toJSONSchema(options, { io: "input", unrepresentable: "any" }),
  };
}

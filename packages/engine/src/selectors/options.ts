import { z } from "zod";
import { EngineError } from "../errors.ts";
import { selectorOf } from "./registry.ts";

/**
 * The options of a method with its defaults filled in.
 * @param at  where in the request the options stand; below method_options when left out
 * @throws EngineError  option_invalid, with the path of the first field at fault
 */
export function checkedOptions(
  method: string,
  config: { method_options: Record<string, Record<string, unknown>> },
  at?: readonly string[],
): unknown {
  const selector = selectorOf(method);
  const given = config.method_options[selector.id] ?? {};
  const parsed = selector.options.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = [
    ...(at ?? ["config", "method_options", selector.id]),
    ...issue.path.map((key) => (typeof key === "number" ? key : String(key))),
  ];
  throw new EngineError("option_invalid", `${selector.id}: ${issue.message}`, path);
}

/** What any form, command line or document needs to know of a method. */
export interface MethodDescription {
  id: string;
  /** `method`: goes among `methods`; `wrapper`: goes into `config` under its id */
  kind: "method" | "wrapper";
  aliases: string[];
  tasks: string[];
  summary: string;
  explanation: string;
  source: string;
  /** JSON Schema of the options */
  options: unknown;
}

export function describeMethod(id: string): MethodDescription {
  const { aliases, tasks, summary, explanation, source, options } = selectorOf(id);
  return {
    id,
    kind: "method",
    aliases: [...aliases],
    tasks: [...tasks],
    summary,
    explanation,
    source,
    options: z.toJSONSchema(options, { io: "input", unrepresentable: "any" }),
  };
}

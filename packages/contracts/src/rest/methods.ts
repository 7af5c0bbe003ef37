import { z } from "zod";

export const method = z
  .object({
    id: z.string(),
    kind: z.enum(["method", "wrapper"]).describe("method: goes among `methods`; wrapper: goes into `config` under its id"),
    aliases: z.array(z.string()),
    tasks: z.array(z.string()),
    summary: z.string(),
    explanation: z.string(),
    source: z.string(),
    options: z.unknown().describe("JSON Schema of `config.method_options.<id>`, of a wrapper of `config.<id>`"),
  })
  .meta({ id: "Method" });

export const methodList = z.object({ items: z.array(method), total: z.int() });

export type MethodBody = z.output<typeof method>;

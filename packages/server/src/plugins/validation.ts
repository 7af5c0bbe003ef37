import type { rest } from "@omicselector2/contracts";
import type { FastifyInstance, FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { invalid } from "../problems.ts";
import { serializerCompiler } from "./serialization.ts";

/** Checks by Zod, answers 422 with each bad field; bodies of plain JSON, an empty one counts as none. */
export function addValidation(app: FastifyInstance): void {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  // text/plain is not taken either: 415 tells more than a body that is no object.
  app.removeContentTypeParser("text/plain");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (String(body).trim() === "") return done(null, undefined);
    return parse(request, String(body), done);
  });
  app.addHook("preValidation", async (request) => {
    refuseDepth(request.body);
    const errors = [...unstorable(request.params), ...unstorable(request.query), ...unstorable(request.body)];
    if (errors.length > 0) throw invalid(errors, "invalid_text");
  });
}

const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data) => {
    const parsed = schema.safeParse(data, { reportInput: true });
    if (parsed.success) return { value: parsed.data };
    if (httpPart === "body" && (data === null || data === undefined)) {
      return { error: invalid([{ path: "", message: "a JSON object is expected as the body" }]) };
    }
    return { error: invalid(fieldErrors(parsed.error)) };
  };

/** One entry for each field at fault, unknown fields by their own names. */
export function fieldErrors(error: z.ZodError): rest.FieldError[] {
  return error.issues.flatMap((issue) => {
    const at = (keys: readonly PropertyKey[]) => keys.map(String).join(".");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: at([...issue.path, key]), message: "is not a known field" }));
    }
    return [{ path: at(issue.path), message: isMissing(issue) ? missing(issue.message) : issue.message }];
  });
}

/** Only where the input is reported; a rule over several fields speaks for itself. */
const isMissing = (issue: z.core.$ZodIssue): boolean => "input" in issue && issue.input === undefined && issue.code !== "custom";

/** Of a field that is not there, only its choices are worth telling. */
function missing(message: string): string {
  return message.startsWith("Invalid option: ") ? `is missing: ${message.slice("Invalid option: ".length)}` : "is missing";
}

const mostLevels = 64;

/** What is nested without end would overflow the stack of whoever walks through it. @throws Problem  422 */
export function refuseDepth(body: unknown): void {
  let level: { at: string; value: unknown }[] = [{ at: "", value: body }];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > mostLevels) throw invalid([{ path: level[0]!.at, message: `is nested more than ${mostLevels} levels deep` }]);
    level = level.flatMap(({ at, value }) =>
      typeof value === "object" && value !== null
        ? Object.entries(value).map(([key, inner]) => ({ at: at === "" ? key : at, value: inner }))
        : [],
    );
  }
}

/** Texts that PostgreSQL's JSONB refuses: U+0000 and unpaired surrogates, in keys as in values. */
export function unstorable(value: unknown, path = ""): rest.FieldError[] {
  const below = (key: string | number) => (path === "" ? String(key) : `${path}.${key}`);
  if (typeof value === "string") return isStorable(value) ? [] : [{ path, message: "holds U+0000 or an unpaired surrogate" }];
  if (Array.isArray(value)) return value.flatMap((item, i) => unstorable(item, below(i)));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    isStorable(key) ? unstorable(item, below(key)) : [{ path, message: "has a key that holds U+0000 or an unpaired surrogate" }],
  );
}

const isStorable = (text: string): boolean => !text.includes("\0") && text.isWellFormed();

import type { rest } from "@omicselector2/contracts";
import type { FastifyInstance, FastifySchemaCompiler } from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import type { z } from "zod";
import { invalid } from "../problems.ts";

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
    const errors = [...unstorable(request.params), ...unstorable(request.query), ...unstorable(request.body)];
    if (errors.length > 0) throw invalid(errors, "invalid_text");
  });
}

const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data) => {
    const parsed = schema.safeParse(data);
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
    return [{ path: at(issue.path), message: issue.message }];
  });
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

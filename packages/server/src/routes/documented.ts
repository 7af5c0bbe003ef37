import { rest } from "@omicselector2/contracts";
import type { z } from "zod";
import { explain, type ProblemCode } from "../problems.ts";

/** Every route may end so; documented once, here. */
const anywhere: ProblemCode[] = [
  "malformed_request",
  "malformed_json",
  "method_not_allowed",
  "invalid_text",
  "validation_failed",
  "rate_limited",
  "internal",
  "unavailable",
];

type ProblemResponse = { description: string; content: { "application/problem+json": { schema: typeof rest.problem } } };

/**
 * Responses of a route: its successes, and the problems it may answer, grouped by their status.
 * What a success answers is typed by its schema; problems are thrown.
 */
export function responses<
  Success extends Record<number, z.ZodType | { description: string; content: Record<string, { schema: z.ZodType }> }>,
>(success: Success, ...problems: ProblemCode[]): Success {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set([...problems, ...anywhere])) {
    const { status } = explain(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const documented: Record<number, ProblemResponse> = {};
  for (const [status, codes] of byStatus) {
    documented[status] = {
      description: codes.map((code) => `\`${code}\`: ${explain(code).title}`).join("; "),
      content: { "application/problem+json": { schema: rest.problem } },
    };
  }
  return { ...documented, ...success };
}

/** A success that is a file. */
export const fileResponse = (description: string, mediaType: string, schema: z.ZodType) => ({
  description,
  content: { [mediaType]: { schema } },
});

/** A successful answer with its description in the documentation. */
export const loggedIn = [{ bearer: [] }];

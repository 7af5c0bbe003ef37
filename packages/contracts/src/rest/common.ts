import { z } from "zod";

/** What several resources share: ids, times, pages, problems. */

export const resourceId = z.guid("must be a UUID such as 3f2b8c1e-5d0a-4c7b-9e6f-0a1b2c3d4e5f").toLowerCase().describe("UUID");
export const timestamp = z.iso.datetime().describe("UTC, ISO 8601");
export const idParams = z.strictObject({ id: resourceId });

/** A whole number in a query. */
export const wholeNumber = (from: number, to: number) =>
  z.coerce
    .number("must be a whole number")
    .int("must be a whole number")
    .min(from, `must be at least ${from}`)
    .max(to, `must be at most ${to}`);

/** Yes or no in a query. */
export const flag = z.enum(["true", "false"], "must be true or false").transform((text) => text === "true");

/** Query of every list. */
export const pageQuery = z.strictObject({
  page: wholeNumber(1, 1_000_000).default(1).describe("from 1"),
  size: wholeNumber(1, 100).default(50).describe("rows on a page, 1 to 100"),
  cursor: z.string().min(1).max(200).optional().describe("`cursor` of the page before, for deep lists; `page` is not looked at then"),
});

/** One page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    total: z.int().min(0).describe("rows on all pages"),
    page: z.int().min(1),
    size: z.int().min(1),
    cursor: z.string().nullable().describe("where the next page begins; null at the end and under other sorts than newest first"),
  });
}

export const fieldError = z.object({
  path: z.string().describe("the field, its steps joined by dots: `config.stability.threshold`; empty for the request as a whole"),
  message: z.string(),
});

/** RFC 9457; media type `application/problem+json`. */
export const problem = z
  .looseObject({
    type: z.string().describe("where the code is explained"),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe("what happened and what to do"),
    code: z.string().describe("stable; see /problems"),
    request_id: z.string(),
    errors: z.array(fieldError).optional().describe("each field at fault"),
    row: z.int().optional().describe("line of an uploaded file, the first is 1"),
    column: z.string().optional().describe("column of an uploaded file"),
    remedy: z.string().optional(),
  })
  .meta({ id: "Problem" });

export type FieldError = z.output<typeof fieldError>;
export type ProblemBody = z.output<typeof problem>;
export type PageQuery = z.output<typeof pageQuery>;

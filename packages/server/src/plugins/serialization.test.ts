import { rest } from "@omicselector2/contracts";
import { serializerCompiler as checking } from "fastify-type-provider-zod";
import { expect, test } from "vitest";
import { z } from "zod";
import { pickerOf, serializerCompiler } from "./serialization.ts";

type Route = Parameters<typeof serializerCompiler>[0];
const write = (schema: z.ZodType, data: unknown) => serializerCompiler({ schema, method: "GET", url: "/" } as unknown as Route)(data);
const checked = (schema: z.ZodType, data: unknown) => checking({ schema, method: "GET", url: "/" } as never)(data);

const id = "3f2b8c1e-5d0a-4c7b-9e6f-0a1b2c3d4e5f";
const at = "2026-01-01T00:00:00.000Z";
const item = {
  queue: "default",
  job_id: id,
  job_type: "feature_selection",
  status: "failed",
  created_at: at,
  dataset_id: null,
  progress: 3,
  started_at: at,
  completed_at: null,
  error_message: "out of memory",
};
const page = { items: [item, { ...item, error_message: undefined }], total: 2, page: 1, size: 50, cursor: null };
const job = {
  ...item,
  message: null,
  eta_seconds: null,
  methods: ["lasso"],
  config: { seed: 1, stability: { q: 3 } },
  estimated_seconds: 2.5,
};

test.each([
  ["a page of jobs", rest.jobPage, page],
  ["a job", rest.job, job],
])("writes %s byte for byte as Zod does", (_, schema, data) => {
  expect(pickerOf(schema)).toBeDefined();
  expect(write(schema, data)).toBe(checked(schema, data));
});

test("what the schema does not name never leaves, at no depth", () => {
  const rows = { ...page, items: [{ ...item, user_id: id, hashed_password: "x" }], sql: "select" };
  expect(write(rest.jobPage, rows)).toBe(checked(rest.jobPage, { ...page, items: [item] }));
});

test("Zod writes what is more than named: codecs, defaults, unions, fields beyond the known", () => {
  const date = z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (value) => value.toISOString() });
  for (const [schema, data] of [
    [z.object({ at: date }), { at: new Date(at) }],
    [z.object({ rows: z.array(z.union([z.string(), z.object({ a: z.int() })])) }), { rows: ["x", { a: 1, b: 2 }] }],
    [z.looseObject({ a: z.int() }), { a: 1, b: 2 }],
  ] as const) {
    expect(pickerOf(schema)).toBeUndefined();
    expect(write(schema, data)).toBe(checked(schema, data));
  }
});

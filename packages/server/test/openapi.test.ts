import { afterAll, beforeAll, expect, test } from "vitest";
import { mediaTypeOf } from "../src/routes/artifacts.ts";
import { type Harness, openHarness } from "./harness.ts";

type Schema = { [key: string]: unknown };
interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  security?: Schema[];
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}

let harness: Harness;
let document: {
  openapi: string;
  info: Schema;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Schema; securitySchemes: Schema };
};
let operations: { title: string; path: string; operation: Operation }[];

beforeAll(async () => {
  harness = await openHarness();
  const answer = await harness.anonymous.get("/openapi.json");
  expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
  document = answer.json();
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ title: `${method.toUpperCase()} ${path}`, path, operation })),
  );
});
afterAll(() => harness.close());

test("is OpenAPI 3.1 and lists every route there is", () => {
  expect(document.openapi).toBe("3.1.0");
  expect(operations.map(({ title }) => title).sort()).toEqual(
    [
      "POST /api/v1/auth/register",
      "POST /api/v1/auth/login",
      "POST /api/v1/auth/refresh",
      "POST /api/v1/auth/logout",
      "GET /api/v1/auth/me",
      "PATCH /api/v1/auth/me",
      "DELETE /api/v1/auth/me",
      "GET /api/v1/auth/me/export",
      "POST /api/v1/data/upload",
      "GET /api/v1/data",
      "GET /api/v1/data/{id}",
      "PATCH /api/v1/data/{id}",
      "DELETE /api/v1/data/{id}",
      "GET /api/v1/data/{id}/download",
      "GET /api/v1/data/{id}/preview",
      "GET /api/v1/data/{id}/doctor",
      "GET /api/v1/data/{id}/summary",
      "GET /api/v1/data/{id}/shares",
      "PUT /api/v1/data/{id}/shares/{username}",
      "DELETE /api/v1/data/{id}/shares/{username}",
      "POST /api/v1/jobs",
      "POST /api/v1/jobs/feature-selection",
      "POST /api/v1/jobs/model-training",
      "POST /api/v1/jobs/hyperparameter-tuning",
      "POST /api/v1/jobs/benchmarking",
      "POST /api/v1/jobs/preprocessing",
      "POST /api/v1/jobs/estimate",
      "POST /api/v1/jobs/{id}/rerun",
      "GET /api/v1/jobs",
      "GET /api/v1/jobs/{id}",
      "DELETE /api/v1/jobs/{id}",
      "GET /api/v1/jobs/{id}/result",
      "GET /api/v1/results/{id}",
      "DELETE /api/v1/results/{id}",
      "GET /api/v1/results/{id}/artifacts",
      "GET /api/v1/results/{id}/artifacts/{name}",
      "GET /api/v1/methods",
      "GET /api/v1/admin/users",
      "PATCH /api/v1/admin/users/{id}",
      "GET /api/v1/admin/audit",
      "GET /api/v1/admin/queues",
      "GET /api/v1/admin/storage",
      "GET /health",
      "GET /ready",
    ].sort(),
  );
});

test("every operation has its own id, a summary, a known tag and its path parameters", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { title, path, operation } of operations) {
    expect(operation.summary, title).toBeTruthy();
    expect(operation.tags, title).toHaveLength(1);
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).filter((each) => each.in === "path");
    expect(
      declared.map(({ name }) => name),
      title,
    ).toEqual(named);
    for (const each of declared) expect(each.required, title).toBe(true);
  }
});

test("every reference leads somewhere, every response has a description and a schema or no body", () => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
  for (const [, path] of references) {
    const target = path!.split("/").reduce<unknown>((at, key) => (at as Schema | undefined)?.[key], document);
    expect(target, path).toBeDefined();
  }
  for (const { title, operation } of operations) {
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      expect(description, `${title} ${status}`).toBeTruthy();
      if (status === "204") expect(content, title).toBeUndefined();
      else expect(Object.values(content ?? {})[0]?.schema, `${title} ${status}`).toBeDefined();
      if (Number(status) >= 400 && !title.endsWith("/ready"))
        expect(Object.keys(content!), `${title} ${status}`).toEqual(["application/problem+json"]);
    }
  }
});

test("documents the statuses of the plan and of what may go wrong", () => {
  const statuses = (title: string) => Object.keys(operations.find((each) => each.title === title)!.operation.responses);
  expect(statuses("POST /api/v1/auth/register")).toEqual(expect.arrayContaining(["201", "409", "422"]));
  expect(statuses("POST /api/v1/auth/login")).toEqual(expect.arrayContaining(["200", "401", "422", "429"]));
  expect(statuses("POST /api/v1/data/upload")).toEqual(expect.arrayContaining(["201", "401", "413", "415", "422"]));
  expect(statuses("DELETE /api/v1/data/{id}")).toEqual(expect.arrayContaining(["204", "404", "422"]));
  expect(statuses("POST /api/v1/jobs/feature-selection")).toEqual(expect.arrayContaining(["201", "404", "409", "422", "429"]));
  expect(statuses("POST /api/v1/jobs/estimate")).toEqual(expect.arrayContaining(["200", "404", "422"]));
  expect(statuses("DELETE /api/v1/jobs/{id}")).toEqual(expect.arrayContaining(["200", "404", "409"]));
  expect(statuses("POST /api/v1/jobs/model-training")).toContain("422");
  for (const { title, operation } of operations) {
    expect(Object.keys(operation.responses), title).toEqual(expect.arrayContaining(["400", "405"]));
    if (operation.security !== undefined) expect(Object.keys(operation.responses), title).toContain("401");
    if (title.includes("{id}")) expect(Object.keys(operation.responses), title).toContain("404");
  }
});

test("a file of a result is documented with every media type that it may have", () => {
  const { content } = operations.find(({ operation }) => operation.operationId === "getArtifact")!.operation.responses["200"]!;
  for (const name of ["result.json", "features.csv", "report.html", "plot.svg", "ro-crate-metadata.jsonld", "crate.zip", "model"]) {
    expect(Object.keys(content!), name).toContain(mediaTypeOf(name).split(";")[0]);
  }
});

test("a body that may be left out is not required, others are", () => {
  const required = (title: string) => operations.find((each) => each.title === title)!.operation.requestBody?.required;
  expect(["auth/refresh", "auth/logout", "jobs/{id}/rerun"].map((path) => required(`POST /api/v1/${path}`))).toEqual([false, false, false]);
  expect([required("POST /api/v1/auth/login"), required("POST /api/v1/jobs")]).toEqual([true, true]);
});

test("the upload is a form with files", () => {
  const { requestBody } = operations.find(({ title }) => title === "POST /api/v1/data/upload")!.operation;
  const { schema } = requestBody!.content["multipart/form-data"]!;
  expect(schema).toMatchObject({
    required: expect.arrayContaining(["file", "name", "data_type"]),
    properties: { file: { format: "binary" } },
  });
});

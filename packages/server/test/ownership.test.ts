import { completeJob, startJob } from "@omicselector2/platform";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, type Harness, openHarness, uploadParts } from "./harness.ts";

/** Walks the OpenAPI document: a route that is added is in it, and so is tested. */

interface Operation {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  guarded: boolean;
}

let harness: Harness;
let owner: Client;
let stranger: Client;
let ids: Record<string, string>;
let operations: Operation[];

beforeAll(async () => {
  harness = await openHarness();
  owner = await harness.user("owner");
  stranger = await harness.user("stranger");
  const data = (await owner.upload(uploadParts())).json().dataset_id;
  const jobs = (await owner.post("/api/v1/jobs/feature-selection", { dataset_id: data, methods: ["t_test"] })).json().job_id;
  await startJob(harness.platform.db, jobs);
  const results = crypto.randomUUID();
  await harness.platform.blobs.put(`results/${results}/result.json`, Buffer.from("{}"));
  await completeJob(harness.platform.db, jobs, {
    resultId: results,
    selectedFeatures: [],
    metrics: {},
    artifactsPath: `s3://results/${results}/`,
  });
  ids = { data, jobs, results };
  operations = operationsOf((await harness.anonymous.get("/openapi.json")).json());
});
afterAll(() => harness.close());

function operationsOf(document: { paths: Record<string, Record<string, { security?: unknown[] }>> }): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase() as Operation["method"],
      path,
      guarded: security !== undefined,
    })),
  );
}

const valid: Record<string, unknown> = { PATCH: { name: "mine now" } };

function ask(client: Client, { method, path }: Operation, id: string) {
  const url = path.replace("{id}", id).replace("{name}", "result.json").replace("{username}", "somebody");
  if (method === "GET") return client.get(url);
  if (method === "DELETE") return client.delete(url);
  if (method === "PUT") return client.put(url);
  return method === "POST" ? client.post(url) : client.patch(url, valid.PATCH);
}

// Accounts are nobody's: tenants.test.ts sees to them.
const withId = () => operations.filter(({ path }) => path.includes("{id}") && !path.includes("/admin/"));
const resourceOf = (path: string) => path.split("/")[3]!;

test("the walk finds the routes", () => {
  expect(withId().length).toBeGreaterThanOrEqual(13);
  expect(new Set(withId().map(({ path }) => resourceOf(path)))).toEqual(new Set(["data", "jobs", "results"]));
});

test("without a token every route that is not public is 401", async () => {
  const open = operations.filter(({ guarded }) => !guarded).map(({ method, path }) => `${method} ${path}`);
  expect(open.sort()).toEqual([
    "GET /api/v1/methods",
    "GET /health",
    "GET /ready",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
  ]);
  for (const operation of operations.filter(({ guarded }) => guarded)) {
    const answer = await ask(harness.anonymous, operation, crypto.randomUUID());
    expect(answer.statusCode, `${operation.method} ${operation.path}`).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe('Bearer realm="omicselector2"');
  }
});

describe("a path with an id", () => {
  test("is 404 for a stranger, with the same words as where nothing is", async () => {
    for (const operation of withId()) {
      const title = `${operation.method} ${operation.path}`;
      const theirs = await ask(stranger, operation, ids[resourceOf(operation.path)]!);
      const nothing = await ask(stranger, operation, crypto.randomUUID());
      expect(theirs.statusCode, title).toBe(404);
      expect({ ...theirs.json(), request_id: "" }, title).toEqual({ ...nothing.json(), request_id: "" });
    }
  });

  test("is 422 when the id is malformed", async () => {
    for (const operation of withId()) {
      for (const id of ["1", "not-a-uuid", "00000000-0000-0000-0000-00000000000g", "'%20or%201=1"]) {
        const answer = await ask(owner, operation, id);
        expect([answer.statusCode, answer.json().errors[0].path], `${operation.method} ${operation.path} ${id}`).toEqual([422, "id"]);
      }
    }
  });

  test("is none of 401, 404, 422, 500 for its owner, in any case of the letters", async () => {
    const reading = withId().filter(({ method }) => method === "GET");
    for (const operation of reading) {
      const id = ids[resourceOf(operation.path)]!;
      for (const spelling of [id, id.toUpperCase()]) {
        expect((await ask(owner, operation, spelling)).statusCode, `${operation.method} ${operation.path}`).toBe(200);
      }
    }
  });
});

test("a stranger's lists are empty", async () => {
  for (const path of ["/api/v1/data", "/api/v1/jobs"]) expect((await stranger.get(path)).json()).toMatchObject({ items: [], total: 0 });
});

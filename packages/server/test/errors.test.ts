import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toProblem } from "../src/to-problem.ts";
import { type Client, type Harness, openHarness, uploadParts } from "./harness.ts";

let harness: Harness;
let client: Client;
let datasetId: string;
beforeAll(async () => {
  harness = await openHarness();
  client = await harness.user("anna");
  datasetId = (await client.upload(uploadParts())).json().dataset_id;
});
afterAll(() => harness.close());

const submit = (body: Record<string, unknown>) =>
  client.post("/api/v1/jobs/feature-selection", { dataset_id: datasetId, methods: ["t_test"], ...body });
const paths = (answer: { json(): { errors: { path: string }[] } }) => answer.json().errors.map(({ path }) => path);

test("every error is a problem of RFC 9457 with the id of its request", async () => {
  for (const path of ["/nowhere", "/api/v1/nowhere", "/api/v1/data/not-an-id", `/api/v1/data/${crypto.randomUUID()}`]) {
    const answer = await client.get(path, { "x-request-id": "trace-1" });
    expect(answer.headers["content-type"], path).toBe("application/problem+json; charset=utf-8");
    expect(answer.headers["x-request-id"]).toBe("trace-1");
    expect(answer.json()).toMatchObject({
      status: answer.statusCode,
      request_id: "trace-1",
      detail: expect.any(String),
      title: expect.any(String),
    });
    expect(answer.json().type).toBe(`/problems#${answer.json().code}`);
  }
});

test.each([
  ["config.cv_folds", { config: { cv_folds: 1 } }],
  ["config.stability.threshold", { config: { stability: { threshold: 2 } } }],
  ["config.stability.colour", { config: { stability: { colour: "red" } } }],
  ["config.n_feature", { config: { n_feature: 5 } }],
  ["methods", { methods: [] }],
  ["methods.0", { methods: [5] }],
  ["dataset_id", { dataset_id: "nonsense" }],
  ["colour", { colour: "red" }],
])("422 names %s", async (path, body) => {
  const answer = await submit(body);
  expect([answer.statusCode, paths(answer)]).toEqual([422, [path]]);
});

test("422 names every field at fault, not only the first", async () => {
  const answer = await submit({ methods: [], config: { cv_folds: 0, seed: -1 } });
  expect(paths(answer).sort()).toEqual(["config.cv_folds", "config.seed", "methods"]);
});

test("what the engine refuses is 422 with the field at fault", async () => {
  const unknown = await submit({ methods: ["t_test", "magic"] });
  expect([unknown.statusCode, paths(unknown), unknown.json().cause_code]).toEqual([422, ["methods"], "method_unknown"]);
  expect(unknown.json().detail).toMatch(/known methods: .*anova/);
  const target = await submit({ config: { target_column: "missing" } });
  expect([target.statusCode, paths(target)]).toEqual([422, ["config.target_column"]]);
});

test("a dataset that is nobody's or somebody else's is 404", async () => {
  const other = await harness.user("other");
  const body = { dataset_id: datasetId, methods: ["t_test"] };
  expect((await other.post("/api/v1/jobs/feature-selection", body)).statusCode).toBe(404);
  expect((await other.post("/api/v1/jobs/estimate", body)).statusCode).toBe(404);
  expect((await submit({ dataset_id: crypto.randomUUID() })).statusCode).toBe(404);
});

test.each(["model_training", "hyperparameter_tuning", "benchmarking", "preprocessing"])(
  "%s is not available, and nothing is accepted",
  async (type) => {
    const before = (await client.get("/api/v1/jobs")).json().total;
    const byType = await client.post("/api/v1/jobs", { job_type: type, dataset_id: datasetId, config: {} });
    const byPath = await client.post(`/api/v1/jobs/${type.replaceAll("_", "-")}`, { dataset_id: datasetId });
    for (const answer of [byType, byPath]) expect([answer.statusCode, answer.json().code]).toEqual([422, "job_type_unavailable"]);
    expect((await client.get("/api/v1/jobs")).json().total).toBe(before);
  },
);

test("POST /jobs takes feature_selection as its own path does, and refuses unknown types", async () => {
  const made = await client.post("/api/v1/jobs", { job_type: "feature_selection", dataset_id: datasetId, methods: ["ttest"] });
  expect(made.statusCode).toBe(201);
  expect((await client.get(`/api/v1/jobs/${made.json().job_id}`)).json().methods).toEqual(["t_test"]);
  const unknown = await client.post("/api/v1/jobs", { job_type: "magic", dataset_id: datasetId });
  expect([unknown.statusCode, paths(unknown)]).toEqual([422, ["job_type"]]);
  const bad = await client.post("/api/v1/jobs", { job_type: "feature_selection", dataset_id: datasetId, methods: [], colour: 1 });
  expect([bad.statusCode, paths(bad).sort()]).toEqual([422, ["colour", "methods"]]);
});

test("POST /jobs/estimate answers 200 and submits nothing", async () => {
  const before = (await client.get("/api/v1/jobs")).json().total;
  const answer = await client.post("/api/v1/jobs/estimate", { dataset_id: datasetId, methods: ["ttest"] });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({
    methods: ["t_test"],
    units: 2,
    seconds: 12.5,
    queue: "high_priority",
    config: { cv_folds: 5, n_features_to_select: 2 },
  });
  expect((await client.get("/api/v1/jobs")).json().total).toBe(before);
});

test("50 unfinished jobs are enough", async () => {
  const busy = await harness.user("busy");
  const id = (await busy.upload(uploadParts())).json().dataset_id;
  const one = () => busy.post("/api/v1/jobs/feature-selection", { dataset_id: id, methods: ["t_test"] });
  for (let i = 0; i < 50; i++) expect((await one()).statusCode).toBe(201);
  const answer = await one();
  expect([answer.statusCode, answer.json().code, answer.headers["retry-after"]]).toEqual([429, "too_many_jobs", "60"]);
});

test.each([
  ["U+0000", "a\u0000b"],
  ["a lone surrogate", "a\ud800b"],
])("%s is 422 wherever it stands", async (_what, text) => {
  const patched = await client.patch(`/api/v1/data/${datasetId}`, { name: text });
  expect([patched.statusCode, patched.json().code, paths(patched)]).toEqual([422, "invalid_text", ["name"]]);
  const deep = await submit({ config: { method_options: { t_test: { [text]: 1 } } } });
  expect([deep.statusCode, deep.json().code]).toEqual([422, "invalid_text"]);
  const metadata = await client.patch(`/api/v1/data/${datasetId}`, { metadata: { list: [{ deep: text }] } });
  expect(paths(metadata)).toEqual(["metadata.list.0.deep"]);
});

test("U+0000 in a path or query is 422", async () => {
  expect((await client.get("/api/v1/data?name=%00")).statusCode).toBe(422);
  expect((await client.get("/api/v1/jobs/%00")).statusCode).toBe(422);
});

test("bodies that are no JSON, of another kind, missing or too large", async () => {
  const raw = (payload: string, type: string) =>
    harness.app.inject({ method: "POST", url: "/api/v1/auth/login", payload, headers: { "content-type": type } });
  const seen = async (payload: string, type = "application/json") => {
    const answer = await raw(payload, type);
    return [answer.statusCode, answer.json().code];
  };
  expect(await seen("{")).toEqual([400, "malformed_json"]);
  expect(await seen('{"__proto__":{"a":1}}')).toEqual([400, "malformed_json"]);
  expect(await seen("a=b", "application/x-www-form-urlencoded")).toEqual([415, "unsupported_media_type"]);
  expect(await seen("")).toEqual([422, "validation_failed"]);
  expect(await seen(JSON.stringify({ username: "x".repeat(1024 ** 2) }))).toEqual([413, "body_too_large"]);
});

test("a body nested without end is 422, not a stack that overflows", async () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const headers = { "content-type": "application/json", authorization: `Bearer ${client.token}` };
  const payload = `{"job_type":"feature_selection","config":${deep}}`;
  const answer = await harness.app.inject({ method: "POST", url: "/api/v1/jobs", payload, headers });
  expect([answer.statusCode, paths(answer)]).toEqual([422, ["config"]]);
});

test("a field that is not there is missing, in words", async () => {
  const answer = await client.post("/api/v1/jobs", {});
  expect(answer.json().errors[0]).toEqual({
    path: "job_type",
    message: expect.stringMatching(/^is missing: expected one of "feature_selection"/),
  });
  const login = await harness.anonymous.post("/api/v1/auth/login", { username: "anna" });
  expect(login.json().errors).toEqual([{ path: "password", message: "is missing" }]);
});

test("a method that a path does not have is 405 with those it has", async () => {
  const put = await harness.app.inject({ method: "PUT", url: `/api/v1/data/${datasetId}` });
  expect([put.statusCode, put.json().code, put.headers.allow]).toEqual([405, "method_not_allowed", "DELETE, GET, HEAD, PATCH"]);
  const options = await harness.app.inject({ method: "OPTIONS", url: "/api/v1/methods" });
  expect([options.statusCode, options.headers.allow]).toEqual([405, "GET, HEAD"]);
  const exact = await harness.app.inject({ method: "PUT", url: "/api/v1/jobs/estimate" });
  expect([exact.statusCode, exact.headers.allow]).toEqual([405, "POST"]);
});

test("lists refuse bad paging and unknown parameters by name", async () => {
  for (const [query, path] of [
    ["size=0", "size"],
    ["size=101", "size"],
    ["page=0", "page"],
    ["page=x", "page"],
    ["status=lost", "status"],
    ["colour=red", "colour"],
    ["cursor=nonsense", "cursor"],
  ]) {
    const answer = await client.get(`/api/v1/jobs?${query}`);
    expect([answer.statusCode, paths(answer)], query).toEqual([422, [path]]);
  }
});

test("nothing of the inside is told", () => {
  const problem = toProblem(new TypeError("secret inside"));
  expect([problem.statusCode, problem.code]).toEqual([500, "internal"]);
  expect(problem.message).not.toContain("secret");
});

test("a database that is away is 503 with Retry-After, however deep the error lies", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const problem = toProblem(new Error("Failed query: select 1", { cause: refused }));
  expect([problem.statusCode, problem.details.retryAfter]).toEqual([503, 2]);
});

test("what is no HTTP gets a problem too", async () => {
  await harness.app.listen({ port: 0, host: "127.0.0.1" });
  const socket = connect((harness.app.server.address() as { port: number }).port, "127.0.0.1");
  socket.end("nonsense\r\n\r\n");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  await once(socket, "close");
  expect(text).toMatch(/^HTTP\/1.1 400 Bad Request\r\ncontent-type: application\/problem\+json/);
});

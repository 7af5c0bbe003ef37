import { rest } from "@omicselector2/contracts";
import { dataType, queueNames } from "@omicselector2/platform";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemCodes } from "../src/index.ts";
import { type Client, type Harness, openHarness, password, uploadParts } from "./harness.ts";

let harness: Harness;
let client: Client;
let datasetId: string;
beforeAll(async () => {
  harness = await openHarness({ corsOrigins: ["https://lab.example.org"] });
  client = await harness.user("anna");
  datasetId = (await client.upload(uploadParts())).json().dataset_id;
});
afterAll(() => harness.close());

const submission = (more = {}) => ({ dataset_id: datasetId, methods: ["t_test"], ...more });
const submit = (key: string, body: unknown = submission(), as = client) =>
  as.post("/api/v1/jobs/feature-selection", body, { "idempotency-key": key });
const jobs = async () => (await client.get("/api/v1/jobs")).json().total;

describe("Idempotency-Key", () => {
  test("repeated: the stored answer, and the work once", async () => {
    const before = await jobs();
    const first = await submit("key-1");
    const second = await submit("key-1");
    expect([second.statusCode, second.json(), second.headers["idempotency-replayed"]]).toEqual([201, first.json(), "true"]);
    expect(first.headers.location).toBe(`/api/v1/jobs/${first.json().job_id}`);
    expect(second.headers.location).toBe(first.headers.location);
    expect(await jobs()).toBe(before + 1);
  });

  test("ten at once make one job", async () => {
    const before = await jobs();
    const answers = await Promise.all(Array.from({ length: 10 }, () => submit("key-2")));
    for (const { statusCode } of answers) expect([201, 409]).toContain(statusCode);
    expect(await jobs()).toBe(before + 1);
    expect((await submit("key-2")).statusCode).toBe(201);
  });

  test("another body is 422", async () => {
    await submit("key-3");
    const answer = await submit("key-3", submission({ config: { seed: 7 } }));
    expect([answer.statusCode, answer.json().code]).toEqual([422, "key_reused"]);
  });

  test("another user's key, another route's key are others", async () => {
    await submit("key-4");
    const bea = await harness.user("bea");
    expect((await submit("key-4", submission(), bea)).statusCode).toBe(404);
    const estimate = await client.post("/api/v1/jobs/estimate", submission(), { "idempotency-key": "key-4" });
    expect(estimate.statusCode).toBe(200);
  });

  test("a refusal frees the key", async () => {
    expect((await submit("key-5", submission({ methods: ["magic"] }))).statusCode).toBe(422);
    expect((await submit("key-5")).statusCode).toBe(201);
  });

  test("uploads too", async () => {
    const upload = () => client.upload(uploadParts("once"), { "idempotency-key": "key-6" });
    const [first, second] = [await upload(), await upload()];
    expect(second.json()).toEqual(first.json());
    expect((await client.get("/api/v1/data?name=once")).json().total).toBe(1);
  });

  test("a malformed key is 422", async () => {
    expect((await submit("a key with blanks")).statusCode).toBe(422);
  });
});

test("GET carries an ETag; who has it gets 304", async () => {
  const first = await client.get(`/api/v1/data/${datasetId}`);
  const etag = String(first.headers.etag);
  expect(etag).toMatch(/^"[\w-]{27}"$/);
  for (const asked of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const again = await client.get(`/api/v1/data/${datasetId}`, { "if-none-match": asked });
    expect([again.statusCode, again.body], asked).toEqual([304, ""]);
  }
  await client.patch(`/api/v1/data/${datasetId}`, { description: "changed" });
  expect((await client.get(`/api/v1/data/${datasetId}`, { "if-none-match": etag })).statusCode).toBe(200);
});

test("a summary is not computed again for who has it", async () => {
  let times = 0;
  const counting = await openHarness(
    {},
    {
      async summary() {
        times += 1;
        const missing = { cells: 0, share: 0, complete_samples: 2, complete_features: 2, samples: [], features: [] };
        return { n_samples: 2, n_features: 2, missing, pca: null, pca_note: "too large" };
      },
    },
  );
  const dora = await counting.user("dora");
  const id = (await dora.upload(uploadParts())).json().dataset_id;
  const first = await dora.get(`/api/v1/data/${id}/summary`);
  expect([first.statusCode, first.json()]).toEqual([200, expect.objectContaining({ pca: null, pca_note: "too large" })]);
  const again = await dora.get(`/api/v1/data/${id}/summary`, { "if-none-match": String(first.headers.etag) });
  expect([again.statusCode, again.body, times]).toEqual([304, "", 1]);
  await counting.close();
});

test("CORS answers its origins alone, preflight without a token", async () => {
  const preflight = (origin: string) =>
    harness.app.inject({
      method: "OPTIONS",
      url: "/api/v1/jobs/feature-selection",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
    });
  const ours = await preflight("https://lab.example.org");
  expect([ours.statusCode, ours.headers["access-control-allow-origin"]]).toEqual([204, "https://lab.example.org"]);
  expect(ours.headers["access-control-allow-headers"]).toContain("authorization");
  expect((await preflight("https://evil.example.org")).headers["access-control-allow-origin"]).toBeUndefined();
});

test("/health and /ready", async () => {
  expect((await harness.anonymous.get("/health")).json()).toEqual({ status: "ok", version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  const ready = await harness.anonymous.get("/ready");
  const ok = { state: "ok", latency_ms: expect.any(Number) };
  expect([ready.statusCode, ready.json()]).toEqual([200, { status: "ready", checks: { database: ok, blobs: ok } }]);
});

test("methods come with what a form needs", async () => {
  const { items, total } = (await harness.anonymous.get("/api/v1/methods")).json();
  expect(items.length).toBe(total);
  expect(items.find(({ id }: { id: string }) => id === "t_test")).toMatchObject({
    aliases: ["ttest"],
    tasks: ["binary"],
    summary: expect.any(String),
    explanation: expect.any(String),
    source: expect.any(String),
    options: { type: "object" },
  });
});

test("pages need nothing from elsewhere; every error code is explained", async () => {
  for (const path of ["/", "/problems"]) {
    const answer = await harness.anonymous.get(path);
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(answer.body).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(answer.body).not.toContain("<script");
  }
  const page = (await harness.anonymous.get("/problems")).body;
  for (const code of problemCodes) expect(page).toContain(`id="${code}"`);
  const links = [...(await harness.anonymous.get("/")).body.matchAll(/href="(\/[^"]*)"/g)].map(([, href]) => href!);
  for (const link of links) expect((await harness.anonymous.get(link)).statusCode, link).toBeLessThan(400);
});

test("the documentation is served from here", async () => {
  const page = await harness.anonymous.get("/docs/");
  expect(page.statusCode).toBe(200);
  for (const [, path] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect(path).not.toMatch(/^(https?:)?\/\//);
    const url = new URL(path!, "http://localhost/docs/").pathname;
    expect((await harness.anonymous.get(url)).statusCode, url).toBe(200);
  }
});

test("a token in a path never reaches the log", async () => {
  const lines: string[] = [];
  const logged = await openHarness({}, { log: { level: "info", stream: { write: (line: string) => lines.push(line) } } });
  await logged.anonymous.get("/api/v1/jobs/x/ws?token=very-secret&after=1");
  await logged.close();
  expect(lines.join("")).toContain("token=[redacted]&after=1");
  expect(lines.join("")).not.toContain("very-secret");
});

test("contracts and tables agree on their words", () => {
  expect([...rest.dataTypes]).toEqual(dataType.enumValues);
  expect([...rest.jobQueues]).toEqual([...queueNames]);
});

describe("limits", () => {
  let limited: Harness;
  let someone: Client;
  beforeAll(async () => {
    limited = await openHarness({ rateLimit: true });
  });
  afterAll(() => limited.close());

  test("100 requests a second for each user, beyond them 429 with Retry-After", async () => {
    const [anna, bea] = [await limited.user("anna"), await limited.user("bea")];
    someone = bea;
    const answers = await Promise.all(Array.from({ length: 160 }, () => anna.get("/api/v1/auth/me")));
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(60);
    expect(refused[0]!.json().code).toBe("rate_limited");
    expect(refused[0]!.headers["retry-after"]).toBe("1");
    expect((await bea.get("/api/v1/auth/me")).statusCode).toBe(200);
  });

  test("30 logins a minute for each address", async () => {
    const codes: number[] = [];
    // Malformed ones cost no time and count as well.
    for (let i = 0; i < 35; i++) codes.push((await limited.anonymous.post("/api/v1/auth/login", { username: "anna" })).statusCode);
    expect(codes.slice(-5)).toEqual([429, 429, 429, 429, 429]);
    expect((await limited.anonymous.post("/api/v1/auth/login", { username: "anna", password })).statusCode).toBe(429);
  });

  test("the count is the platform's: another server on it refuses too, and each route counts by itself", async () => {
    const carl = (await limited.anonymous.post("/api/v1/auth/login", { username: "carl" })).statusCode;
    await limited.rebuild();
    const again = await limited.anonymous.post("/api/v1/auth/login", { username: "carl" });
    expect([carl, again.statusCode, again.json().code]).toEqual([429, 429, "rate_limited"]);
    expect(Number(again.headers["retry-after"])).toBeLessThanOrEqual(60);
    expect((await someone.patch("/api/v1/auth/me", { full_name: "Bea" })).statusCode).toBe(200);
  });
});

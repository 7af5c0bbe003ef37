import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { completeJob, findUserByName, jobs, listAudit } from "@omicselector2/platform";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Client, type Harness, multipart, openHarness, password, uploadParts } from "./harness.ts";

/** What a browser is told with every answer, of whatever kind. */

let harness: Harness;
let client: Client;
let port: number;
let dataset: string;
let result: string;

beforeAll(async () => {
  harness = await openHarness({ trustProxy: 1 });
  client = await harness.user("anna");
  dataset = (await client.upload(uploadParts())).json().dataset_id;
  const { db, blobs } = harness.platform;
  const { id: userId } = (await findUserByName(db, "anna"))!;
  const job = { jobType: "feature_selection", status: "running", config: { methods: [] }, userId, datasetId: dataset } as const;
  const [row] = await db.insert(jobs).values(job).returning();
  result = crypto.randomUUID();
  for (const name of ["report.html", "features.csv"])
    await blobs.put(`results/${result}/${name}`, Buffer.from("<script>alert(1)</script>"));
  await completeJob(db, row!.id, { resultId: result, selectedFeatures: [], metrics: {}, artifactsPath: "s3://results/x/" });
  const address = await harness.app.listen({ port: 0, host: "127.0.0.1" });
  port = Number(new URL(address).port);
});
afterAll(() => harness.close());

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Over a real connection: what Node itself adds would show. */
async function ask(
  method: string,
  path: string,
  more: { headers?: Record<string, string>; body?: string | Buffer; token?: boolean } = {},
): Promise<Answer> {
  const headers = { ...(more.token === false ? {} : { authorization: `Bearer ${client.token}` }), ...more.headers };
  const sent = httpRequest({ port, method, path, headers }).end(more.body);
  const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
  let body = "";
  for await (const chunk of answer) body += String(chunk);
  return { status: answer.statusCode!, headers: answer.headers as Record<string, string>, body };
}

const json = (body: unknown) => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const upload = () => {
  const { payload, contentType } = multipart(uploadParts());
  return { headers: { "content-type": contentType }, body: payload };
};

const everywhere = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": expect.stringContaining("camera=(), "),
  "content-security-policy": expect.stringMatching(/default-src '(self|none)'/),
  "x-request-id": expect.stringMatching(/^[\w-]{36}$/),
};

type Kind = [what: string, status: number, ask: () => Promise<Answer>];
const personal: Kind[] = [
  ["JSON", 200, () => ask("GET", "/api/v1/auth/me")],
  ["a list", 200, () => ask("GET", "/api/v1/data")],
  ["HEAD", 200, () => ask("HEAD", "/api/v1/data")],
  ["a file", 200, () => ask("GET", `/api/v1/data/${dataset}/download`)],
  ["an artifact to save", 200, () => ask("GET", `/api/v1/results/${result}/artifacts/features.csv`)],
  ["an artifact to look at", 200, () => ask("GET", `/api/v1/results/${result}/artifacts/report.html`)],
  ["the export", 200, () => ask("GET", "/api/v1/auth/me/export")],
  ["tokens", 200, () => ask("POST", "/api/v1/auth/login", { token: false, ...json({ username: "anna", password }) })],
  ["what was made", 201, () => ask("POST", "/api/v1/data/upload", upload())],
  ["what was changed", 200, () => ask("PATCH", `/api/v1/data/${dataset}`, json({ name: "new" }))],
  ["nothing", 204, () => ask("POST", "/api/v1/auth/logout")],
  ["no news", 304, () => ask("GET", "/api/v1/data", { headers: { "if-none-match": "*" } })],
];
const errors: Kind[] = [
  ["no token", 401, () => ask("GET", "/api/v1/data", { token: false })],
  ["no JSON", 400, () => ask("POST", "/api/v1/jobs", { headers: { "content-type": "application/json" }, body: "{" })],
  ["no role", 403, () => ask("GET", "/api/v1/admin/users")],
  ["no such thing", 404, () => ask("GET", `/api/v1/data/${crypto.randomUUID()}`)],
  ["no such path", 404, () => ask("GET", "/nowhere")],
  ["no such method", 405, () => ask("PUT", "/api/v1/data")],
  ["no such kind", 415, () => ask("POST", "/api/v1/jobs", { headers: { "content-type": "text/plain" }, body: "x" })],
  ["a bad field", 422, () => ask("GET", "/api/v1/data?size=0")],
  ["a bad path", 400, () => ask("GET", "/api/v1/data/%ff")],
  ["a socket's path without a socket", 426, () => ask("GET", `/api/v1/jobs/${dataset}/ws`)],
  ["what is not there yet", 422, () => ask("POST", "/api/v1/jobs/benchmarking")],
];
const open: Kind[] = [
  ["a page", 200, () => ask("GET", "/", { token: false })],
  ["the error codes", 200, () => ask("GET", "/problems", { token: false })],
  ["the documentation", 200, () => ask("GET", "/docs/", { token: false })],
  ["its script", 200, () => ask("GET", "/docs/static/swagger-ui.css", { token: false })],
  ["OpenAPI", 200, () => ask("GET", "/openapi.json", { token: false })],
  ["methods", 200, () => ask("GET", "/api/v1/methods", { token: false })],
  ["health", 200, () => ask("GET", "/health", { token: false })],
];

describe.each([
  ["personal", personal],
  ["refused", errors],
  ["open to all", open],
] as [string, Kind[]][])("%s:", (group, kinds) => {
  test.each(kinds)("%s", async (_what, status, send) => {
    const { status: got, headers } = await send();
    expect(got).toBe(status);
    expect(headers).toMatchObject(everywhere);
    for (const name of ["server", "x-powered-by", "strict-transport-security"]) expect(headers).not.toHaveProperty(name);
    // A browser keeps nothing of what a token or a password was needed for.
    if (group === "open to all") expect(headers["cache-control"]).toBeDefined();
    else expect(headers["cache-control"]).toBe("no-store");
  });
});

test("what a browser would draw may run nothing", async () => {
  const report = await ask("GET", `/api/v1/results/${result}/artifacts/report.html`);
  expect(report.headers["content-security-policy"]).toMatch(/^sandbox; default-src 'none'/);
  const saved = await ask("GET", `/api/v1/results/${result}/artifacts/features.csv`);
  expect(saved.headers["content-disposition"]).toMatch(/^attachment/);
});

test("no page's policy lets a script of its own text or of elsewhere run", async () => {
  for (const path of ["/", "/docs/"]) {
    const policy = (await ask("GET", path, { token: false })).headers["content-security-policy"]!;
    expect(policy).toMatch(/default-src 'self'.*base-uri 'none'.*object-src 'none'.*frame-ancestors 'none'/);
    expect(policy).not.toMatch(/script-src[^;]*'unsafe|https?:|\*/);
  }
});

test("a socket that is refused at its path is answered as any request", async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/nowhere`);
  const [, answer] = (await once(socket, "unexpected-response")) as [unknown, import("node:http").IncomingMessage];
  expect(answer.statusCode).toBe(404);
  expect(answer.headers).toMatchObject({ ...everywhere, "cache-control": "no-store" });
  answer.destroy();
});

test("what is no HTTP is answered, with what a browser needs", async () => {
  const socket = connect(port, "127.0.0.1");
  socket.write("BROKEN\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
  for (const line of [
    "x-content-type-options: nosniff",
    "cache-control: no-store",
    "content-security-policy: default-src 'none'; frame-ancestors 'none'",
  ]) {
    expect(text).toContain(`\r\n${line}\r\n`);
  }
  expect(text).not.toMatch(/server:|x-powered-by/i);
});

describe("behind a proxy that ends TLS", () => {
  const through = { "x-forwarded-proto": "https", "x-forwarded-for": "6.6.6.6, 203.0.113.7" };
  const login = (headers: Record<string, string>) =>
    ask("POST", "/api/v1/auth/login", {
      token: false,
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ username: "anna", password, refresh_in: "cookie" }),
    });

  test("HSTS is said, cookies are Secure, and the client is the one that the proxy saw", async () => {
    const { headers } = await login(through);
    expect(headers["strict-transport-security"]).toBe("max-age=31536000; includeSubDomains");
    expect(String(headers["set-cookie"])).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
    const { items } = await listAudit(harness.platform.db, { page: 1, size: 1, action: "auth.login" });
    expect(items[0]!.address).toBe("203.0.113.7");
  });

  test("errors and files say it as well", async () => {
    for (const path of ["/nowhere", `/api/v1/data/${dataset}/download`]) {
      expect((await ask("GET", path, { headers: through })).headers).toHaveProperty("strict-transport-security");
    }
  });

  test("nobody is believed where no proxy is configured", async () => {
    const plain = await openHarness();
    await plain.user("anna");
    const answer = await plain.anonymous.post("/api/v1/auth/login", { username: "anna", password, refresh_in: "cookie" }, through);
    expect(answer.headers).not.toHaveProperty("strict-transport-security");
    expect(String(answer.headers["set-cookie"])).not.toContain("Secure");
    const { items } = await listAudit(plain.platform.db, { page: 1, size: 1, action: "auth.login" });
    expect(items[0]!.address).toBe("127.0.0.1");
    await plain.close();
  });
});

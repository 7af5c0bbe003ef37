import { once } from "node:events";
import { createServer } from "node:http";
import { createMetrics, type Platform } from "@omicselector2/platform";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorkerEndpoints } from "../src/index.ts";
import { type Client, type Harness, openHarness, password, uploadParts } from "./harness.ts";

const token = "metrics-token-of-this-test";

describe("metrics", () => {
  let harness: Harness;
  let client: Client;
  beforeAll(async () => {
    harness = await openHarness({ metricsToken: token });
    client = await harness.user("anna");
  });
  afterAll(() => harness.close());
  const scrape = (authorization?: string) => harness.anonymous.get("/metrics", authorization === undefined ? {} : { authorization });
  const text = async () => (await scrape(`Bearer ${token}`)).body;

  test("tell of queues, jobs, connections, sockets and the event loop; never of who and with what", async () => {
    const { dataset_id } = (await client.upload(uploadParts())).json();
    await client.post("/api/v1/jobs/feature-selection", { dataset_id, methods: ["t_test"] });
    const all = await text();
    for (const line of [
      /^omicselector2_queue_messages\{queue="high_priority",state="waiting"\} \d+$/m,
      /^omicselector2_queue_messages\{queue="low_priority",state="active"\} 0$/m,
      /^omicselector2_jobs\{status="pending"\} 1$/m,
      /^omicselector2_workers 0$/m,
      /^omicselector2_database_connections\{state="used"\} \d$/m,
      /^omicselector2_websockets 0$/m,
      /^nodejs_eventloop_lag_p99_seconds /m,
      /^process_cpu_seconds_total /m,
    ]) {
      expect(all).toMatch(line);
    }
    for (const secret of [token, password, "anna", client.token!, harness.platform.secret]) expect(all).not.toContain(secret);
  });

  test("are for those who know the token; a user's token is none", async () => {
    for (const wrong of [undefined, "Bearer wrong", `Bearer ${token}x`, `Basic ${token}`, `Bearer ${client.token}`]) {
      const answer = await scrape(wrong);
      expect([answer.statusCode, answer.json().code], wrong).toEqual([401, "unauthorized"]);
    }
    const answer = await scrape(`Bearer ${token}`);
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
  });

  test("count by template, method and status; whatever is asked for, ids and unknown paths make no new series", async () => {
    const { dataset_id } = (await client.upload(uploadParts())).json();
    await client.get(`/api/v1/data/${dataset_id}`);
    const series = async () => (await text()).match(/^omicselector2_http_request_seconds_count\{.*/gm)!.map((line) => line.split(" ")[0]);
    await client.get(`/api/v1/data/${crypto.randomUUID()}`);
    await client.get("/wp-admin/0");
    await text();
    const before = await series();
    for (let i = 1; i < 20; i++) {
      await client.get(`/api/v1/data/${crypto.randomUUID()}`);
      await client.get(`/wp-admin/${i}`);
    }
    expect(await series()).toEqual(before);
    const all = await text();
    expect(all).toMatch(/^omicselector2_http_request_seconds_count\{method="GET",route="\/api\/v1\/data\/:id",status="404"\} 20$/m);
    expect(all).toMatch(/^omicselector2_http_request_seconds_count\{method="GET",route="\/api\/v1\/data\/:id",status="200"\} 1$/m);
    expect(all).toMatch(/^omicselector2_http_request_seconds_count\{method="GET",route="none",status="404"\} 20$/m);
    expect(all).not.toContain(dataset_id);
    expect(all).not.toContain("wp-admin");
  });
});

describe("a server that drains", () => {
  test("is not ready, answers on, and asks for no more on the same connection", async () => {
    const drain = new AbortController();
    const harness = await openHarness({}, { drain: drain.signal });
    try {
      const client = await harness.user("anna");
      expect((await client.get("/ready")).statusCode).toBe(200);
      drain.abort();
      const ready = await client.get("/ready");
      expect([ready.statusCode, ready.json().status, ready.json().checks.database.state]).toEqual([503, "draining", "ok"]);
      const answer = await client.get("/api/v1/jobs");
      expect([answer.statusCode, answer.headers.connection]).toEqual([200, "close"]);
      expect((await client.get("/health")).statusCode).toBe(200);
    } finally {
      await harness.close();
    }
  });
});

describe("the log", () => {
  test("is JSON, every line of a request with its id, and holds none of the secrets that errors brought along", async () => {
    const lines: string[] = [];
    const secret = "hunter2-of-the-database";
    const harness = await openHarness(
      {},
      {
        log: { level: "trace", stream: { write: (line: string) => void lines.push(line) } },
        async preview() {
          const inner = Object.assign(new Error(`connect postgres://omics:${secret}@db:5432/omics`), { authorization: `Bearer ${secret}` });
          throw new Error(`Failed query: select * from users where email = $1\nparams: ${secret}`, { cause: inner });
        },
      },
    );
    try {
      const client = await harness.user("anna");
      const { dataset_id } = (await client.upload(uploadParts())).json();
      const headers = { "x-request-id": "trace-7", cookie: `refresh=${secret}` };
      const answer = await client.get(`/api/v1/data/${dataset_id}/preview?token=${secret}`, headers);
      expect([422, 500]).toContain(answer.statusCode);
      const failed = await client.get(`/api/v1/data/${dataset_id}/preview`, headers);
      expect([failed.statusCode, failed.json().code]).toEqual([500, "internal"]);
      expect(failed.body).not.toContain(secret);
      await client.get(`/api/v1/jobs/x/ws?token=${client.token}`);
      const all = lines.join("");
      expect(all).toContain("Failed query: select * from users where email = $1");
      for (const each of [secret, password, client.token!, client.refreshToken!]) expect(all).not.toContain(each);
      const mine = lines.map((line) => JSON.parse(line)).filter(({ reqId }) => reqId === "trace-7");
      expect(mine.map(({ msg }) => msg)).toEqual(expect.arrayContaining(["incoming request", "internal", "request completed"]));
      for (const line of lines.map((each) => JSON.parse(each)).filter(({ req, res }) => req ?? res)) expect(line.reqId).toBeTruthy();
    } finally {
      await harness.close();
    }
  });
});

describe("traces", () => {
  test("a request and its submit reach the collector, the submit bound to the trace of its job", async () => {
    const spans: {
      name: string;
      parentSpanId?: string;
      spanId: string;
      traceId: string;
      links?: { traceId: string }[];
      attributes: unknown[];
    }[] = [];
    const collector = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      spans.push(
        ...JSON.parse(body).resourceSpans.flatMap((each: { scopeSpans: { spans: never[] }[] }) => each.scopeSpans.flatMap((s) => s.spans)),
      );
      response.end("{}");
    });
    collector.listen(0, "127.0.0.1");
    await once(collector, "listening");
    const otlpEndpoint = `http://127.0.0.1:${(collector.address() as { port: number }).port}`;
    const harness = await openHarness({ otlpEndpoint });
    const client = await harness.user("anna");
    const { dataset_id } = (await client.upload(uploadParts())).json();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const body = { dataset_id, methods: ["t_test"] };
    const { job_id } = (await client.post("/api/v1/jobs/feature-selection", body, { traceparent })).json();
    await client.get(`/api/v1/jobs/${job_id}`);
    await harness.close();
    await new Promise((done) => collector.close(done));
    const named = (name: string) => spans.filter((span) => span.name === name);
    const [request] = named("POST /api/v1/jobs/feature-selection");
    expect(request).toMatchObject({ traceId: "0af7651916cd43dd8448eb211c80319c", parentSpanId: "b7ad6b7169203331" });
    expect(request!.attributes).toContainEqual({ key: "http.response.status_code", value: { intValue: 201 } });
    expect(named("submit")).toMatchObject([{ parentSpanId: request!.spanId, links: [{ traceId: job_id.replaceAll("-", "") }] }]);
    expect(named("GET /api/v1/jobs/:id")).toHaveLength(1);
    expect(JSON.stringify(spans)).not.toContain(client.token);
  });

  test("a collector that is away disturbs no request", async () => {
    const harness = await openHarness({ otlpEndpoint: "http://127.0.0.1:1" });
    const client = await harness.user("anna");
    for (let i = 0; i < 20; i++) expect((await client.get("/api/v1/jobs")).statusCode).toBe(200);
    await harness.close();
  });
});

describe("endpoints of a worker", () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness({ metricsToken: token });
  });
  afterAll(() => harness.close());

  async function using(
    platform: Partial<Platform>,
    work: (get: (path: string, init?: RequestInit) => Promise<Response>) => Promise<void>,
    drain?: AbortSignal,
  ) {
    const metrics = await createMetrics();
    metrics.observe("unit", 2, { stage: "1" });
    const endpoints = await startWorkerEndpoints({ platform: { ...harness.platform, ...platform }, metrics, ...(drain && { drain }) });
    try {
      await work((path, init) => fetch(`http://127.0.0.1:${endpoints.port}${path}`, init));
    } finally {
      await endpoints.close();
    }
  }

  test("say that it lives, what it stands on, and what it did", () =>
    using({}, async (get) => {
      expect(await (await get("/health")).json()).toEqual({ status: "ok", version: expect.stringMatching(/^\d/) });
      const ready = await get("/ready");
      expect([ready.status, ((await ready.json()) as { status: string }).status]).toEqual([200, "ready"]);
      expect((await get("/metrics")).status).toBe(401);
      const metrics = await get("/metrics", { headers: { authorization: `Bearer ${token}` } });
      expect(await metrics.text()).toMatch(/^omicselector2_unit_seconds_sum\{stage="1"\} 2$/m);
      expect([(await get("/")).status, (await get("/ready", { method: "POST" })).status]).toEqual([404, 405]);
    }));

  test("are in time and without a reason when something does not answer", async () => {
    const probes = {
      database: async () => {
        throw new Error("postgres://omics:hunter2@db");
      },
      blobs: () => new Promise(() => undefined),
    };
    await using({ probes }, async (get) => {
      const start = performance.now();
      const ready = await get("/ready");
      const body = await ready.text();
      expect([ready.status, JSON.parse(body)]).toMatchObject([
        503,
        { status: "unavailable", checks: { database: { state: "failed" }, blobs: { state: "failed" } } },
      ]);
      expect(performance.now() - start).toBeLessThan(2000);
      expect(body).not.toContain("hunter2");
    });
  });

  test("say that it drains", () =>
    using({}, async (get) => expect(await (await get("/ready")).json()).toMatchObject({ status: "draining" }), AbortSignal.abort()));
});

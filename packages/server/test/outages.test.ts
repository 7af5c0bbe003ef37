import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeCodes } from "@omicselector2/contracts";
import { readConfig } from "@omicselector2/platform";
import type { LightMyRequestResponse } from "fastify";
import { afterEach, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { describeWithBreakable } from "../../platform/test/breakable.ts";
import { type Client, type Harness, openHarness, password, uploadParts } from "./harness.ts";

/** Longest time until an answer, in milliseconds. */
const most = 2000;

describeWithBreakable("a server whose services break", (services) => {
  let harness: Harness;
  let client: Client;
  let datasetId: string;
  let jobId: string;
  const lines: string[] = [];

  beforeAll(async () => {
    const { cluster } = readConfig({ ...services().env, SECRET_KEY: randomBytes(32).toString("hex") });
    const log = { level: "info", stream: { write: (line: string) => void lines.push(line) } };
    harness = await openHarness({ cluster, rateLimit: true }, { log });
    client = await harness.user("anna");
    datasetId = (await client.upload(uploadParts())).json().dataset_id;
    jobId = (await submit()).json().job_id;
    return () => harness.close();
  });

  afterEach(async () => {
    const { postgres, redis, minio } = services();
    for (const each of [postgres, redis, minio]) each.thaw();
    await expect.poll(async () => (await client.get("/ready")).json().status, { timeout: 20_000 }).toBe("ready");
    await expect.poll(async () => (await client.get("/api/v1/jobs")).statusCode, { timeout: 20_000 }).toBe(200);
  });

  const submit = () => client.post("/api/v1/jobs/feature-selection", { dataset_id: datasetId, methods: ["t_test"] });

  async function timed(ask: () => Promise<LightMyRequestResponse>): Promise<{ answer: LightMyRequestResponse; milliseconds: number }> {
    const start = performance.now();
    const answer = await ask();
    return { answer, milliseconds: performance.now() - start };
  }

  /** Everything that asks the database. */
  const asking = (): Record<string, () => Promise<LightMyRequestResponse>> => ({
    jobs: () => client.get("/api/v1/jobs"),
    job: () => client.get(`/api/v1/jobs/${jobId}`),
    data: () => client.get("/api/v1/data"),
    doctor: () => client.get(`/api/v1/data/${datasetId}/doctor`),
    preview: () => client.get(`/api/v1/data/${datasetId}/preview`),
    me: () => client.get("/api/v1/auth/me"),
    rename: () => client.patch(`/api/v1/data/${datasetId}`, { name: "other" }),
    cancel: () => client.delete(`/api/v1/jobs/${jobId}`),
    submit,
    keyed: () =>
      client.post(
        "/api/v1/jobs/feature-selection",
        { dataset_id: datasetId, methods: ["t_test"] },
        { "idempotency-key": crypto.randomUUID() },
      ),
    upload: () => client.upload(uploadParts()),
    login: () => client.post("/api/v1/auth/login", { username: "anna", password }),
    refresh: () => client.post("/api/v1/auth/refresh", { refresh_token: client.refreshToken }),
  });

  async function allUnavailable(): Promise<void> {
    const answers = await Promise.all(Object.entries(asking()).map(async ([name, ask]) => ({ name, ...(await timed(ask)) })));
    for (const { name, answer, milliseconds } of answers) {
      expect([answer.statusCode, answer.json().code, answer.headers["retry-after"]], name).toEqual([503, "unavailable", "2"]);
      expect(milliseconds, name).toBeLessThan(most);
    }
    const health = await timed(() => client.get("/health"));
    expect([health.answer.statusCode, health.milliseconds < 500]).toEqual([200, true]);
    const ready = await timed(() => client.get("/ready"));
    expect([ready.answer.statusCode, ready.answer.json().status, ready.answer.json().checks.database.state]).toEqual([
      503,
      "unavailable",
      "failed",
    ]);
    expect(ready.answer.json().checks).toMatchObject({ redis: { state: "ok" }, blobs: { state: "ok" } });
    expect(ready.milliseconds).toBeLessThan(most);
    const metrics = await timed(() => client.get("/metrics"));
    expect([metrics.answer.statusCode, metrics.milliseconds < most]).toEqual([200, true]);
  }

  async function whileKilled(name: "postgres" | "redis" | "minio", work: () => Promise<void>): Promise<void> {
    await services()[name].kill();
    try {
      await work();
    } finally {
      await services()[name].start();
    }
  }

  test("ready says what it stands on, and that no worker is there", async () => {
    const { status, checks } = (await client.get("/ready")).json();
    expect([status, Object.keys(checks).sort(), checks.workers]).toEqual([
      "ready",
      ["blobs", "database", "redis", "workers"],
      { state: "none", latency_ms: expect.any(Number), count: 0 },
    ]);
  });

  test("without PostgreSQL every route that needs it is 503 within two seconds; when it is back, everything is", async () => {
    await whileKilled("postgres", allUnavailable);
    await expect.poll(async () => (await submit()).statusCode, { timeout: 10_000 }).toBe(201);
  });

  test("a PostgreSQL that is frozen is as one that is away", async () => {
    for (const [, ask] of Object.entries(asking()).slice(0, 6)) await ask();
    services().postgres.freeze();
    await allUnavailable();
    await allUnavailable();
  });

  test("without Redis reads, submits and uploads go on, and ready says degraded", () =>
    whileKilled("redis", () => goesOnWithoutRedis(most)));

  test("a Redis that is frozen is as one that is away, once the first that ask it have noticed", async () => {
    services().redis.freeze();
    await goesOnWithoutRedis(5000);
  });

  async function goesOnWithoutRedis(limit: number): Promise<void> {
    const { cancel: _, refresh: __, ...others } = asking();
    for (const [name, ask] of Object.entries(others)) {
      const { answer, milliseconds } = await timed(ask);
      expect(answer.statusCode, `${name} ${answer.body}`).toBeLessThan(300);
      expect(milliseconds, name).toBeLessThan(limit);
    }
    const ready = await timed(() => client.get("/ready"));
    expect([ready.answer.statusCode, ready.answer.json().status, ready.answer.json().checks.redis.state]).toEqual([
      200,
      "degraded",
      "failed",
    ]);
    expect(ready.milliseconds).toBeLessThan(most);
    const depthKnown = async () => /^omicselector2_queue_messages\{/m.test((await client.get("/metrics")).body);
    await expect.poll(depthKnown, { timeout: 8000 }).toBe(false);
  }

  test("without S3 only what needs a file is 503; deletes go on", async () => {
    const other = (await client.upload(uploadParts("short-lived"))).json().dataset_id;
    await whileKilled("minio", () => onlyFilesAreAway(other));
    expect((await client.upload(uploadParts())).statusCode).toBe(201);
  });

  async function onlyFilesAreAway(other: string): Promise<void> {
    const expected: [string, () => Promise<LightMyRequestResponse>, number][] = [
      ["upload", () => client.upload(uploadParts()), 503],
      ["download", () => client.get(`/api/v1/data/${datasetId}/download`), 503],
      ["preview", () => client.get(`/api/v1/data/${datasetId}/preview`), 503],
      ["jobs", () => client.get("/api/v1/jobs"), 200],
      ["dataset", () => client.get(`/api/v1/data/${datasetId}`), 200],
      ["doctor", () => client.get(`/api/v1/data/${datasetId}/doctor`), 200],
      ["delete", () => client.delete(`/api/v1/data/${other}`), 204],
      ["submit", submit, 201],
    ];
    for (const [name, ask, status] of expected) {
      const { answer, milliseconds } = await timed(ask);
      expect([name, answer.statusCode]).toEqual([name, status]);
      if (status === 503) expect([answer.json().code, answer.headers["retry-after"]], name).toEqual(["unavailable", "2"]);
      expect(milliseconds, name).toBeLessThan(5000);
    }
    const ready = await client.get("/ready");
    expect([ready.statusCode, ready.json().status, ready.json().checks.blobs.state]).toEqual([200, "degraded", "failed"]);
  }

  test("sockets outlive an outage of PostgreSQL", async () => {
    const address = await harness.app.listen({ port: 0, host: "127.0.0.1" });
    const id = (await submit()).json().job_id;
    const socket = new WebSocket(`${address.replace("http", "ws")}/api/v1/jobs/${id}/ws?token=${client.token}`);
    await once(socket, "message");
    const closed = once(socket, "close");
    await whileKilled("postgres", async () => {
      await new Promise((next) => setTimeout(next, 3000));
    });
    await expect.poll(async () => (await client.delete(`/api/v1/jobs/${id}`)).statusCode, { timeout: 10_000 }).toBe(200);
    expect((await closed)[0]).toBe(closeCodes.ended);
  });

  test("no line of the log and no answer held a secret", async () => {
    const { env } = services();
    const secrets = [new URL(env.DATABASE_URL!).password, new URL(env.REDIS_URL!).password, env.MINIO_SECRET_KEY!, client.token!, password];
    const all = lines.join("") + (await client.get("/metrics")).body + (await client.get("/ready")).body;
    expect(all.length).toBeGreaterThan(10_000);
    for (const secret of secrets) expect(all).not.toContain(secret);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { freePort } from "../../../scripts/services/process.ts";
import { describeWithServices, ownDatabase } from "../../platform/test/services.ts";

const bin = resolve(import.meta.dirname, "../bin/omicselector2.js");

describeWithServices("an API and a worker, each a process of its own", (services) => {
  const databaseUrl = ownDatabase(services);
  const folder = mkdtempSync(join(tmpdir(), "omicselector2-cluster-"));
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  function start(args: string[], env: Record<string, string>): { child: ChildProcess; output: () => string; exit: Promise<unknown[]> } {
    const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, ...env } });
    children.push(child);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        text += chunk;
      });
    }
    return { child, output: () => text, exit: once(child, "exit") };
  }

  test("a job goes from one to the other; the worker says what it did, in metrics, traces and lines, and both end well", async () => {
    const names = new Set<string>();
    const traces = new Set<string>();
    const collector = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      for (const { scopeSpans } of JSON.parse(body).resourceSpans) {
        for (const { name, traceId } of scopeSpans.flatMap((each: { spans: { name: string; traceId: string }[] }) => each.spans)) {
          names.add(name);
          if (name === "unit" || name === "range") traces.add(traceId);
        }
      }
      response.end("{}");
    });
    collector.listen(0, "127.0.0.1");
    await once(collector, "listening");

    const metricsPort = await freePort();
    const env = {
      DATABASE_URL: databaseUrl(),
      // Queues of its own.
      REDIS_URL: `${services.redisUrl}/7`,
      MINIO_ENDPOINT: services.s3.endpoint,
      MINIO_ACCESS_KEY: services.s3.accessKey,
      MINIO_SECRET_KEY: services.s3.secretKey,
      S3_BUCKET: `test-${randomUUID()}`,
      SECRET_KEY: randomBytes(32).toString("hex"),
      THREADS: "1",
      METRICS_TOKEN: "metrics-token-of-this-test",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as { port: number }).port}`,
      DRAIN_SECONDS: "0",
    };
    const api = start(["serve", "--port", "0"], { ...env, OMICSELECTOR_DATA_DIR: join(folder, "api") });
    const worker = start(["worker"], { ...env, OMICSELECTOR_DATA_DIR: join(folder, "worker"), METRICS_PORT: String(metricsPort) });
    await expect.poll(() => /answers at (\S+)/.exec(api.output())?.[1], { timeout: 40_000 }).toBeTruthy();
    const address = /answers at (\S+)/.exec(api.output())![1]!;
    const scraped = async (path: string) =>
      await fetch(`http://127.0.0.1:${metricsPort}${path}`, { headers: { authorization: "Bearer metrics-token-of-this-test" } });
    await expect.poll(async () => (await scraped("/ready").catch(() => undefined))?.status, { timeout: 40_000 }).toBe(200);

    let token = "";
    const call = async (path: string, body?: object | FormData) => {
      const json = body !== undefined && !(body instanceof FormData);
      const answer = await fetch(`${address}/api/v1${path}`, {
        ...(body !== undefined && { method: "POST", body: json ? JSON.stringify(body) : body }),
        headers: { ...(json && { "content-type": "application/json" }), ...(token !== "" && { authorization: `Bearer ${token}` }) },
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
      return JSON.parse(text) as Record<string, string>;
    };
    await call("/auth/register", { email: "a@example.com", username: "anna", password: "securepassword" });
    token = (await call("/auth/login", { username: "anna", password: "securepassword" })).access_token!;
    const rows = Array.from({ length: 40 }, (_, i) => `s${i},${i % 2 === 0 ? "a" : "b"},${i % 2},${(i * 7) % 11},${(i * 5) % 13}`);
    const form = new FormData();
    form.set("name", "cohort");
    form.set("data_type", "bulk_rna_seq");
    form.set("file", new Blob([`sample,group,G1,G2,G3\n${rows.join("\n")}\n`]), "cohort.csv");
    const { dataset_id } = await call("/data/upload", form);
    const { job_id } = await call("/jobs/feature-selection", { dataset_id, methods: ["t_test"], config: { n_features_to_select: 2 } });
    await expect.poll(async () => (await call(`/jobs/${job_id}`)).status, { timeout: 60_000, interval: 300 }).toBe("completed");

    const metrics = await (await scraped("/metrics")).text();
    expect(metrics).toMatch(/^omicselector2_unit_seconds_count\{stage="1"\} [1-9]/m);
    expect(metrics).toMatch(/^omicselector2_job_seconds_count\{job_type="feature_selection",status="completed"\} 1$/m);
    expect((await (await fetch(`${address}/ready`)).json()) as object).toMatchObject({
      status: "ready",
      checks: { workers: { state: "ok", count: 1 } },
    });

    api.child.kill("SIGTERM");
    worker.child.kill("SIGTERM");
    expect([await api.exit, await worker.exit]).toEqual([
      [0, null],
      [0, null],
    ]);
    await new Promise((done) => collector.close(done));
    expect([...names]).toEqual(expect.arrayContaining(["POST /api/v1/jobs/feature-selection", "submit", "range", "unit"]));
    expect([...traces]).toEqual([job_id!.replaceAll("-", "")]);
    const lines = worker
      .output()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(new Set(lines.map((line) => line.worker)).size).toBe(1);
    expect(lines.some((line) => line.job === job_id && line.msg === "job completed")).toBe(true);
    for (const secret of [
      env.SECRET_KEY,
      env.MINIO_SECRET_KEY,
      new URL(env.DATABASE_URL).password,
      new URL(env.REDIS_URL).password,
      token,
    ]) {
      expect(api.output() + worker.output() + metrics).not.toContain(secret);
    }
  }, 150_000);
});

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PatientClient } from "../../../scripts/cluster/client.ts";
import { type Nodes, startNodes } from "../../../scripts/cluster/cluster.ts";
import { describeWithServices, ownDatabase } from "../../platform/test/services.ts";
import { demoCohort } from "../src/demo-cohort.ts";

const bin = resolve(import.meta.dirname, "../bin/omicselector2.js");
const folder = mkdtempSync(join(tmpdir(), "omicselector2-cluster-"));
const methods = ["lasso", "rf_importance", "t_test"];
const study = (seed: number) => ({
  methods,
  config: {
    seed,
    target_column: "class",
    n_features_to_select: 10,
    cv_folds: 3,
    stability: { enabled: true, n_bootstraps: 60, threshold: 0.6 },
    method_options: { rf_importance: { n_trees: 100 } },
  },
});

describeWithServices("four workers on PostgreSQL, Redis and S3", (services) => {
  const databaseUrl = ownDatabase(services);
  let nodes: Nodes;
  let client: PatientClient;
  let dataset: string;
  const { csv } = demoCohort({ samples: 100, features: 600 });

  beforeAll(async () => {
    const { s3, redisUrl } = services;
    const env = {
      DATABASE_URL: databaseUrl(),
      // Messages of a database of its own: no worker of another test takes them.
      REDIS_URL: `${redisUrl}/6`,
      MINIO_ENDPOINT: s3.endpoint,
      MINIO_ACCESS_KEY: s3.accessKey,
      MINIO_SECRET_KEY: s3.secretKey,
      S3_BUCKET: `${s3.bucket}-${process.pid}`,
    };
    nodes = await startNodes({ workers: 4, threads: 1, env, folder });
    client = new PatientClient(nodes.address, "researcher1");
    await client.signUp();
    dataset = await client.upload(csv);
  }, 120_000);

  afterAll(async () => {
    const codes = await nodes?.stop();
    rmSync(folder, { recursive: true, force: true });
    expect(codes, "every process ends in good order when it is told to").toEqual([0, 0, 0, 0, 0]);
  }, 60_000);

  test("a job gives the bytes of the command line", async () => {
    const job = await client.untilEnded(await client.submit(dataset, study(42)), 240_000);
    expect(job.status, job.error_message).toBe("completed");
    expect(Buffer.from(await client.resultBytes(job.result_id!)).equals(await byCommandLine(csv, 42))).toBe(true);
  }, 300_000);

  test("a worker that is told to end hands its work over; the bytes stay", async () => {
    const jobId = await client.submit(dataset, study(7));
    await untilProgress(client, jobId, 10);
    nodes.workers[0]!.signal("SIGTERM");
    nodes.workers[1]!.signal("SIGKILL");
    const job = await client.untilEnded(jobId, 240_000);
    expect(job.status, job.error_message).toBe("completed");
    expect(Buffer.from(await client.resultBytes(job.result_id!)).equals(await byCommandLine(csv, 7))).toBe(true);
  }, 300_000);

  test("a cancelled job ends in all workers", async () => {
    const jobId = await client.submit(dataset, study(9));
    await untilProgress(client, jobId, 5);
    await client.call("DELETE", `/jobs/${jobId}`);
    const job = await client.untilEnded(jobId, 1000);
    expect(job.status).toBe("cancelled");
    await sleep(1500);
    expect((await client.untilEnded(jobId, 1000)).progress).toBe(job.progress);
  }, 120_000);
});

async function untilProgress(client: PatientClient, jobId: string, least: number): Promise<void> {
  for (;;) {
    const { progress, status } = await client.call<{ progress: number; status: string }>("GET", `/jobs/${jobId}`);
    if (progress >= least) return;
    if (status !== "pending" && status !== "running") throw new Error(`the job ${status} before it was disturbed`);
    await sleep(50);
  }
}

async function byCommandLine(csv: string, seed: number): Promise<Buffer> {
  const file = join(folder, `cohort-${seed}.csv`);
  const out = join(folder, `out-${seed}`);
  writeFileSync(file, csv);
  const args = ["select", file, "--target", "class", "--methods", methods.join(","), "--n-features", "10", "--folds", "3"];
  args.push("--seed", String(seed), "--stability", "--bootstraps", "60", "--threshold", "0.6", "--option", "rf_importance.n_trees=100");
  await promisify(execFile)(process.execPath, [bin, ...args, "--out", out]);
  return readFileSync(join(out, "result.json"));
}

import { randomBytes } from "node:crypto";
import { Rng } from "@omicselector2/engine";
import type { ClusterConfig } from "@omicselector2/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWithServices, ownDatabase } from "../../platform/test/services.ts";
import { type Client, type Harness, openHarness, uploadParts } from "./harness.ts";
import { emitAndCut, expectEveryEventOnce, JobWatcher } from "./watchers.ts";

describeWithServices("two API processes on one database and one Redis", (services) => {
  const databaseUrl = ownDatabase(services);
  const addresses: string[] = [];
  let processes: Harness[] = [];
  let client: Client;

  beforeAll(async () => {
    // A bucket of its own: the files in it are opened with the secret of this test alone.
    const s3 = { ...services.s3, bucket: `sockets-${randomBytes(6).toString("hex")}`, region: "us-east-1", sse: null };
    const secret = randomBytes(32).toString("hex");
    const cluster: ClusterConfig = { databaseUrl: databaseUrl(), redisUrl: services.redisUrl, s3, secret };
    processes = [await openHarness({ cluster }), await openHarness({ cluster })];
    for (const { app } of processes) addresses.push((await app.listen({ port: 0, host: "127.0.0.1" })).replace("http", "ws"));
    client = await processes[0]!.user("anna");
  });
  afterAll(async () => {
    for (const each of processes) await each.close();
  });

  test("500 watchers, who come back to either, get every event of either once and in order", async () => {
    const dataset_id = (await client.upload(uploadParts())).json().dataset_id;
    const jobId = (await client.post("/api/v1/jobs/feature-selection", { dataset_id, methods: ["t_test"] })).json().job_id;
    const stream = Rng.from(1, "cuts");
    const random = () => stream.uniform();
    const address = () => `${addresses[stream.below(2)]!}/api/v1/jobs/${jobId}/ws?token=${client.token}`;
    const watchers = Array.from({ length: 500 }, () => new JobWatcher(address));
    await Promise.all(watchers.map((watcher) => watcher.connected()));
    const platforms = processes.map(({ platform }) => platform);
    const cuts = await emitAndCut(platforms, jobId, 200, watchers.slice(0, 100), random);
    expect(cuts).toBeGreaterThan(200);
    await client.delete(`/api/v1/jobs/${jobId}`);
    await Promise.all(watchers.map(({ ended }) => ended));
    expectEveryEventOnce(watchers, 202);
  }, 120_000);
});

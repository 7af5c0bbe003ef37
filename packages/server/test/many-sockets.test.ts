import { Rng } from "@omicselector2/engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Client, type Harness, openHarness, uploadParts } from "./harness.ts";
import { emitAndCut, expectEveryEventOnce, JobWatcher } from "./watchers.ts";

let harness: Harness;
let client: Client;
let address: string;

beforeAll(async () => {
  harness = await openHarness();
  client = await harness.user("anna");
  address = (await harness.app.listen({ port: 0, host: "127.0.0.1" })).replace("http", "ws");
}, 120_000);
afterAll(() => harness.close());

test("500 watchers of one job get every event once and in order, those who lose their connection as well", async () => {
  const dataset_id = (await client.upload(uploadParts())).json().dataset_id;
  const jobId = (await client.post("/api/v1/jobs/feature-selection", { dataset_id, methods: ["t_test"] })).json().job_id;
  const watchers = Array.from({ length: 500 }, () => new JobWatcher(() => `${address}/api/v1/jobs/${jobId}/ws?token=${client.token}`));
  await Promise.all(watchers.map((watcher) => watcher.connected()));
  const stream = Rng.from(1, "cuts");
  const random = () => stream.uniform();
  const cuts = await emitAndCut([harness.platform], jobId, 200, watchers.slice(0, 100), random);
  expect(cuts).toBeGreaterThan(200);
  await client.delete(`/api/v1/jobs/${jobId}`);
  await Promise.all(watchers.map(({ ended }) => ended));
  // The first is that of the submit, the last that of the cancel.
  expectEveryEventOnce(watchers, 202);
}, 120_000);

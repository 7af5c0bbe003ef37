import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { selectionConfig } from "@omicselector2/contracts";
import {
  blobKeys,
  createDataset,
  createJob,
  createUser,
  findJob,
  type Job,
  listUnits,
  openPlatform,
  type Platform,
  pendingRanges,
  readConfig,
  sendRanges,
} from "@omicselector2/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CheckedSelection, createDatasetReader } from "./dataset-reader.ts";
import { createJobRunner } from "./job-runner.ts";
import { createStudyExecutor } from "./study-executor.ts";
import { cohortCsv, datasetOf, type TestDataset } from "./testing/cohort.ts";
import { mortal, type SharedQueue, sharedQueue } from "./testing/workers.ts";

const methods = ["t_test", "lasso"];
const config = selectionConfig.parse({
  cv_folds: 3,
  n_features_to_select: 5,
  stability: { enabled: true, n_bootstraps: 8, threshold: 0.5 },
});
let dataset: TestDataset;
let platform: Platform;
let shared: SharedQueue;
let datasetId: string;
let userId: string;
let checked: CheckedSelection;
let undisturbed: string;

beforeAll(async () => {
  dataset = await datasetOf(cohortCsv(60, 40, 4));
  platform = await openPlatform(readConfig({ OMICSELECTOR_DATA_DIR: join(dataset.folder, "data") }));
  shared = await sharedQueue();
  userId = (await createUser(platform.db, { email: "a@example.org", username: "a", hashedPassword: "x" })).id;
  datasetId = randomUUID();
  await createDataset(platform.db, { id: datasetId, name: "cohort", dataType: "mirna", ownerId: userId, contentHash: dataset.hash });
  await platform.blobs.put(blobKeys.dataset(datasetId), await readFile(dataset.path));
  const reader = createDatasetReader({ threads: 1 });
  checked = await reader.validateSelection(dataset.path, methods, config);
  await reader.close();
  const { result } = await createStudyExecutor({ threads: 2 }).run({
    datasetPath: dataset.path,
    datasetHash: dataset.hash,
    methods,
    config: { ...checked.config },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  undisturbed = new TextDecoder().decode(result);
});
afterAll(async () => {
  await platform.close();
  await dataset.remove();
});

/** As the server does, with costs so high that there are ranges for all. */
async function submit(): Promise<string> {
  const { id } = await createJob(platform.db, {
    jobType: "feature_selection",
    config: { methods: checked.canonicalMethods, ...checked.config },
    userId,
    datasetId,
    queue: "default",
    units: checked.units.map((unit) => ({ ...unit, cost: 3 })),
  });
  await sendRanges(platform.db, shared.queue, "default", await pendingRanges(platform.db, id));
  return id;
}

async function startWorker(threads: number) {
  let dead = false;
  const queue = shared.join();
  const executor = createStudyExecutor({ threads });
  const own = {
    ...platform,
    db: mortal(platform.db, () => dead),
    blobs: mortal(platform.blobs, () => dead),
    queue: mortal(queue, () => dead),
  };
  const runner = createJobRunner({ platform: own, executor, threads, alone: false, times: { beat: 100, lease: 1500, sent: 300 } });
  await runner.start();
  return {
    async close() {
      if (!dead) await runner.close();
      await executor.close();
    },
    async kill() {
      dead = true;
      queue.vanish();
      await executor.close();
    },
  };
}

async function ended(id: string): Promise<Job> {
  for (;;) {
    const job = (await findJob(platform.db, id))!;
    if (!["pending", "running"].includes(job.status)) return job;
    await sleep(20);
  }
}
const resultOf = async (job: Job) => {
  expect(job.status, String(job.errorMessage)).toBe("completed");
  return String(await platform.blobs.read(`${blobKeys.resultPrefix(job.resultId!)}result.json`));
};

test("one worker and three give the bytes of the executor alone", async () => {
  const one = await startWorker(2);
  expect(await resultOf(await ended(await submit()))).toBe(undisturbed);
  const others = await Promise.all([startWorker(1), startWorker(1)]);
  expect(await resultOf(await ended(await submit()))).toBe(undisturbed);
  for (const worker of [one, ...others]) await worker.close();
});

test("so does a worker that goes on where another was killed", async () => {
  const doomed = await startWorker(1);
  const id = await submit();
  const doneNow = async () => (await listUnits(platform.db, id)).filter(({ state }) => state === "done").length;
  await expect.poll(doneNow, { timeout: 30_000, interval: 5 }).toBeGreaterThan(3);
  await doomed.kill();
  expect(await doneNow(), "killed in the middle").toBeLessThan((await listUnits(platform.db, id)).length);
  const heir = await startWorker(1);
  expect(await resultOf(await ended(id))).toBe(undisturbed);
  await heir.close();
});

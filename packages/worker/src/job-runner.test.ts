import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jobTopic } from "@omicselector2/contracts";
import { EngineError } from "@omicselector2/engine";
import {
  blobKeys,
  cancelJob,
  claimJob,
  createDataset,
  createJob,
  createUser,
  doneUnits,
  type Executor,
  type ExecutorJob,
  findJob,
  findResultFor,
  type Job,
  listEvents,
  openPlatform,
  type Platform,
  readConfig,
  requeueInterrupted,
} from "@omicselector2/platform";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createJobRunner } from "./job-runner.ts";

const units = ["select/full/t_test", "select/fold-1/t_test", "score/fold-1/t_test"];
const result = { selected_features: ["g1", "g2"], metrics: { notes: [] } };
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

let folder: string;
let platform: Platform;
let userId: string;
let datasetId: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "job-runner-"));
  await open();
  const name = randomUUID();
  userId = (await createUser(platform.db, { email: `${name}@example.org`, username: name, hashedPassword: "x" })).id;
  datasetId = (await createDataset(platform.db, { name: "cohort", dataType: "mirna", ownerId: userId, contentHash: "abc" })).id;
  await platform.blobs.put(blobKeys.dataset(datasetId), bytes("the dataset"));
});
afterEach(async () => {
  await platform.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(): Promise<void> {
  platform = await openPlatform(readConfig({ OMICSELECTOR_DATA_DIR: join(folder, "data") }));
}

async function submit(): Promise<string> {
  const config = { methods: ["t_test"], cv_folds: 2 };
  const job = await createJob(platform.db, { jobType: "feature_selection", config, userId, datasetId, queue: "default", units });
  await platform.queue.send(job.queue, job.id);
  return job.id;
}

/** Runs each unit by `unit`, as the executor does, and ends with the result. */
function executorOf(unit: (id: string, job: ExecutorJob) => Promise<void>): Executor {
  return {
    async run(job) {
      const left = units.filter((id) => !job.done.has(id));
      for (const id of left) {
        await unit(id, job);
        await job.onUnit(id, bytes({ unit: id }));
        job.onProgress({ done: units.indexOf(id) + 1, total: units.length, etaSeconds: 1, message: id });
      }
      return { result: bytes(result), artifacts: new Map([["result.json", bytes(result)]]) };
    },
    close: async () => undefined,
  };
}

async function ended(id: string): Promise<Job> {
  for (;;) {
    const job = (await findJob(platform.db, id))!;
    if (!["pending", "running"].includes(job.status)) return job;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const start = (executor: Executor, onError?: (jobId: string, error: unknown) => void) =>
  createJobRunner({ platform, executor, ...(onError && { onError }) }).start();

test("a job runs, leaves its result with its files, and no checkpoints", async () => {
  const seen: ExecutorJob[] = [];
  const id = await submit();
  const heard: string[] = [];
  await platform.events.subscribe(jobTopic(id), (seq) => heard.push(seq));
  await start(
    executorOf(async (_unit, job) => {
      seen.push(job);
    }),
  );
  const job = await ended(id);
  expect(job).toMatchObject({ status: "completed", progress: 100, message: "2 features selected" });
  expect(seen[0]).toMatchObject({ jobId: id, datasetHash: "abc", methods: ["t_test"], config: { cv_folds: 2 } });
  expect(seen[0]!.datasetPath).toMatchObject({ key: blobKeys.dataset(datasetId), dataKey: expect.any(Uint8Array) });
  expect(await findResultFor(platform.db, job.resultId!, userId)).toMatchObject({
    selectedFeatures: ["g1", "g2"],
    metrics: result.metrics,
  });
  expect(await platform.blobs.read(`${blobKeys.resultPrefix(job.resultId!)}result.json`)).toEqual(Buffer.from(bytes(result)));
  await platform.queue.close();
  expect(await platform.blobs.list(blobKeys.checkpointPrefix(id))).toEqual([]);
  const events = await listEvents(platform.db, id);
  expect(heard.at(-1)).toBe(String(events.at(-1)!.seq));
  expect(events.at(-1)!.payload).toMatchObject({ status: "completed", result_id: job.resultId });
});

test("a job that was interrupted goes on from its checkpoints; a damaged one is made again", async () => {
  const id = await submit();
  const reached = Promise.withResolvers<void>();
  const stuck = executorOf(async (unit, { signal }) => {
    if (unit !== units[2]) return;
    reached.resolve();
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  await start(stuck);
  await reached.promise;
  await platform.close();
  await open();
  expect(await findJob(platform.db, id)).toMatchObject({ status: "running", claimedBy: null });
  expect([...(await doneUnits(platform.db, id)).keys()]).toEqual([units[1], units[0]]);
  await platform.blobs.put(blobKeys.checkpoint(id, units[1]!), bytes("damaged"));
  const ran: string[] = [];
  await start(
    executorOf(async (unit) => {
      ran.push(unit);
    }),
  );
  expect(await ended(id)).toMatchObject({ status: "completed", attempts: 1 });
  expect(ran).toEqual([units[1], units[2]]);
});

test("an error that the user can mend is told; a fault of the program goes to the log", async () => {
  const logged: unknown[] = [];
  let error: Error = new EngineError("data_unusable", "feature g3 has missing values");
  await start(
    executorOf(() => Promise.reject(error)),
    (_id, each) => logged.push(each),
  );
  expect(await ended(await submit())).toMatchObject({ status: "failed", errorMessage: "feature g3 has missing values" });
  expect(logged).toEqual([]);
  error = new TypeError("x is not a function at /secret/place.ts");
  const fault = await ended(await submit());
  expect(fault.errorMessage).toMatch(/fault of the program/);
  expect(fault.errorMessage).not.toContain("secret");
  expect(logged).toEqual([error]);
});

test("a cancelled job stops, stays cancelled and leaves nothing", async () => {
  const id = await submit();
  const reached = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  await start(
    executorOf(async (unit, { signal }) => {
      if (unit !== units[1]) return;
      reached.resolve();
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))).finally(stopped.resolve);
    }),
  );
  await reached.promise;
  await cancelJob(platform.db, id);
  await platform.queue.cancel(id);
  await stopped.promise;
  await platform.queue.close();
  expect(await findJob(platform.db, id)).toMatchObject({ status: "cancelled", errorMessage: null, resultId: null });
  expect(await platform.blobs.list(blobKeys.checkpointPrefix(id))).toEqual([]);
});

test("a cancel that nobody passed on is seen at the next progress", async () => {
  const id = await submit();
  await start(
    executorOf(async (unit, { signal }) => {
      if (unit !== units[1]) return;
      await cancelJob(platform.db, id);
      await new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        setTimeout(() => reject(new Error("was not stopped")), 5000);
      });
    }),
  );
  expect(await ended(id)).toMatchObject({ status: "cancelled" });
  await platform.queue.close();
  expect(await findJob(platform.db, id)).toMatchObject({ status: "cancelled" });
});

test("a job that took three processes down with it is not tried again", async () => {
  const id = await submit();
  // Claimed and never given back, as by a process that was killed.
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(await claimJob(platform.db, id, "killed")).toBeDefined();
    await requeueInterrupted(platform.db);
  }
  let ran = false;
  await start(
    executorOf(async () => {
      ran = true;
    }),
  );
  expect(await ended(id)).toMatchObject({ status: "failed", errorMessage: expect.stringContaining("went down 3 times") });
  expect(ran).toBe(false);
});

test("a job whose dataset is gone fails with that", async () => {
  const config = { methods: ["t_test"] };
  const job = await createJob(platform.db, { jobType: "feature_selection", config, userId, datasetId: null, queue: "default", units });
  await platform.queue.send("default", job.id);
  await start(executorOf(async () => undefined));
  expect(await ended(job.id)).toMatchObject({ status: "failed", errorMessage: expect.stringContaining("dataset was deleted") });
});

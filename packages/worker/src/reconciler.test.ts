import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  blobKeys,
  cancelJob,
  createInProcessQueue,
  createJob,
  createUser,
  findJob,
  type JobQueue,
  jobRanges,
  jobs,
  leaseRange,
  listRanges,
  listUnits,
  markUnitsDone,
  openPlatform,
  type Platform,
  readConfig,
  startUnits,
} from "@omicselector2/platform";
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Heartbeat } from "./heartbeat.ts";
import { startReconciler } from "./reconciler.ts";
import { usualTimes } from "./worker-context.ts";

const times = { ...usualTimes, beat: 50, lease: 600, sent: 200 };
const units = ["a", "b"].map((id) => ({ id, stage: 1, cost: 9 }));
const dead = randomUUID();

let folder: string;
let platform: Platform;
let queue: JobQueue;
let rounds: Heartbeat | undefined;
let sent: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reconciler-"));
  platform = await openPlatform(readConfig({ OMICSELECTOR_DATA_DIR: join(folder, "data") }));
});
afterAll(async () => {
  await platform.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  const inner = createInProcessQueue();
  sent = [];
  queue = {
    ...inner,
    send: (name, message, turn) => {
      sent.push(`${message.jobId} ${message.range}`);
      return inner.send(name, message, turn);
    },
  };
});
afterEach(async () => {
  await rounds?.stop();
  rounds = undefined;
  await platform.db.delete(jobs);
});

async function start(alone: boolean, more: { db?: Platform["db"]; jobHours?: number } = {}): Promise<void> {
  const own = { ...platform, queue, db: more.db ?? platform.db };
  rounds = await startReconciler({ platform: own, alone, jobHours: more.jobHours ?? 48, times, onError: () => undefined });
}

async function someJob(): Promise<string> {
  const name = randomUUID();
  const userId = (await createUser(platform.db, { email: `${name}@example.org`, username: name, hashedPassword: "x" })).id;
  const job = await createJob(platform.db, { jobType: "feature_selection", config: {}, userId, datasetId: null, queue: "default", units });
  return job.id;
}
const lease = (jobId: string, range: number, seconds = 0) => leaseRange(platform.db, { jobId, range }, dead, seconds);
const stateOf = async (jobId: string) => (await listRanges(platform.db, jobId)).map(({ state }) => state).join(" ");
const attemptsOf = async (jobId: string) => (await listUnits(platform.db, jobId)).map(({ attempts }) => attempts).join(" ");

test("alone, what was under way when the server died begins again at once", async () => {
  const id = await someJob();
  await lease(id, 0, 3600);
  await startUnits(platform.db, { jobId: id, range: 0 }, dead, ["a"]);
  await start(true);
  expect(sent).toEqual([`${id} 0`, `${id} 1`]);
  expect(await stateOf(id)).toBe("pending pending blocked");
  expect(await attemptsOf(id)).toBe("1 0");
});

test("a job that took the server down three times fails", async () => {
  const id = await someJob();
  for (let death = 0; death < 3; death++) {
    await lease(id, 0, 3600);
    await start(true);
    await rounds!.stop();
  }
  expect(await findJob(platform.db, id)).toMatchObject({
    status: "failed",
    errorMessage: expect.stringMatching(/went down 3 times while they read its data or made its result/),
  });
});

test("with others, a lease that runs out is the dead worker's, but not before this process has been in contact for as long", async () => {
  const id = await someJob();
  await lease(id, 0);
  const at = Date.now();
  await start(false);
  await expect.poll(() => stateOf(id), { timeout: 10_000, interval: 20 }).toBe("pending pending blocked");
  expect(Date.now() - at).toBeGreaterThanOrEqual(times.lease);
  await expect.poll(() => sent).toContain(`${id} 0`);
});

test("after the database was away nobody is dead until all had the time to come back", async () => {
  const id = await someJob();
  let away = false;
  const db = new Proxy(platform.db, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (key === "transaction" && away) return () => Promise.reject(new Error("Connection terminated unexpectedly"));
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await start(false, { db });
  await sleep(times.lease + 100);
  away = true;
  await lease(id, 0);
  await sleep(2 * times.beat + 20);
  away = false;
  const back = Date.now();
  await expect.poll(() => stateOf(id), { timeout: 10_000, interval: 20 }).toBe("pending pending blocked");
  expect(Date.now() - back).toBeGreaterThanOrEqual(times.lease - 2 * times.beat);
});

test("a message that the queue lost is sent again, one that waits there is not", async () => {
  const id = await someJob();
  await start(true);
  expect(sent).toEqual([`${id} 0`, `${id} 1`]);
  await sleep(3 * times.sent);
  expect(sent).toHaveLength(2);
  // As after a restart of Redis without its data.
  Object.assign(queue, { missing: createInProcessQueue().missing });
  await expect.poll(() => sent.slice(2, 4), { timeout: 5000 }).toEqual([`${id} 0`, `${id} 1`]);
});

test("a queue that is away is tried again in the next round", async () => {
  const id = await someJob();
  const { send } = queue;
  Object.assign(queue, { send: () => Promise.reject(new Error("Connection is closed.")) });
  await start(true);
  expect(sent).toEqual([]);
  Object.assign(queue, { send });
  await expect.poll(() => sent, { timeout: 5000 }).toEqual([`${id} 0`, `${id} 1`]);
});

test("a stage that a crash left unpromoted begins", async () => {
  const id = await someJob();
  await markUnitsDone(
    platform.db,
    id,
    units.map((unit) => ({ unitId: unit.id, hash: "a".repeat(64) })),
  );
  await platform.db.update(jobRanges).set({ state: "done" });
  const [, , reduce] = await listRanges(platform.db, id);
  await platform.db.update(jobRanges).set({ state: "blocked" }).where(eq(jobRanges.range, reduce!.range));
  await start(false);
  await expect.poll(() => sent, { timeout: 5000 }).toEqual([`${id} 2`]);
  expect(await stateOf(id)).toBe("done done pending");
});

test("a job beyond its time fails with the limit", async () => {
  const id = await someJob();
  await lease(id, 0, 3600);
  await platform.db.update(jobs).set({ startedAt: new Date(Date.now() - 3 * 3600_000) });
  await start(false, { jobHours: 2 });
  expect(await findJob(platform.db, id)).toMatchObject({ status: "failed", errorMessage: expect.stringMatching(/within 2 hours/) });
});

test("what a job that ended left goes after an hour, and nothing else", async () => {
  const [ended, open] = [await someJob(), await someJob()];
  for (const id of [ended, open]) await platform.blobs.put(blobKeys.checkpoint(id, "a", "a".repeat(64)), Buffer.from("x"));
  await cancelJob(platform.db, ended);
  await start(false);
  await rounds!.stop();
  expect(await platform.blobs.list(blobKeys.checkpointPrefix(ended))).toHaveLength(1);
  await platform.db
    .update(jobs)
    .set({ completedAt: new Date(Date.now() - 2 * 3600_000) })
    .where(eq(jobs.id, ended));
  await start(false);
  expect(await platform.blobs.list(blobKeys.checkpointPrefix(ended))).toEqual([]);
  expect(await listRanges(platform.db, ended)).toEqual([]);
  expect(await platform.blobs.list(blobKeys.checkpointPrefix(open))).toHaveLength(1);
  expect(await listRanges(platform.db, open)).toHaveLength(3);
});

test("of two processes one sends what was to be sent", async () => {
  const id = await someJob();
  await platform.db.update(jobRanges).set({ sentAt: new Date(Date.now() - 60_000) });
  const both = await Promise.all(
    [1, 2].map(() => startReconciler({ platform: { ...platform, queue }, alone: false, jobHours: 48, times, onError: () => undefined })),
  );
  await Promise.all(both.map((each) => each.stop()));
  expect(sent).toEqual([`${id} 0`, `${id} 1`]);
});

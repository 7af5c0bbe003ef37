import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { someUser, testDatabase } from "../../test/database.ts";
import { type Job, jobRanges, type QueueName } from "../index.ts";
import type { PlannedUnit } from "../plan-ranges.ts";
import { cancelJob, completeJob, createJob, findJob, startJob } from "./jobs.ts";
import {
  extendLeases,
  finishRange,
  leaseRange,
  listRanges,
  markSent,
  promoteRanges,
  releaseAll,
  releaseRange,
  reopenUnits,
} from "./ranges.ts";
import { doomedJobs, dropUnits, endedWithRanges, expireLeases, lockRecovery, overdueJobs, takeUnsent } from "./recovery.ts";
import { nextTurn } from "./turns.ts";
import { countUnits, doneUnits, listUnits, markUnitsDone, openUnits, startUnits } from "./units.ts";
import { dropLostWorkers, greet, listWorkers, sayGoodbye } from "./workers.ts";

const database = testDatabase();
const db = () => database().db;
const hash = (letter: string) => letter.repeat(64);
/** Two ranges that select, one that scores, one that reduces. */
const units: PlannedUnit[] = [
  { id: "select/a", stage: 1, cost: 9 },
  { id: "select/b", stage: 1, cost: 8 },
  { id: "score/a", stage: 2, cost: 0.5 },
  { id: "score/b", stage: 2, cost: 0.25 },
];

async function someJob(more: { userId?: string; queue?: QueueName; units?: PlannedUnit[] } = {}): Promise<Job> {
  const userId = more.userId ?? (await someUser(database())).id;
  return await createJob(db(), {
    jobType: "feature_selection",
    config: {},
    datasetId: null,
    queue: "default",
    units,
    ...more,
    userId,
  });
}
const statesOf = async (id: string) => (await listRanges(db(), id)).map(({ state }) => state).join(" ");
const [me, other] = [randomUUID(), randomUUID()];
const lease = (jobId: string, range: number, worker = me) => leaseRange(db(), { jobId, range }, worker, 20);

/** Takes a range and does its units. */
async function work(jobId: string, range: number): Promise<void> {
  const leased = (await lease(jobId, range))!.range;
  const ids = (await openUnits(db(), leased)).map(({ unitId }) => unitId);
  await markUnitsDone(
    db(),
    jobId,
    ids.map((unitId) => ({ unitId, hash: hash("a") })),
  );
  expect(await finishRange(db(), { jobId, range }, me)).toBe("done");
}
const expireNow = (jobId: string) =>
  database().pool.query("update job_ranges set leased_until = now() - interval '1 s' where job_id = $1 and state = 'leased'", [jobId]);

test("a job is cut into ranges; what reads nothing may begin", async () => {
  const { id } = await someJob();
  expect((await listRanges(db(), id)).map(({ range, stage, first, end, state }) => [range, stage, first, end, state])).toEqual([
    [0, 1, 0, 1, "pending"],
    [1, 1, 1, 2, "pending"],
    [2, 2, 2, 4, "blocked"],
    [3, 3, 4, 4, "blocked"],
  ]);
  expect((await listUnits(db(), id)).map(({ unitId, position, stage }) => `${unitId} ${position} ${stage}`).sort()).toEqual([
    "score/a 2 2",
    "score/b 3 2",
    "select/a 0 1",
    "select/b 1 1",
  ]);
  expect(await statesOf((await someJob({ units: [] })).id)).toBe("pending");
});

test("of two workers one has a range; the job begins with its first", async () => {
  const { id } = await someJob();
  const both = await Promise.all([lease(id, 0, me), lease(id, 0, other)]);
  const [won] = both.filter((each) => each !== undefined);
  expect(both.filter((each) => each !== undefined)).toHaveLength(1);
  expect(won).toMatchObject({ job: { status: "running" }, started: { payload: { status: "running" } } });
  expect((await lease(id, 1))!.started).toBeUndefined();
  expect(await lease(id, 2), "blocked").toBeUndefined();
  expect(await lease(id, 9), "no such range").toBeUndefined();
  expect(await lease(id, 1), "mine already, as after a lost answer").toBeDefined();
  expect(await lease(id, 1, other)).toBeUndefined();
});

test("an expired lease is the worker's own until somebody has expired it", async () => {
  const { id } = await someJob();
  await lease(id, 0);
  await expireNow(id);
  expect(await lease(id, 0, other)).toBeUndefined();
  expect(await extendLeases(db(), me, [{ jobId: id, range: 0 }], 20)).toEqual([{ jobId: id, range: 0 }]);
  expect(await expireLeases(db())).toEqual([]);
});

test("a heartbeat prolongs what is still the worker's, and names only that", async () => {
  const [running, cancelled] = [await someJob(), await someJob()];
  const mine = { jobId: running.id, range: 0 };
  await lease(running.id, 0);
  await lease(running.id, 1, other);
  await lease(cancelled.id, 0);
  await cancelJob(db(), cancelled.id);
  const asked = [mine, { jobId: running.id, range: 1 }, { jobId: cancelled.id, range: 0 }, { jobId: randomUUID(), range: 0 }];
  expect(await extendLeases(db(), me, asked, 20)).toEqual([mine]);
  expect(await extendLeases(db(), me, [], 20)).toEqual([]);
});

test("stages follow each other, whoever ends the last range, and each is promoted once", async () => {
  const { id } = await someJob();
  await work(id, 0);
  expect(await promoteRanges(db(), id)).toEqual([]);
  await work(id, 1);
  const promoted = await Promise.all([promoteRanges(db(), id), promoteRanges(db(), id), promoteRanges(db(), id)]);
  expect(promoted.flat().map(({ range }) => range)).toEqual([2]);
  expect(await statesOf(id)).toBe("done done pending blocked");
  await work(id, 2);
  expect((await promoteRanges(db(), id)).map(({ range }) => range)).toEqual([3]);
  expect((await lease(id, 3))!.range).toMatchObject({ first: 4, end: 4 });
});

test("a range with an open unit does not end, nor one that somebody else has", async () => {
  const { id } = await someJob();
  await lease(id, 0);
  expect(await finishRange(db(), { jobId: id, range: 0 }, me)).toBe("open");
  await markUnitsDone(db(), id, [{ unitId: "select/a", hash: hash("a") }]);
  expect(await finishRange(db(), { jobId: id, range: 0 }, other)).toBe("lost");
  expect(await finishRange(db(), { jobId: id, range: 0 }, me)).toBe("done");
  expect(await finishRange(db(), { jobId: id, range: 0 }, me), "again, as after a lost answer").toBe("done");
});

test("units are marked once: the first output stays, another one is told", async () => {
  const { id } = await someJob();
  const mark = (unitId: string, letter: string) => markUnitsDone(db(), id, [{ unitId, hash: hash(letter) }]);
  expect(await mark("select/a", "a")).toEqual({ running: true, different: [] });
  expect(await mark("select/a", "a")).toEqual({ running: true, different: [] });
  expect(await mark("select/a", "b")).toEqual({ running: true, different: ["select/a"] });
  expect(await mark("unknown", "b")).toEqual({ running: true, different: [] });
  expect(await doneUnits(db(), id)).toEqual(new Map([["select/a", hash("a")]]));
  expect(await countUnits(db(), id)).toEqual({ done: 1, total: 4, costDone: 9, costLeft: 8.75 });
  await cancelJob(db(), id);
  expect(await mark("select/b", "a")).toEqual({ running: false, different: [] });
  expect((await doneUnits(db(), id)).size).toBe(1);
});

test("a lease that is given back counts no attempt", async () => {
  const { id } = await someJob();
  await lease(id, 0);
  const range = { jobId: id, range: 0 };
  expect(await startUnits(db(), range, other, ["select/a"])).toBe(false);
  expect(await startUnits(db(), range, me, ["select/a"])).toBe(true);
  expect(await releaseRange(db(), range, other)).toBeUndefined();
  expect(await releaseRange(db(), range, me)).toMatchObject({ state: "pending", messageId: null, sentAt: null, attempts: 0 });
  expect((await listUnits(db(), id)).every(({ state, attempts }) => state === "pending" && attempts === 0)).toBe(true);
  await lease(id, 0);
  await lease(id, 1);
  expect((await releaseAll(db(), me)).filter(({ jobId }) => jobId === id)).toHaveLength(2);
});

test("leases of the dead: their running units count an attempt, else the range does", async () => {
  const { id } = await someJob();
  await lease(id, 0);
  await startUnits(db(), { jobId: id, range: 0 }, me, ["select/a"]);
  await lease(id, 1, other);
  await expireNow(id);
  expect(
    (await expireLeases(db()))
      .filter(({ jobId }) => jobId === id)
      .map(({ range }) => range)
      .sort(),
  ).toEqual([0, 1]);
  expect(await statesOf(id)).toBe("pending pending blocked blocked");
  expect((await listRanges(db(), id)).map(({ attempts }) => attempts)).toEqual([0, 1, 0, 0]);
  expect((await listUnits(db(), id)).filter(({ attempts }) => attempts > 0).map(({ unitId }) => unitId)).toEqual(["select/a"]);
  expect(await doomedJobs(db(), [id], { unit: 2, range: 2 })).toEqual([]);
  expect(await doomedJobs(db(), [id], { unit: 1, range: 1 })).toEqual([{ jobId: id, unitId: "select/a" }]);
  expect(await doomedJobs(db(), [id], { unit: 2, range: 1 })).toEqual([{ jobId: id, unitId: null }]);
  expect((await findJob(db(), id))!.attempts).toBe(1);
});

test("all leases are those of the dead when a process is alone", async () => {
  const { id } = await someJob();
  await lease(id, 0);
  expect(await expireLeases(db())).toEqual([]);
  expect((await expireLeases(db(), true)).map(({ jobId, range }) => [jobId, range])).toContainEqual([id, 0]);
});

test("lost checkpoints are computed again, and what comes after them waits", async () => {
  const { id } = await someJob();
  await work(id, 0);
  await work(id, 1);
  await promoteRanges(db(), id);
  await lease(id, 2, other);
  expect(await reopenUnits(db(), id, [{ unitId: "select/a", hash: hash("f") }]), "it is another one by now").toEqual([]);
  const again = await reopenUnits(db(), id, [{ unitId: "select/a", hash: hash("a") }]);
  expect(again).toMatchObject([{ range: 0, state: "pending", attempts: 1 }]);
  expect(await statesOf(id)).toBe("pending done blocked blocked");
  expect(await releaseRange(db(), { jobId: id, range: 2 }, other)).toBeUndefined();
  expect(await promoteRanges(db(), id)).toEqual([]);
  await work(id, 0);
  expect((await promoteRanges(db(), id)).map(({ range }) => range)).toEqual([2]);
});

test("a job that has ended gives nothing out any more", async () => {
  const { id } = await someJob();
  await work(id, 1);
  await completeJob(db(), id, { selectedFeatures: [], metrics: {}, artifactsPath: "s3://results/x/" });
  expect((await listRanges(db(), id)).at(-1), "the reduce is done with its job").toMatchObject({ state: "done", leasedBy: null });
  const done = (await listUnits(db(), id)).filter(({ state }) => state === "done").map(({ unitId }) => unitId);
  expect(done).not.toEqual([]);
  const gone = done.map((unitId) => ({ unitId, hash: hash("a") }));
  expect(await reopenUnits(db(), id, gone), "its checkpoints are gone for good reason").toEqual([]);
  expect((await listUnits(db(), id)).filter(({ state }) => state === "done")).toHaveLength(done.length);
  expect(await lease(id, 0)).toBeUndefined();
  expect((await takeUnsent(db(), 0)).some(({ jobId }) => jobId === id)).toBe(false);
  expect(await endedWithRanges(db(), 60)).not.toContain(id);
  await database().pool.query("update jobs set completed_at = now() - interval '2 h' where id = $1", [id]);
  expect(await endedWithRanges(db(), 60)).toContain(id);
  await dropUnits(db(), id);
  expect([await listRanges(db(), id), await listUnits(db(), id)]).toEqual([[], []]);
});

test("what nobody has looked after for a while is looked after by one", async () => {
  const { id } = await someJob();
  const mine = (rows: { jobId: string }[]) => rows.filter(({ jobId }) => jobId === id);
  expect(mine(await takeUnsent(db(), 15)), "whoever made the job is about to send it").toEqual([]);
  await markSent(db(), { jobId: id, range: 1 }, "message");
  await database().pool.query("update job_ranges set sent_at = now() - interval '16 s' where job_id = $1", [id]);
  expect(mine(await takeUnsent(db(), 15))).toMatchObject([
    { range: 0, messageId: null, queue: "default" },
    { range: 1, messageId: "message" },
  ]);
  expect(mine(await takeUnsent(db(), 15))).toEqual([]);
});

test("a user's ranges go behind their own, and not behind all that others have ever sent", async () => {
  const [a, b] = [(await someUser(database())).id, (await someUser(database())).id];
  const queue = "low_priority";
  const turns = async (job: Job) => (await listRanges(db(), job.id)).map(({ turn }) => turn);
  const first = await someJob({ userId: a, queue });
  expect(await turns(first)).toEqual([0, 1, 2, 3]);
  expect(await turns(await someJob({ userId: a, queue }))).toEqual([4, 5, 6, 7]);
  expect(await turns(await someJob({ userId: b, queue }))).toEqual([0, 1, 2, 3]);
  // What is done is in nobody's way: who comes now begins where the others are.
  await db().update(jobRanges).set({ state: "done" }).where(sql`turn < 4 and job_id in (select id from jobs where queue = ${queue})`);
  expect(await nextTurn(db(), queue, (await someUser(database())).id)).toBe(4);
});

test("jobs beyond their time are named", async () => {
  const { id } = await someJob();
  await startJob(db(), id);
  expect(await overdueJobs(db(), 48)).not.toContain(id);
  await database().pool.query("update jobs set started_at = now() - interval '49 h' where id = $1", [id]);
  expect(await overdueJobs(db(), 48)).toContain(id);
});

test("one process at a time looks for what is to be set right", async () => {
  const locked = await db().transaction(async (tx) => lockRecovery(tx as never));
  expect(locked).toBe(true);
});

test("workers are known by their heartbeat, and forgotten a day after their last", async () => {
  const worker = { id: randomUUID(), host: "node-1", threads: 4, queues: ["default" as const] };
  await greet(db(), worker);
  await greet(db(), worker);
  expect((await listWorkers(db())).filter(({ id }) => id === worker.id)).toMatchObject([worker]);
  await database().pool.query("update workers set seen_at = now() - interval '25 h' where id = $1", [worker.id]);
  expect(await dropLostWorkers(db())).toBe(1);
  await greet(db(), worker);
  await sayGoodbye(db(), worker.id);
  expect((await listWorkers(db())).filter(({ id }) => id === worker.id)).toEqual([]);
});

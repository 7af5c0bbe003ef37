import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { someDataset, someJob, someUser, testDatabase } from "../../test/database.ts";
import { type Job, jobs, results } from "../schema.ts";
import { appendEvent, dropOldEvents, listEvents } from "./events.ts";
import {
  cancelJob,
  completeJob,
  countOpenJobs,
  createJob,
  failJob,
  findJob,
  findJobFor,
  progressDue,
  setProgress,
  startJob,
} from "./jobs.ts";
import { listUnits } from "./units.ts";

const database = testDatabase();
const outcome = { selectedFeatures: ["A", "B"], metrics: { stability_scores: { A: 1 } }, artifactsPath: "s3://results/x/" };

async function pendingJob(units: string[] = []): Promise<Job> {
  return await someJob(database(), (await someUser(database())).id, units);
}
async function runningJob(): Promise<Job> {
  return (await startJob(database().db, (await pendingJob()).id))!.job;
}
const eventsOf = async (id: string) =>
  (await listEvents(database().db, id)).map((event) => `${event.seq} ${event.type} ${event.payload.status ?? ""}`.trim());

describe("createJob", () => {
  test("makes the job, its units and its first event", async () => {
    const job = await pendingJob(["lasso/0", "lasso/1"]);
    expect(job).toMatchObject({ status: "pending", progress: 0, queue: "default", config: { methods: ["lasso"], cv_folds: 5 } });
    expect(job.celeryTaskId).toBe(job.id);
    expect((await listUnits(database().db, job.id)).map((unit) => unit.unitId)).toEqual(["lasso/0", "lasso/1"]);
    expect(await eventsOf(job.id)).toEqual(["1 status pending"]);
  });

  test("leaves nothing when a unit cannot be written", async () => {
    const { id } = await someUser(database());
    await expect(someJob(database(), id, ["a", "a"])).rejects.toThrow();
    expect(await countOpenJobs(database().db, id)).toBe(0);
  });

  test("takes thousands of units", async () => {
    const job = await pendingJob(Array.from({ length: 2500 }, (_, i) => `unit/${i}`));
    expect(await listUnits(database().db, job.id)).toHaveLength(2500);
  });
});

describe("transitions", () => {
  test("a job begins once", async () => {
    const { id } = await pendingJob();
    const begun = await Promise.all([1, 2, 3].map(() => startJob(database().db, id)));
    expect(begun.filter((each) => each !== undefined)).toHaveLength(1);
    expect((await findJob(database().db, id))!.startedAt).toBeInstanceOf(Date);
  });

  test("completing writes result, job and last event together", async () => {
    const { id } = await runningJob();
    const resultId = randomUUID();
    const done = (await completeJob(database().db, id, { ...outcome, resultId }))!;
    expect(done.result).toMatchObject({ id: resultId, jobId: id, ...outcome });
    expect(await findJob(database().db, id)).toMatchObject({ status: "completed", progress: 100, resultId });
    expect(await eventsOf(id)).toEqual(["1 status pending", "2 status running", "3 status completed"]);
    expect(done.event.payload).toMatchObject({ job_id: id, status: "completed", progress: 100, result_id: resultId });
  });

  test("completing twice gives one result", async () => {
    const { id } = await runningJob();
    const both = await Promise.all([completeJob(database().db, id, outcome), completeJob(database().db, id, outcome)]);
    expect(both.filter((each) => each !== undefined)).toHaveLength(1);
    expect(await database().db.select().from(results).where(eq(results.jobId, id))).toHaveLength(1);
  });

  test("of cancel and complete at once, one wins and the other changes nothing", async () => {
    for (let round = 0; round < 6; round++) {
      const { id } = await runningJob();
      const cancelling = () => cancelJob(database().db, id);
      const completing = () => completeJob(database().db, id, outcome);
      const [cancelled, completed] =
        round % 2 === 0
          ? await Promise.all([cancelling(), completing()])
          : await Promise.all([completing(), cancelling()]).then(([b, a]) => [a, b] as const);
      const job = (await findJob(database().db, id))!;
      expect([cancelled.outcome, completed !== undefined, job.status]).toEqual(
        job.status === "cancelled" ? ["cancelled", false, "cancelled"] : ["ended", true, "completed"],
      );
      expect((await database().db.select().from(results).where(eq(results.jobId, id))).length).toBe(completed === undefined ? 0 : 1);
    }
  });

  test("a late worker changes nothing of a cancelled job", async () => {
    const { id } = await runningJob();
    expect((await cancelJob(database().db, id)).outcome).toBe("cancelled");
    const before = await findJob(database().db, id);
    expect(await setProgress(database().db, id, { progress: 50 })).toBeUndefined();
    expect(await completeJob(database().db, id, outcome)).toBeUndefined();
    expect(await failJob(database().db, id, "no")).toBeUndefined();
    expect(await startJob(database().db, id)).toBeUndefined();
    expect(await appendEvent(database().db, id, "log", {})).toBeUndefined();
    expect(await findJob(database().db, id)).toEqual(before);
    expect(await eventsOf(id)).toEqual(["1 status pending", "2 status running", "3 status cancelled"]);
  });

  test("cancel says what it found", async () => {
    const { id } = await pendingJob();
    expect(await cancelJob(database().db, id)).toMatchObject({ outcome: "cancelled", job: { status: "cancelled" } });
    expect((await cancelJob(database().db, id)).outcome).toBe("already_cancelled");
    const failed = await runningJob();
    await failJob(database().db, failed.id, "out of memory");
    expect(await cancelJob(database().db, failed.id)).toMatchObject({
      outcome: "ended",
      job: { status: "failed", errorMessage: "out of memory" },
    });
    expect((await cancelJob(database().db, randomUUID())).outcome).toBe("missing");
  });

  test("a pending job can neither complete nor fail", async () => {
    const { id } = await pendingJob();
    expect(await completeJob(database().db, id, outcome)).toBeUndefined();
    expect(await failJob(database().db, id, "no")).toBeUndefined();
    expect((await findJob(database().db, id))!.status).toBe("pending");
  });
});

test("progress is whole, never falls, and is 100 only when completed, whatever a worker says", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.double({ min: -20, max: 120, noNaN: true }), { minLength: 1, maxLength: 8 }), async (steps) => {
      const { id } = await runningJob();
      let last = 0;
      for (const progress of steps) {
        const { job } = (await setProgress(database().db, id, { progress }))!;
        expect(Number.isInteger(job.progress)).toBe(true);
        expect(job.progress).toBe(Math.max(last, Math.min(99, Math.max(0, Math.floor(progress)))));
        last = job.progress;
      }
      expect((await completeJob(database().db, id, outcome))!.job.progress).toBe(100);
    }),
    { numRuns: 10, examples: [[[50.9, 20, 99.9, 100, 30]]] },
  );
  await expect(database().db.update(jobs).set({ progress: 100 }).where(eq(jobs.status, "running"))).rejects.toThrow();
  await expect(setProgress(database().db, randomUUID(), { progress: Number.NaN })).rejects.toThrow(/not a number/);
});

test("progress carries message and time left", async () => {
  const { id } = await runningJob();
  await setProgress(database().db, id, { progress: 12.7, message: "fold 2 of 5", etaSeconds: 3.6 });
  const kept = await setProgress(database().db, id, { progress: 13 });
  expect(kept!.event).toMatchObject({ type: "progress", payload: { progress: 13, message: "fold 2 of 5", eta_seconds: 4 } });
});

test("progress comes at most so often, whoever writes it", async () => {
  const { id } = await runningJob();
  expect(await progressDue(database().db, id, 60_000)).toBe("due");
  const both = await Promise.all([1, 2].map((progress) => setProgress(database().db, id, { progress }, 60_000)));
  expect(both.filter((each) => each !== undefined)).toHaveLength(1);
  expect(await progressDue(database().db, id, 60_000)).toBe("early");
  await cancelJob(database().db, id);
  expect(await progressDue(database().db, id, 0)).toBe("gone");
});

describe("events", () => {
  test("are numbered without a gap whoever writes them", async () => {
    const { id } = await runningJob();
    await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => appendEvent(database().db, id, "log", { i })),
      ...Array.from({ length: 10 }, (_, i) => setProgress(database().db, id, { progress: i })),
    ]);
    await completeJob(database().db, id, outcome);
    const events = await listEvents(database().db, id);
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 33 }, (_, i) => i + 1));
    expect(events.at(-1)!.payload.status).toBe("completed");
    expect((await findJob(database().db, id))!.eventSeq).toBe(33);
    expect((await listEvents(database().db, id, 30)).map((event) => event.seq)).toEqual([31, 32, 33]);
  });

  test("a transaction that fails takes its event and its number back", async () => {
    const { id } = await runningJob();
    const failing = database().db.transaction(async (tx) => {
      await appendEvent(tx, id, "log", {});
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect((await appendEvent(database().db, id, "log", {}))!.seq).toBe(3);
  });

  test("go after 30 days", async () => {
    const { id } = await runningJob();
    await database().pool.query("update job_events set at = now() - interval '31 days' where job_id = $1 and seq = 1", [id]);
    expect(await dropOldEvents(database().db)).toBe(1);
    expect(await eventsOf(id)).toEqual(["2 status running"]);
  });
});

test("a job is its user's alone, and stays when its dataset goes", async () => {
  const [owner, other] = [await someUser(database()), await someUser(database())];
  const dataset = await someDataset(database(), owner.id);
  const job = await someJob(database(), owner.id, [], dataset.id);
  expect(await findJobFor(database().db, job.id, owner.id)).toEqual(job);
  expect(await findJobFor(database().db, job.id, other.id)).toBeUndefined();
  await database().pool.query("delete from datasets where id = $1", [dataset.id]);
  expect(await findJob(database().db, job.id)).toEqual({ ...job, datasetId: null });
  await expect(
    createJob(database().db, { ...job, datasetId: dataset.id, id: randomUUID(), userId: owner.id, units: [] }),
  ).rejects.toThrow();
});

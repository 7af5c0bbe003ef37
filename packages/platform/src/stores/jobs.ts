import { randomUUID } from "node:crypto";
import type { SQL } from "drizzle-orm";
import type { PgUpdateSetSource } from "drizzle-orm/pg-core";
import type { Db } from "../database/db.ts";
import { and, count, eq, inArray, sql } from "../database/drizzle.ts";
import { inOrderOfWork, type PlannedUnit, planRanges } from "../plan-ranges.ts";
import type { QueueName } from "../ports/job-queue.ts";
import { type Job, type JobEvent, type JobType, jobRanges, jobs, jobUnits, type Result, results } from "../schema.ts";
import { jobById } from "./by-id.ts";
import { insertEvent } from "./events.ts";
import { nextTurn } from "./turns.ts";

/**
 * A job's life: pending -> running -> completed | failed, and pending | running -> cancelled.
 * Each step is one conditional update, so whoever comes late changes nothing and is told so (undefined).
 * Each step leaves an event in the same transaction.
 */
const open = ["pending", "running"] as const;

export interface NewJob {
  id?: string;
  jobType: JobType;
  /** { methods, ...config }, checked, defaults filled in */
  config: Record<string, unknown>;
  userId: string;
  datasetId: string | null;
  queue: QueueName;
  estimate?: Record<string, unknown> | null;
  /** as planned, in any order */
  units: readonly PlannedUnit[];
}

/** The job, its units, cut into ranges, and its first event, all or nothing. What is pending is to be sent to the queue. */
export async function createJob(db: Db, { units, ...job }: NewJob): Promise<Job> {
  return await db.transaction(async (tx) => {
    const id = job.id ?? randomUUID();
    const turn = await nextTurn(tx, job.queue, job.userId);
    const [row] = await tx
      .insert(jobs)
      .values({ ...job, id, celeryTaskId: id, eventSeq: 1 })
      .returning();
    await insertUnits(tx, id, inOrderOfWork(units), turn);
    await insertEvent(tx, row!, "status");
    return row!;
  });
}

async function insertUnits(tx: Db, jobId: string, units: readonly PlannedUnit[], turn: number): Promise<void> {
  const rows = units.map(({ id: unitId, stage, cost }, position) => ({ jobId, unitId, position, stage, cost }));
  for (let at = 0; at < rows.length; at += 1000) await tx.insert(jobUnits).values(rows.slice(at, at + 1000));
  const ranges = planRanges(units);
  const begins = ranges[0]!.stage;
  await tx.insert(jobRanges).values(
    ranges.map((each, range) => {
      // Whoever made the job is about to send it.
      const now = each.stage === begins ? ({ state: "pending", sentAt: sql`now()` } as const) : {};
      return { ...each, ...now, jobId, range, turn: turn + range };
    }),
  );
}

/** A pending job is worked on from now on; undefined when it is already, or has ended. */
export async function startJob(db: Db, id: string): Promise<{ job: Job; event: JobEvent } | undefined> {
  return await step(db, id, eq(jobs.status, "pending"), { status: "running", startedAt: sql`now()` });
}

export interface Outcome {
  /** made beforehand by who needs the id for the artifacts' path */
  resultId?: string;
  selectedFeatures: string[] | null;
  metrics: Record<string, unknown>;
  /** `s3://results/<id>/` */
  artifactsPath: string;
  message?: string;
}

/** Result row, job row and last event in one transaction; undefined when the job is not running any more. */
export async function completeJob(
  db: Db,
  id: string,
  { resultId = randomUUID(), message, ...outcome }: Outcome,
): Promise<{ job: Job; result: Result; event: JobEvent } | undefined> {
  return await db.transaction(async (tx) => {
    const ended = await tx
      .update(jobs)
      .set({ status: "completed", progress: 100, etaSeconds: 0, completedAt: sql`now()` })
      .where(and(eq(jobs.id, id), eq(jobs.status, "running")))
      .returning({ id: jobs.id });
    if (ended.length === 0) return undefined;
    await tx
      .update(jobRanges)
      .set({ state: "done", leasedBy: null, leasedUntil: null })
      .where(and(eq(jobRanges.jobId, id), eq(jobRanges.first, jobRanges.end)));
    const [result] = await tx
      .insert(results)
      .values({ ...outcome, id: resultId, jobId: id })
      .returning();
    const [job] = await tx
      .update(jobs)
      .set({ resultId, eventSeq: sql`${jobs.eventSeq} + 1`, ...(message === undefined ? {} : { message }) })
      .where(eq(jobs.id, id))
      .returning();
    return { job: job!, result: result!, event: await insertEvent(tx, job!, "status") };
  });
}

/** @param errorMessage  for the user: what happened and what to do */
export async function failJob(db: Db, id: string, errorMessage: string): Promise<{ job: Job; event: JobEvent } | undefined> {
  return await step(db, id, eq(jobs.status, "running"), {
    status: "failed",
    errorMessage,
    etaSeconds: null,
    completedAt: sql`now()`,
  });
}

export type CancelOutcome = "cancelled" | "already_cancelled" | "ended" | "missing";

/** `ended`: it completed or failed before; `job` is the row as it is now. */
export async function cancelJob(db: Db, id: string): Promise<{ outcome: CancelOutcome; job?: Job; event?: JobEvent }> {
  const done = await step(db, id, inArray(jobs.status, [...open]), {
    status: "cancelled",
    etaSeconds: null,
    completedAt: sql`now()`,
  });
  if (done !== undefined) return { outcome: "cancelled", ...done };
  const job = await findJob(db, id);
  if (job === undefined) return { outcome: "missing" };
  return { outcome: job.status === "cancelled" ? "already_cancelled" : "ended", job };
}

/**
 * Progress of a running job, with its event. It never falls, and stays at 99 until the job completes.
 * @param progress  0 to 100; decimals are cut off
 * @param leastMs  since whoever wrote it last
 * @returns undefined when the job does not run any more, or it is too early
 */
export async function setProgress(
  db: Db,
  id: string,
  { progress, message, etaSeconds }: { progress: number; message?: string | null; etaSeconds?: number | null },
  leastMs = 0,
): Promise<{ job: Job; event: JobEvent } | undefined> {
  const whole = Math.max(0, Math.min(99, Math.floor(progress)));
  if (Number.isNaN(whole)) throw new RangeError("progress is not a number");
  return await step(
    db,
    id,
    and(eq(jobs.status, "running"), leastMs === 0 ? undefined : isDue(leastMs)),
    {
      progressAt: sql`now()`,
      progress: sql`greatest(${jobs.progress}, ${whole})`,
      ...(message === undefined ? {} : { message }),
      ...(etaSeconds === undefined ? {} : { etaSeconds: etaSeconds === null ? null : Math.max(0, Math.round(etaSeconds)) }),
    },
    "progress",
  );
}

const isDue = (leastMs: number) =>
  sql`(${jobs.progressAt} is null or ${jobs.progressAt} <= now() - make_interval(secs => ${leastMs / 1000}))`;

/** Whether progress may be written now, before anybody counts units for it; `gone`: the job does not run any more. */
export async function progressDue(db: Db, id: string, leastMs: number): Promise<"due" | "early" | "gone"> {
  const [row] = await db
    .select({ status: jobs.status, due: sql<boolean>`${isDue(leastMs)}` })
    .from(jobs)
    .where(eq(jobs.id, id));
  if (row?.status !== "running") return "gone";
  return row.due ? "due" : "early";
}

export async function findJob(db: Db, id: string): Promise<Job | undefined> {
  return await jobById(db, id);
}

/** Only the user's own: somebody else's job is as good as none. */
export async function findJobFor(db: Db, id: string, userId: string): Promise<Job | undefined> {
  const job = await findJob(db, id);
  return job?.userId === userId ? job : undefined;
}

/** Unfinished jobs of a user, for the limit on them. */
export async function countOpenJobs(db: Db, userId: string): Promise<number> {
  const [row] = await db
    .select({ n: count() })
    .from(jobs)
    .where(and(eq(jobs.userId, userId), inArray(jobs.status, [...open])));
  return row!.n;
}

/** One conditional update and the event that tells of it. */
async function step(
  db: Db,
  id: string,
  condition: SQL | undefined,
  changes: PgUpdateSetSource<typeof jobs>,
  eventType = "status",
): Promise<{ job: Job; event: JobEvent } | undefined> {
  return await db.transaction(async (tx) => {
    const [job] = await tx
      .update(jobs)
      .set({ ...changes, eventSeq: sql`${jobs.eventSeq} + 1` })
      .where(and(eq(jobs.id, id), condition))
      .returning();
    return job === undefined ? undefined : { job, event: await insertEvent(tx, job, eventType) };
  });
}

import { randomUUID } from "node:crypto";
import type { SQL } from "drizzle-orm";
import type { PgUpdateSetSource } from "drizzle-orm/pg-core";
import type { Db } from "../database/db.ts";
import { and, asc, count, eq, inArray, isNull, or, sql } from "../database/drizzle.ts";
import type { QueueName } from "../ports/job-queue.ts";
import { type Job, type JobEvent, type JobType, jobs, jobUnits, type Result, results } from "../schema.ts";
import { jobById } from "./by-id.ts";
import { insertEvent } from "./events.ts";

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
  /** ids of the units as planned, at most 255 characters each */
  units: readonly string[];
}

/** The job, its units and its first event, all or nothing. */
export async function createJob(db: Db, { units, ...job }: NewJob): Promise<Job> {
  return await db.transaction(async (tx) => {
    const id = job.id ?? randomUUID();
    const [row] = await tx
      .insert(jobs)
      .values({ ...job, id, celeryTaskId: id, eventSeq: 1 })
      .returning();
    for (let at = 0; at < units.length; at += 1000) {
      await tx.insert(jobUnits).values(units.slice(at, at + 1000).map((unitId) => ({ jobId: id, unitId })));
    }
    await insertEvent(tx, row!, "status");
    return row!;
  });
}

/**
 * Takes a job to work on: a pending one, or a running one whose process is gone (see `requeueInterrupted`).
 * @returns undefined when it ended, was cancelled, or somebody else has it
 */
export async function claimJob(db: Db, id: string, owner: string): Promise<Job | undefined> {
  return (
    await step(db, id, or(eq(jobs.status, "pending"), and(eq(jobs.status, "running"), isNull(jobs.claimedBy))), {
      status: "running",
      startedAt: sql`coalesce(${jobs.startedAt}, now())`,
      attempts: sql`${jobs.attempts} + 1`,
      claimedBy: owner,
    })
  )?.job;
}

/** Gives a running job back, as when the process drains: its units stay done, somebody else goes on, and the attempt does not count. */
export async function releaseJob(db: Db, id: string, owner: string): Promise<boolean> {
  const rows = await db
    .update(jobs)
    .set({ claimedBy: null, attempts: sql`${jobs.attempts} - 1` })
    .where(and(eq(jobs.id, id), eq(jobs.status, "running"), eq(jobs.claimedBy, owner)))
    .returning({ id: jobs.id });
  return rows.length > 0;
}

/**
 * For the start of an embedded server, which is alone on its data: no job has a living process.
 * @returns all unfinished jobs, oldest first, to be sent to the queue again
 */
export async function requeueInterrupted(db: Db): Promise<{ id: string; queue: QueueName }[]> {
  return await db.transaction(async (tx) => {
    await tx.update(jobs).set({ claimedBy: null }).where(eq(jobs.status, "running"));
    return await tx
      .select({ id: jobs.id, queue: jobs.queue })
      .from(jobs)
      .where(inArray(jobs.status, [...open]))
      .orderBy(asc(jobs.createdAt), asc(jobs.id));
  });
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
      .set({ status: "completed", progress: 100, etaSeconds: 0, completedAt: sql`now()`, claimedBy: null })
      .where(and(eq(jobs.id, id), eq(jobs.status, "running")))
      .returning({ id: jobs.id });
    if (ended.length === 0) return undefined;
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
    claimedBy: null,
  });
}

export type CancelOutcome = "cancelled" | "already_cancelled" | "ended" | "missing";

/** `ended`: it completed or failed before; `job` is the row as it is now. */
export async function cancelJob(db: Db, id: string): Promise<{ outcome: CancelOutcome; job?: Job; event?: JobEvent }> {
  const done = await step(db, id, inArray(jobs.status, [...open]), {
    status: "cancelled",
    etaSeconds: null,
    completedAt: sql`now()`,
    claimedBy: null,
  });
  if (done !== undefined) return { outcome: "cancelled", ...done };
  const job = await findJob(db, id);
  if (job === undefined) return { outcome: "missing" };
  return { outcome: job.status === "cancelled" ? "already_cancelled" : "ended", job };
}

/**
 * Progress of a running job, with its event. It never falls, and stays at 99 until the job completes.
 * @param progress  0 to 100; decimals are cut off
 * @returns undefined when the job does not run any more: the worker may stop
 */
export async function setProgress(
  db: Db,
  id: string,
  { progress, message, etaSeconds }: { progress: number; message?: string | null; etaSeconds?: number | null },
): Promise<{ job: Job; event: JobEvent } | undefined> {
  const whole = Math.max(0, Math.min(99, Math.floor(progress)));
  if (Number.isNaN(whole)) throw new RangeError("progress is not a number");
  return await step(
    db,
    id,
    eq(jobs.status, "running"),
    {
      progress: sql`greatest(${jobs.progress}, ${whole})`,
      ...(message === undefined ? {} : { message }),
      ...(etaSeconds === undefined ? {} : { etaSeconds: etaSeconds === null ? null : Math.max(0, Math.round(etaSeconds)) }),
    },
    "progress",
  );
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

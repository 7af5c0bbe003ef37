import type { Db } from "../database/db.ts";
import { and, asc, eq, gt, inArray, lt, sql } from "../database/drizzle.ts";
import { type Job, type JobEvent, jobEvents, jobs } from "../schema.ts";

/** What a job looks like from outside; payload of every `status` and `progress` event, and the snapshot of a subscriber. */
export function jobSnapshot(job: Job): Record<string, unknown> {
  return {
    job_id: job.id,
    status: job.status,
    progress: job.progress,
    message: job.message,
    eta_seconds: job.etaSeconds,
    ...(job.resultId === null ? {} : { result_id: job.resultId }),
    ...(job.errorMessage === null ? {} : { error_message: job.errorMessage }),
  };
}

/** The event that goes with an update which has just raised `event_seq`; in the transaction of that update. */
export async function insertEvent(tx: Db, job: Job, type: string, payload: Record<string, unknown> = jobSnapshot(job)): Promise<JobEvent> {
  const [event] = await tx.insert(jobEvents).values({ jobId: job.id, seq: job.eventSeq, type, payload }).returning();
  return event!;
}

/**
 * An event of an unfinished job, numbered without gaps whoever else appends: the row lock of the update puts them in line.
 * @returns undefined when the job has ended: its last event is the one of its end
 */
export async function appendEvent(db: Db, jobId: string, type: string, payload: Record<string, unknown>): Promise<JobEvent | undefined> {
  return await db.transaction(async (tx) => {
    const [job] = await tx
      .update(jobs)
      .set({ eventSeq: sql`${jobs.eventSeq} + 1` })
      .where(and(eq(jobs.id, jobId), inArray(jobs.status, ["pending", "running"])))
      .returning();
    return job === undefined ? undefined : await insertEvent(tx, job, type, payload);
  });
}

/** Events numbered above `after`, in order. */
export async function listEvents(db: Db, jobId: string, after = 0, limit = 1000): Promise<JobEvent[]> {
  return await db
    .select()
    .from(jobEvents)
    .where(and(eq(jobEvents.jobId, jobId), gt(jobEvents.seq, after)))
    .orderBy(asc(jobEvents.seq))
    .limit(limit);
}

/** Events are kept for 30 days. @returns how many went */
export async function dropOldEvents(db: Db, olderThanDays = 30): Promise<number> {
  const rows = await db
    .delete(jobEvents)
    .where(lt(jobEvents.at, sql`now() - make_interval(days => ${olderThanDays})`))
    .returning({ seq: jobEvents.seq });
  return rows.length;
}

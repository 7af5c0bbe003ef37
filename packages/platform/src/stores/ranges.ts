import type { Db } from "../database/db.ts";
import { and, asc, eq, inArray, sql } from "../database/drizzle.ts";
import { type Job, type JobEvent, type JobRange, jobRanges, jobs, jobUnits } from "../schema.ts";
import { startJob } from "./jobs.ts";

/*
 * A range's life: blocked -> pending -> leased -> done, and back to pending when its lease is given back or runs out.
 * Each step is one conditional update: of two workers one has it, and whoever comes late is told so.
 */

export interface RangeName {
  readonly jobId: string;
  readonly range: number;
}

export interface Lease {
  readonly range: JobRange;
  readonly job: Job;
  /** the job began with this lease */
  readonly started?: JobEvent;
}

const isRange = ({ jobId, range }: RangeName) => and(eq(jobRanges.jobId, jobId), eq(jobRanges.range, range));
const isHeld = (name: RangeName, worker: string) => and(isRange(name), eq(jobRanges.state, "leased"), eq(jobRanges.leasedBy, worker));
const after = (seconds: number) => sql`now() + make_interval(secs => ${seconds})`;
/** No longer anybody's; to be sent at once. */
const free = { state: "pending", leasedBy: null, leasedUntil: null, messageId: null, sentAt: null } as const;

/**
 * Takes a range of a job that has not ended; the job begins with its first.
 * A lease that ran out is taken from its worker by the reconciler alone: it knows whether the worker is dead or was out of reach.
 * @param worker  who has it already gets it again, as after an answer that was lost
 * @returns undefined when somebody else has it, it is done, or the job has ended
 */
export async function leaseRange(db: Db, name: RangeName, worker: string, seconds: number): Promise<Lease | undefined> {
  return await db.transaction(async (tx) => {
    const [range] = await tx
      .update(jobRanges)
      .set({ state: "leased", leasedBy: worker, leasedUntil: after(seconds) })
      .where(
        and(
          isRange(name),
          sql`(${jobRanges.state} = 'pending' or (${jobRanges.state} = 'leased' and ${jobRanges.leasedBy} = ${worker}))`,
          sql`exists (select 1 from ${jobs} where ${jobs.id} = ${jobRanges.jobId} and ${jobs.status} in ('pending', 'running'))`,
        ),
      )
      .returning();
    if (range === undefined) return undefined;
    const begun = await startJob(tx, name.jobId);
    if (begun !== undefined) return { range, job: begun.job, started: begun.event };
    const [job] = await tx.select().from(jobs).where(eq(jobs.id, name.jobId));
    return { range, job: job! };
  });
}

/**
 * What a worker says every few seconds.
 * @param held  the ranges that it works on
 * @returns those that are still its own: the others were cancelled, failed or taken over
 */
export async function extendLeases(db: Db, worker: string, held: readonly RangeName[], seconds: number): Promise<RangeName[]> {
  if (held.length === 0) return [];
  const jobIds = sql.param(held.map(({ jobId }) => jobId));
  const ranges = sql.param(held.map(({ range }) => range));
  return await db
    .update(jobRanges)
    .set({ leasedUntil: after(seconds) })
    .from(jobs)
    .where(
      and(
        eq(jobs.id, jobRanges.jobId),
        eq(jobs.status, "running"),
        eq(jobRanges.state, "leased"),
        eq(jobRanges.leasedBy, worker),
        sql`(${jobRanges.jobId}, ${jobRanges.range}) in (select * from unnest(${jobIds}::uuid[], ${ranges}::int[]))`,
      ),
    )
    .returning({ jobId: jobRanges.jobId, range: jobRanges.range });
}

/** @returns `open` when a unit of it is not done, `lost` when it is not the worker's any more */
export async function finishRange(db: Db, name: RangeName, worker: string): Promise<"done" | "open" | "lost"> {
  const rows = await db
    .update(jobRanges)
    .set({ state: "done", leasedBy: null, leasedUntil: null })
    .where(
      and(
        isHeld(name, worker),
        sql`not exists (select 1 from ${jobUnits} where ${jobUnits.jobId} = ${jobRanges.jobId}
          and ${jobUnits.position} >= ${jobRanges.first} and ${jobUnits.position} < ${jobRanges.end} and ${jobUnits.state} <> 'done')`,
      ),
    )
    .returning({ range: jobRanges.range });
  if (rows.length > 0) return "done";
  const [now] = await db.select().from(jobRanges).where(isRange(name));
  if (now?.state === "leased" && now.leasedBy === worker) return "open";
  return now?.state === "done" ? "done" : "lost";
}

/** Gives a range back, as when the process drains: its units stay done, somebody else goes on, no attempt is counted. */
export async function releaseRange(db: Db, name: RangeName, worker: string): Promise<JobRange | undefined> {
  return await db.transaction(async (tx) => {
    const [range] = await tx.update(jobRanges).set(free).where(isHeld(name, worker)).returning();
    if (range === undefined) return undefined;
    await tx
      .update(jobUnits)
      .set({ state: "pending" })
      .where(
        and(
          eq(jobUnits.jobId, name.jobId),
          eq(jobUnits.state, "running"),
          sql`${jobUnits.position} >= ${range.first} and ${jobUnits.position} < ${range.end}`,
        ),
      );
    return range;
  });
}

/** All that a worker still has; for its end. */
export async function releaseAll(db: Db, worker: string): Promise<JobRange[]> {
  const held = await db
    .select({ jobId: jobRanges.jobId, range: jobRanges.range })
    .from(jobRanges)
    .where(and(eq(jobRanges.state, "leased"), eq(jobRanges.leasedBy, worker)));
  const given = await Promise.all(held.map((name) => releaseRange(db, name, worker)));
  return given.filter((range) => range !== undefined);
}

/**
 * Ranges whose earlier stages are all done may begin now.
 * @param jobId  undefined: of all jobs, as after a crash between the two steps
 * @returns those that this call made pending: the caller sends them
 */
export async function promoteRanges(db: Db, jobId?: string): Promise<JobRange[]> {
  const earlier = sql`select 1 from job_ranges earlier where earlier.job_id = ${jobRanges.jobId}
    and earlier.stage < ${jobRanges.stage} and earlier.state <> 'done'`;
  return await db
    .update(jobRanges)
    .set({ ...free, sentAt: sql`now()` })
    .where(
      and(
        eq(jobRanges.state, "blocked"),
        jobId === undefined ? undefined : eq(jobRanges.jobId, jobId),
        sql`not exists (${earlier})`,
        sql`exists (select 1 from ${jobs} where ${jobs.id} = ${jobRanges.jobId} and ${jobs.status} in ('pending', 'running'))`,
      ),
    )
    .returning();
}

export interface LostCheckpoint {
  readonly unitId: string;
  /** what the worker found in the row: a unit that was done again meanwhile is left alone */
  readonly hash: string;
}

/**
 * Units whose checkpoints are gone or damaged are to be run again, and what comes after them waits.
 * @returns the ranges to be sent; none when somebody else was first
 */
export async function reopenUnits(db: Db, jobId: string, lost: readonly LostCheckpoint[]): Promise<JobRange[]> {
  if (lost.length === 0) return [];
  return await db.transaction(async (tx) => {
    // Of a job that has ended the checkpoints are gone for good reason. The lock keeps it from ending in between.
    const [job] = await tx.select({ status: jobs.status }).from(jobs).where(eq(jobs.id, jobId)).for("share");
    if (job?.status !== "running") return [];
    const ids = sql.param(lost.map(({ unitId }) => unitId));
    const hashes = sql.param(lost.map(({ hash }) => hash));
    const units = await tx
      .update(jobUnits)
      .set({ state: "pending", checkpointHash: null })
      .where(
        and(
          eq(jobUnits.jobId, jobId),
          eq(jobUnits.state, "done"),
          sql`(${jobUnits.unitId}, ${jobUnits.checkpointHash}) in (select * from unnest(${ids}::text[], ${hashes}::text[]))`,
        ),
      )
      .returning({ position: jobUnits.position, stage: jobUnits.stage });
    if (units.length === 0) return [];
    const stage = Math.min(...units.map((unit) => unit.stage));
    const positions = sql.param(units.map((unit) => unit.position));
    await tx
      .update(jobRanges)
      .set({ ...free, state: "blocked" })
      .where(and(eq(jobRanges.jobId, jobId), sql`${jobRanges.stage} > ${stage}`, inArray(jobRanges.state, ["pending", "leased"])));
    return await tx
      .update(jobRanges)
      .set({ ...free, attempts: sql`${jobRanges.attempts} + 1` })
      .where(
        and(
          eq(jobRanges.jobId, jobId),
          eq(jobRanges.state, "done"),
          sql`exists (select 1 from unnest(${positions}::int[]) as p where p >= ${jobRanges.first} and p < ${jobRanges.end})`,
        ),
      )
      .returning();
  });
}

/** Its message is in the queue. */
export async function markSent(db: Db, name: RangeName, messageId: string): Promise<void> {
  await db
    .update(jobRanges)
    .set({ messageId, sentAt: sql`now()` })
    .where(and(isRange(name), eq(jobRanges.state, "pending")));
}

/** These could not be handed over: whoever looks next sends them. */
export async function markUnsent(db: Db, names: readonly RangeName[]): Promise<void> {
  for (const name of names) {
    await db
      .update(jobRanges)
      .set({ messageId: null, sentAt: null })
      .where(and(isRange(name), eq(jobRanges.state, "pending")));
  }
}

export async function listRanges(db: Db, jobId: string): Promise<JobRange[]> {
  return await db.select().from(jobRanges).where(eq(jobRanges.jobId, jobId)).orderBy(asc(jobRanges.range));
}

/** Ranges of a job that are not done and may be worked on, in order. */
export async function pendingRanges(db: Db, jobId: string): Promise<JobRange[]> {
  return await db
    .select()
    .from(jobRanges)
    .where(and(eq(jobRanges.jobId, jobId), eq(jobRanges.state, "pending")))
    .orderBy(asc(jobRanges.range));
}

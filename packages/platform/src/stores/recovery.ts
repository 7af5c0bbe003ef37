import type { Db } from "../database/db.ts";
import { and, asc, eq, gte, inArray, sql } from "../database/drizzle.ts";
import { type Job, jobRanges, jobs, jobUnits } from "../schema.ts";

/*
 * What a reconciler asks of the database. All in one transaction under `lockRecovery`, so that of all processes one does it at a time.
 */

// Any number; it must only be the same in every process and differ from those of the migrations and the audit log.
const lock = 7_201_933_011;

/** Until the end of the transaction; false when another process is at it. */
export async function lockRecovery(tx: Db): Promise<boolean> {
  const { rows } = await tx.execute<{ locked: boolean }>(sql`select pg_try_advisory_xact_lock(${lock}) as locked`);
  return rows[0]!.locked;
}

export interface DeadLease {
  readonly jobId: string;
  readonly range: number;
  readonly worker: string;
}

/**
 * Leases that ran out: their workers are dead. The units that these computed count an attempt; a range that had computed nothing yet,
 * because its worker died over reading the data or over the reduce, counts one itself.
 * @param all  whatever their time: the caller knows that every worker is dead
 */
export async function expireLeases(tx: Db, all = false): Promise<DeadLease[]> {
  const { rows } = await tx.execute<{ job_id: string; range: number; leased_by: string }>(sql`
    with expired as (
      select r.job_id, r.range, r.first, r."end", r.leased_by
      from job_ranges r join jobs j on j.id = r.job_id
      where r.state = 'leased' and j.status in ('pending', 'running') and (${all} or r.leased_until < now())
      for update of r skip locked
    ), charged as (
      update job_units u set state = 'pending', attempts = u.attempts + 1
      from expired e
      where u.job_id = e.job_id and u.position >= e.first and u.position < e."end" and u.state = 'running'
      returning u.job_id, e.leased_by
    ), counted as (
      update jobs set attempts = jobs.attempts + 1 where id in (select job_id from expired)
    )
    update job_ranges r
    set state = 'pending', leased_by = null, leased_until = null, message_id = null, sent_at = null,
      attempts = r.attempts + case when exists (
        select 1 from charged c where c.job_id = e.job_id and c.leased_by = e.leased_by) then 0 else 1 end
    from expired e
    where r.job_id = e.job_id and r.range = e.range
    returning r.job_id, r.range, e.leased_by`);
  return rows.map((row) => ({ jobId: row.job_id, range: row.range, worker: row.leased_by }));
}

export interface Doomed {
  readonly jobId: string;
  /** null: the data could not be read, or the result not be made */
  readonly unitId: string | null;
}

/** Of these jobs those of which a unit, or a range before any of its units, took so many workers down with it. */
export async function doomedJobs(tx: Db, jobIds: readonly string[], most: { unit: number; range: number }): Promise<Doomed[]> {
  if (jobIds.length === 0) return [];
  const units = await tx
    .select({ jobId: jobUnits.jobId, unitId: jobUnits.unitId })
    .from(jobUnits)
    .where(and(inArray(jobUnits.jobId, [...jobIds]), gte(jobUnits.attempts, most.unit)))
    .orderBy(asc(jobUnits.position));
  const ranges = await tx
    .select({ jobId: jobRanges.jobId })
    .from(jobRanges)
    .where(and(inArray(jobRanges.jobId, [...jobIds]), gte(jobRanges.attempts, most.range)));
  const doomed = new Map<string, Doomed>(ranges.map(({ jobId }) => [jobId, { jobId, unitId: null }]));
  for (const { jobId, unitId } of units.reverse()) doomed.set(jobId, { jobId, unitId });
  return [...doomed.values()];
}

export interface Unsent {
  readonly jobId: string;
  readonly range: number;
  readonly turn: number;
  readonly queue: Job["queue"];
  /** null: it was never handed over */
  readonly messageId: string | null;
}

/**
 * Ranges that wait for a worker and were not known to be in their queue for so long; they count as looked after from now on.
 * @returns in the order in which they are to be sent
 */
export async function takeUnsent(tx: Db, olderThanSeconds: number, most = 1000): Promise<Unsent[]> {
  const { rows } = await tx.execute<{ job_id: string; range: number; turn: number; queue: Job["queue"]; message_id: string | null }>(sql`
    with chosen as (
      select r.job_id, r.range, j.queue, j.created_at
      from job_ranges r join jobs j on j.id = r.job_id
      where r.state = 'pending' and j.status in ('pending', 'running')
        and (r.sent_at is null or r.sent_at <= now() - make_interval(secs => ${olderThanSeconds}))
      order by r.sent_at nulls first, r.turn, j.created_at, r.job_id, r.range
      limit ${most}
      for update of r skip locked
    ), taken as (
      update job_ranges r set sent_at = now()
      from chosen c where r.job_id = c.job_id and r.range = c.range
      returning r.job_id, r.range, r.turn, r.message_id, c.queue, c.created_at
    )
    select * from taken order by turn, created_at, job_id, range`);
  return rows.map((row) => ({ jobId: row.job_id, range: row.range, turn: row.turn, queue: row.queue, messageId: row.message_id }));
}

/** Running jobs that began more than so many hours ago. */
export async function overdueJobs(tx: Db, hours: number): Promise<string[]> {
  const rows = await tx
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.status, "running"), sql`${jobs.startedAt} < now() - make_interval(hours => ${hours})`));
  return rows.map((row) => row.id);
}

/** Jobs that ended at least so long ago and whose ranges are still there: their checkpoints may be too. */
export async function endedWithRanges(tx: Db, minutes: number, most = 20): Promise<string[]> {
  const rows = await tx
    .selectDistinct({ id: jobs.id })
    .from(jobRanges)
    .innerJoin(jobs, eq(jobs.id, jobRanges.jobId))
    .where(
      and(
        inArray(jobs.status, ["completed", "failed", "cancelled"]),
        sql`${jobs.completedAt} < now() - make_interval(secs => ${60 * minutes})`,
      ),
    )
    .limit(most);
  return rows.map((row) => row.id);
}

/** Nobody asks for the units of a job that has ended, and whose checkpoints are gone. */
export async function dropUnits(db: Db, jobId: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.delete(jobUnits).where(eq(jobUnits.jobId, jobId));
    await tx.delete(jobRanges).where(eq(jobRanges.jobId, jobId));
  });
}

import type { Db } from "../database/db.ts";
import { and, asc, count, eq, gte, inArray, lt, ne, sql } from "../database/drizzle.ts";
import { type JobRange, type JobUnit, jobRanges, jobs, jobUnits } from "../schema.ts";

/** Units of a range that are not done, in order of work. */
export async function openUnits(db: Db, range: Pick<JobRange, "jobId" | "first" | "end">): Promise<JobUnit[]> {
  return await db
    .select()
    .from(jobUnits)
    .where(
      and(
        eq(jobUnits.jobId, range.jobId),
        gte(jobUnits.position, range.first),
        lt(jobUnits.position, range.end),
        ne(jobUnits.state, "done"),
      ),
    )
    .orderBy(asc(jobUnits.position));
}

/**
 * Remembers which units are being computed: when their worker is found dead, it is these that count an attempt.
 * @returns false when the range is not the worker's any more
 */
export async function startUnits(
  db: Db,
  { jobId, range }: { jobId: string; range: number },
  worker: string,
  unitIds: readonly string[],
): Promise<boolean> {
  const rows = await db
    .update(jobUnits)
    .set({ state: "running" })
    .from(jobRanges)
    .where(
      and(
        eq(jobRanges.jobId, jobId),
        eq(jobRanges.range, range),
        eq(jobRanges.state, "leased"),
        eq(jobRanges.leasedBy, worker),
        eq(jobUnits.jobId, jobId),
        inArray(jobUnits.unitId, [...unitIds]),
        ne(jobUnits.state, "done"),
      ),
    )
    .returning({ unitId: jobUnits.unitId });
  return rows.length > 0;
}

export interface DoneUnit {
  readonly unitId: string;
  /** SHA-256 of the checkpoint, lower-case hex */
  readonly hash: string;
}

export interface Marked {
  /** false: the job has ended */
  readonly running: boolean;
  /** units that were done already, by another output: the first stays */
  readonly different: readonly string[];
}

/** The checkpoints are in the blob store. Marking a unit twice does no harm: the first hash stays. */
export async function markUnitsDone(db: Db, jobId: string, done: readonly DoneUnit[]): Promise<Marked> {
  const ids = sql.param(done.map(({ unitId }) => unitId));
  const hashes = sql.param(done.map(({ hash }) => hash));
  const marked = await db
    .update(jobUnits)
    .set({ state: "done", checkpointHash: sql`given.hash` })
    .from(sql`unnest(${ids}::text[], ${hashes}::text[]) as given(unit_id, hash), ${jobs}`)
    .where(
      and(
        eq(jobs.id, jobId),
        inArray(jobs.status, ["pending", "running"]),
        eq(jobUnits.jobId, jobId),
        sql`${jobUnits.unitId} = given.unit_id`,
        ne(jobUnits.state, "done"),
      ),
    )
    .returning({ unitId: jobUnits.unitId });
  if (marked.length === done.length) return { running: true, different: [] };
  const [job] = await db.select({ status: jobs.status }).from(jobs).where(eq(jobs.id, jobId));
  const known = await hashesOf(
    db,
    jobId,
    done.map(({ unitId }) => unitId),
  );
  return {
    running: job?.status === "pending" || job?.status === "running",
    different: done.filter(({ unitId, hash }) => known.has(unitId) && known.get(unitId) !== hash).map(({ unitId }) => unitId),
  };
}

/** Hashes of the checkpoints of those units that are done. */
export async function hashesOf(db: Db, jobId: string, unitIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await db
    .select({ unitId: jobUnits.unitId, hash: jobUnits.checkpointHash })
    .from(jobUnits)
    .where(and(eq(jobUnits.jobId, jobId), sql`${jobUnits.unitId} = any(${sql.param([...unitIds])}::text[])`, eq(jobUnits.state, "done")));
  return new Map(rows.map((row) => [row.unitId, row.hash!]));
}

/** Units that are done, by id, with the hash of their checkpoint. */
export async function doneUnits(db: Db, jobId: string): Promise<Map<string, string>> {
  const rows = await db
    .select({ unitId: jobUnits.unitId, hash: jobUnits.checkpointHash })
    .from(jobUnits)
    .where(and(eq(jobUnits.jobId, jobId), eq(jobUnits.state, "done")))
    .orderBy(asc(jobUnits.unitId));
  return new Map(rows.map((row) => [row.unitId, row.hash!]));
}

export async function listUnits(db: Db, jobId: string): Promise<JobUnit[]> {
  return await db.select().from(jobUnits).where(eq(jobUnits.jobId, jobId)).orderBy(asc(jobUnits.unitId));
}

export interface UnitTotals {
  readonly done: number;
  readonly total: number;
  /** as estimated, in seconds on one thread */
  readonly costDone: number;
  readonly costLeft: number;
}

export async function countUnits(db: Db, jobId: string): Promise<UnitTotals> {
  const isDone = sql`${jobUnits.state} = 'done'`;
  const [row] = await db
    .select({
      total: count(),
      done: sql<number>`(count(*) filter (where ${isDone}))::int`,
      costDone: sql<number>`(coalesce(sum(${jobUnits.cost}) filter (where ${isDone}), 0))::float8`,
      costLeft: sql<number>`(coalesce(sum(${jobUnits.cost}) filter (where not (${isDone})), 0))::float8`,
    })
    .from(jobUnits)
    .where(eq(jobUnits.jobId, jobId));
  return row!;
}

import type { Db } from "../database/db.ts";
import { and, asc, count, eq, inArray, ne, sql } from "../database/drizzle.ts";
import { type JobUnit, jobUnits } from "../schema.ts";

/** Remembers that units are being tried; a unit that takes its workers down with it shows by its attempts. */
export async function startUnits(db: Db, jobId: string, unitIds: readonly string[]): Promise<void> {
  if (unitIds.length === 0) return;
  await db
    .update(jobUnits)
    .set({ state: "running", attempts: sql`${jobUnits.attempts} + 1` })
    .where(and(eq(jobUnits.jobId, jobId), inArray(jobUnits.unitId, [...unitIds]), ne(jobUnits.state, "done")));
}

/**
 * The checkpoint is in the blob store; marking a unit twice does no harm, the first hash stays.
 * @param hash  SHA-256 of the checkpoint, lower-case hex
 * @returns whether this call was the one that marked it
 */
export async function markUnitDone(db: Db, jobId: string, unitId: string, hash: string): Promise<boolean> {
  const rows = await db
    .update(jobUnits)
    .set({ state: "done", checkpointHash: hash })
    .where(and(eq(jobUnits.jobId, jobId), eq(jobUnits.unitId, unitId), ne(jobUnits.state, "done")))
    .returning({ unitId: jobUnits.unitId });
  return rows.length > 0;
}

/** Units to be run again, as when their checkpoint is gone or does not match its hash. */
export async function reopenUnits(db: Db, jobId: string, unitIds: readonly string[]): Promise<void> {
  if (unitIds.length === 0) return;
  await db
    .update(jobUnits)
    .set({ state: "pending", checkpointHash: null })
    .where(and(eq(jobUnits.jobId, jobId), inArray(jobUnits.unitId, [...unitIds])));
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

export async function countUnits(db: Db, jobId: string): Promise<{ done: number; total: number }> {
  const [row] = await db
    .select({ total: count(), done: sql<number>`(count(*) filter (where ${jobUnits.state} = 'done'))::int` })
    .from(jobUnits)
    .where(eq(jobUnits.jobId, jobId));
  return row!;
}

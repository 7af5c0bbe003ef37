import type { Db } from "../database/db.ts";
import { and, eq, inArray, ne, sql } from "../database/drizzle.ts";
import { type Job, jobRanges, jobs } from "../schema.ts";

/**
 * The turn of a user's next range in a queue: behind their own, and not before what others have in hand, so that users take
 * turns from now on, whatever each had before.
 */
export async function nextTurn(db: Db, queue: Job["queue"], userId: string): Promise<number> {
  const [row] = await db
    .select({
      first: sql<number | null>`min(${jobRanges.turn}) filter (where ${jobRanges.state} in ('pending', 'leased'))`,
      own: sql<number | null>`max(${jobRanges.turn}) filter (where ${jobs.userId} = ${userId})`,
    })
    .from(jobRanges)
    .innerJoin(jobs, eq(jobs.id, jobRanges.jobId))
    .where(and(inArray(jobs.status, ["pending", "running"]), eq(jobs.queue, queue), ne(jobRanges.state, "done")));
  return Math.max(row!.first ?? 0, (row!.own ?? -1) + 1);
}

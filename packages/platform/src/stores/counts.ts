import type { Db } from "../database/db.ts";
import { count, gt, sql } from "../database/drizzle.ts";
import { type JobStatus, jobs, workers } from "../schema.ts";

/** Of all users, for those who look after the server. O(jobs). */
export async function countJobsByStatus(db: Db): Promise<{ status: JobStatus; n: number }[]> {
  return await db.select({ status: jobs.status, n: count() }).from(jobs).groupBy(jobs.status);
}

/** Workers that said within so many seconds that they are there. */
export async function countLiveWorkers(db: Db, withinSeconds = 60): Promise<number> {
  const [row] = await db
    .select({ n: count() })
    .from(workers)
    .where(gt(workers.seenAt, sql`now() - make_interval(secs => ${withinSeconds})`));
  return row!.n;
}

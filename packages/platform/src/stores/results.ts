import type { Db } from "../database/db.ts";
import { and, count, desc, eq } from "../database/drizzle.ts";
import { jobs, type Result, results } from "../schema.ts";
import { cursorOf, offsetOf, olderThan, type Page, type PageRequest } from "./paging.ts";

/** A result belongs to whoever the job belongs to. Rows are made by `completeJob` alone. */
export async function findResultFor(db: Db, id: string, userId: string): Promise<Result | undefined> {
  const rows = await db
    .select({ result: results })
    .from(results)
    .innerJoin(jobs, eq(jobs.id, results.jobId))
    .where(and(eq(results.id, id), eq(jobs.userId, userId)));
  return rows[0]?.result;
}

export async function listResults(db: Db, userId: string, request: PageRequest): Promise<Page<Result>> {
  const rows = await db
    .select({ result: results })
    .from(results)
    .innerJoin(jobs, eq(jobs.id, results.jobId))
    .where(and(eq(jobs.userId, userId), olderThan(results.createdAt, results.id, request.cursor)))
    .orderBy(desc(results.createdAt), desc(results.id))
    .limit(request.size)
    .offset(offsetOf(request));
  const [total] = await db.select({ n: count() }).from(results).innerJoin(jobs, eq(jobs.id, results.jobId)).where(eq(jobs.userId, userId));
  const items = rows.map((row) => row.result);
  return { items, total: total!.n, page: request.page, size: request.size, cursor: cursorOf(items, request, "-created_at") };
}

/** The row; the job stays, without a result. Blobs below `results/<id>/` are the caller's to delete after. */
export async function deleteResult(db: Db, id: string, userId: string): Promise<boolean> {
  return await db.transaction(async (tx) => {
    if ((await findResultFor(tx, id, userId)) === undefined) return false;
    return (await tx.delete(results).where(eq(results.id, id)).returning({ id: results.id })).length > 0;
  });
}

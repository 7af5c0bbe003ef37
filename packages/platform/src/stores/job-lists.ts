import type { SQL } from "drizzle-orm";
import type { Db } from "../database/db.ts";
import { and, asc, count, desc, eq } from "../database/drizzle.ts";
import { type Job, type JobStatus, type JobType, jobs } from "../schema.ts";
import { cursorOf, offsetOf, olderThan, type Page, type PageRequest } from "./paging.ts";

export interface JobFilters {
  status?: JobStatus;
  jobType?: JobType;
  datasetId?: string;
}
export type JobSort = "created_at" | "-created_at" | "completed_at" | "-completed_at" | "status" | "-status";

/** A user's jobs, newest first unless sorted otherwise. */
export async function listJobs(
  db: Db,
  userId: string,
  request: PageRequest & { filters?: JobFilters; sort?: JobSort },
): Promise<Page<Job>> {
  const { status, jobType, datasetId } = request.filters ?? {};
  const where = and(
    eq(jobs.userId, userId),
    status === undefined ? undefined : eq(jobs.status, status),
    jobType === undefined ? undefined : eq(jobs.jobType, jobType),
    datasetId === undefined ? undefined : eq(jobs.datasetId, datasetId),
  );
  const sort = request.sort ?? "-created_at";
  const items = await db
    .select()
    .from(jobs)
    .where(and(where, olderThan(jobs.createdAt, jobs.id, request.cursor)))
    .orderBy(...orders[sort])
    .limit(request.size)
    .offset(offsetOf(request, sort));
  const [total] = await db.select({ n: count() }).from(jobs).where(where);
  return { items, total: total!.n, page: request.page, size: request.size, cursor: cursorOf(items, request, sort) };
}

// The id decides between equals, so that no page repeats or skips a row.
const orders: Record<JobSort, SQL[]> = {
  created_at: [asc(jobs.createdAt), asc(jobs.id)],
  "-created_at": [desc(jobs.createdAt), desc(jobs.id)],
  completed_at: [asc(jobs.completedAt), asc(jobs.id)],
  "-completed_at": [desc(jobs.completedAt), desc(jobs.id)],
  status: [asc(jobs.status), desc(jobs.createdAt), desc(jobs.id)],
  "-status": [desc(jobs.status), desc(jobs.createdAt), desc(jobs.id)],
};

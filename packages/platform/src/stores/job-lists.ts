import type { SQL } from "drizzle-orm";
import type { Db } from "../database/db.ts";
import { and, asc, count, desc, eq, sql } from "../database/drizzle.ts";
import { once } from "../database/prepared.ts";
import { type Job, type JobStatus, type JobType, jobs } from "../schema.ts";
import { cursorOf, cursorPosition, offsetOf, olderThanCursor, type Page, type PageRequest } from "./paging.ts";

export interface JobFilters {
  status?: JobStatus;
  jobType?: JobType;
  datasetId?: string;
}
export type JobSort = "created_at" | "-created_at" | "completed_at" | "-completed_at" | "status" | "-status";

/** What a list shows of a job: not the config, which is most of a row. */
const listed = {
  id: jobs.id,
  jobType: jobs.jobType,
  status: jobs.status,
  createdAt: jobs.createdAt,
  datasetId: jobs.datasetId,
  progress: jobs.progress,
  queue: jobs.queue,
  startedAt: jobs.startedAt,
  completedAt: jobs.completedAt,
  resultId: jobs.resultId,
  errorMessage: jobs.errorMessage,
};
export type ListedJob = Pick<Job, keyof typeof listed>;

/** A user's jobs, newest first unless sorted otherwise; one statement for each way of asking, prepared once. */
export async function listJobs(
  db: Db,
  userId: string,
  request: PageRequest & { filters?: JobFilters; sort?: JobSort },
): Promise<Page<ListedJob>> {
  const { cursor, page, size, filters = {}, sort = "-created_at" } = request;
  const offset = offsetOf(request, sort);
  const after = cursor === undefined ? undefined : cursorPosition(cursor);
  const asked = filterNames.filter((name) => filters[name] !== undefined);
  const statement = once(db, `jobs ${sort} ${after !== undefined} ${asked}`, () => prepareList(db, asked, sort, after !== undefined));
  const values = { userId, ...filters };
  const rows = await statement.page.execute({ ...values, ...after, size, offset });
  const items = rows.map(({ job }) => job);
  const total = rows[0]?.total ?? (await statement.total.execute(values))[0]!.n;
  return { items, total, page, size, cursor: cursorOf(items, request, sort) };
}

const filterNames = ["status", "jobType", "datasetId"] as const satisfies (keyof JobFilters)[];

function prepareList(db: Db, asked: readonly (keyof JobFilters)[], sort: JobSort, fromCursor: boolean) {
  const where = and(eq(jobs.userId, sql.placeholder("userId")), ...asked.map((name) => eq(jobs[name], sql.placeholder(name))));
  const name = `jobs_${sort}_${fromCursor ? "cursor_" : ""}${asked.join("_")}`;
  const total = db.select({ n: count() }).from(jobs).where(where);
  const page = db
    .select({ job: listed, total: sql<number>`(${total})`.mapWith(Number) })
    .from(jobs)
    .where(fromCursor ? and(where, olderThanCursor(jobs.createdAt, jobs.id)) : where)
    .orderBy(...orders[sort])
    .limit(sql.placeholder("size"))
    .offset(sql.placeholder("offset"));
  // A page without rows says nothing of the total.
  return { page: page.prepare(name), total: total.prepare(`${name}_total`) };
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

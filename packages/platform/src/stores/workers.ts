import type { Db } from "../database/db.ts";
import { asc, desc, eq, sql } from "../database/drizzle.ts";
import { type WorkerRow, workers } from "../schema.ts";

/** A worker says that it is there; the first time it is entered. */
export async function greet(db: Db, worker: Pick<WorkerRow, "id" | "host" | "threads" | "queues">): Promise<void> {
  await db
    .insert(workers)
    .values(worker)
    .onConflictDoUpdate({ target: workers.id, set: { seenAt: sql`now()` } });
}

/** A worker that ends in good order. */
export async function sayGoodbye(db: Db, id: string): Promise<void> {
  await db.delete(workers).where(eq(workers.id, id));
}

/** Processes that said within the last hour that they are there, the latest first. */
export async function listWorkers(db: Db): Promise<WorkerRow[]> {
  return await db
    .select()
    .from(workers)
    .where(sql`${workers.seenAt} > now() - interval '1 hour'`)
    .orderBy(desc(workers.seenAt), asc(workers.id))
    .limit(1000);
}

/** Those that nobody has seen for a day. @returns how many went */
export async function dropLostWorkers(db: Db): Promise<number> {
  const rows = await db.delete(workers).where(sql`${workers.seenAt} < now() - interval '1 day'`).returning({ id: workers.id });
  return rows.length;
}

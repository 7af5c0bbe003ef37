import type { Db } from "../database/db.ts";
import { isOneOf, once } from "../database/prepared.ts";
import { together } from "../database/together.ts";
import { type Job, jobs, type User, users } from "../schema.ts";

/*
 * The lookups that nearly every request begins with. Requests that come in together share a query, and nothing is kept: who was
 * deactivated or deleted is seen by the next request.
 */

/** @param id  a UUID in lower case */
export async function userById(db: Db, id: string): Promise<User | undefined> {
  const find = once(db, "users_by_id", () => {
    const statement = db.select().from(users).where(isOneOf(users.id)).prepare("users_by_id");
    return together(async (ids) => byId(await statement.execute({ ids })));
  });
  return await find(id);
}

/** @param id  a UUID in lower case */
export async function jobById(db: Db, id: string): Promise<Job | undefined> {
  const find = once(db, "jobs_by_id", () => {
    const statement = db.select().from(jobs).where(isOneOf(jobs.id)).prepare("jobs_by_id");
    return together(async (ids) => byId(await statement.execute({ ids })));
  });
  return await find(id);
}

const byId = <Row extends { id: string }>(rows: readonly Row[]) => new Map(rows.map((row) => [row.id, row]));

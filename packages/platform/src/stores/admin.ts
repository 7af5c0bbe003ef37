import type { Db } from "../database/db.ts";
import { asc, count, desc, eq, ne, sql } from "../database/drizzle.ts";
import { datasets, users } from "../schema.ts";
import { offsetOf, type Page, type PageRequest } from "./paging.ts";
import { erasedPassword } from "./users.ts";

/** What those see who run the server: sizes and states, nobody's contents. */

export interface StorageOfUser {
  userId: string;
  username: string;
  datasets: number;
  bytes: number;
}

const bytes = sql<number>`coalesce(sum(${datasets.bytes}), 0)::float8`;

/** What each user's datasets take, the largest first. */
export async function storageByUser(db: Db, request: PageRequest): Promise<Page<StorageOfUser>> {
  const items = await db
    .select({ userId: users.id, username: users.username, datasets: count(datasets.id), bytes })
    .from(users)
    .leftJoin(datasets, eq(datasets.ownerId, users.id))
    .where(ne(users.hashedPassword, erasedPassword))
    .groupBy(users.id)
    .orderBy(desc(bytes), asc(users.id))
    .limit(request.size)
    .offset(offsetOf(request));
  const [total] = await db.select({ n: count() }).from(users).where(ne(users.hashedPassword, erasedPassword));
  return { items, total: total!.n, page: request.page, size: request.size, cursor: null };
}

export async function storageTotals(db: Db): Promise<{ datasets: number; bytes: number }> {
  const [row] = await db.select({ datasets: count(), bytes }).from(datasets);
  return row!;
}

/** Of these users those who may still be logged in. */
export async function activeUsers(db: Db, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(sql`${users.id} = any(${sql.param([...ids])}::uuid[]) and ${users.isActive}`);
  return new Set(rows.map(({ id }) => id));
}

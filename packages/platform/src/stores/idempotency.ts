import type { Db } from "../database/db.ts";
import { and, eq, isNull, lt, sql } from "../database/drizzle.ts";
import { idempotencyKeys } from "../schema.ts";

export interface IdempotencyKey {
  userId: string;
  /** method and path pattern: `POST /jobs` */
  route: string;
  key: string;
}

export type Reservation =
  | { outcome: "reserved" }
  | { outcome: "answered"; status: number; body: string; location: string | null }
  | { outcome: "under_way" }
  | { outcome: "other_body" };

/**
 * Takes the key before the work begins, or tells what became of the request that took it. Kept for 24 hours.
 * @param bodyHash  SHA-256 of the request's body, lower-case hex
 */
export async function reserveKey(db: Db, { userId, route, key }: IdempotencyKey, bodyHash: string): Promise<Reservation> {
  return await db.transaction(async (tx) => {
    await tx.delete(idempotencyKeys).where(and(same({ userId, route, key }), lt(idempotencyKeys.expiresAt, sql`now()`)));
    const taken = await tx
      .insert(idempotencyKeys)
      .values({ userId, route, key, bodyHash, expiresAt: sql`now() + interval '24 hours'` })
      .onConflictDoNothing()
      .returning({ key: idempotencyKeys.key });
    if (taken.length > 0) return { outcome: "reserved" };
    const [row] = await tx.select().from(idempotencyKeys).where(same({ userId, route, key }));
    if (row === undefined) return { outcome: "under_way" };
    if (row.bodyHash !== bodyHash) return { outcome: "other_body" };
    if (row.responseStatus === null) return { outcome: "under_way" };
    return { outcome: "answered", status: row.responseStatus, body: row.responseBody ?? "", location: row.responseLocation };
  });
}

/** @param location  its Location header, where it has one */
export async function storeAnswer(
  db: Db,
  key: IdempotencyKey,
  status: number,
  body: string,
  location: string | null = null,
): Promise<void> {
  await db.update(idempotencyKeys).set({ responseStatus: status, responseBody: body, responseLocation: location }).where(same(key));
}

/** The work failed before it changed anything: the same key may come again. */
export async function releaseKey(db: Db, key: IdempotencyKey): Promise<void> {
  await db.delete(idempotencyKeys).where(and(same(key), isNull(idempotencyKeys.responseStatus)));
}

/** For the start of an embedded server, which is alone on its data: no request is under way. */
export async function releaseInterruptedKeys(db: Db): Promise<number> {
  return (await db.delete(idempotencyKeys).where(isNull(idempotencyKeys.responseStatus)).returning({ key: idempotencyKeys.key })).length;
}

/** Of many processes one may have died over a request: no request takes so long. */
export async function releaseStaleKeys(db: Db, hours: number): Promise<number> {
  const stale = and(isNull(idempotencyKeys.responseStatus), lt(idempotencyKeys.createdAt, sql`now() - make_interval(hours => ${hours})`));
  return (await db.delete(idempotencyKeys).where(stale).returning({ key: idempotencyKeys.key })).length;
}

export async function dropExpiredKeys(db: Db): Promise<number> {
  const rows = await db.delete(idempotencyKeys).where(lt(idempotencyKeys.expiresAt, sql`now()`)).returning({ key: idempotencyKeys.key });
  return rows.length;
}

function same({ userId, route, key }: IdempotencyKey) {
  return and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.route, route), eq(idempotencyKeys.key, key));
}

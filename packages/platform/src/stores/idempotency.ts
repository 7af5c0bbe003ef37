import type { Db } from "../database/db.ts";
import { and, eq, isNull, lt, sql } from "../database/drizzle.ts";
import { idempotencyKeys } from "../schema.ts";

export interface IdempotencyKey {
  userId: string;
  /** method and path pattern: `POST /jobs` */
  route: string;
  key: string;
}

/** A key that a request has taken, for as long as that request says that it is at work. */
export interface HeldKey extends IdempotencyKey {
  /** tells this reservation from an earlier one of the same key */
  reservedAt: Date;
}

export type Reservation =
  | { outcome: "reserved"; held: HeldKey }
  | { outcome: "answered"; status: number; body: string; location: string | null }
  | { outcome: "under_way" }
  | { outcome: "other_body" };

/** Without word for so long, the process that had the key is dead. */
const held = sql`now() + interval '1 minute'`;

/** Somebody else has the key now: this process was out of touch for too long, and what it did must not count. */
export class KeyLost extends Error {
  constructor() {
    super("the idempotency key was taken by a repetition of the request");
    this.name = "KeyLost";
  }
}

/**
 * Takes the key before the work begins, or tells what became of the request that took it. It is held for a minute; see `holdKey`.
 * @param bodyHash  SHA-256 of the request's body, lower-case hex
 */
export async function reserveKey(db: Db, { userId, route, key }: IdempotencyKey, bodyHash: string): Promise<Reservation> {
  return await db.transaction(async (tx) => {
    await tx.delete(idempotencyKeys).where(and(same({ userId, route, key }), lt(idempotencyKeys.expiresAt, sql`now()`)));
    const taken = await tx
      .insert(idempotencyKeys)
      .values({ userId, route, key, bodyHash, expiresAt: held })
      .onConflictDoNothing()
      .returning({ reservedAt: idempotencyKeys.createdAt });
    if (taken.length > 0) return { outcome: "reserved", held: { userId, route, key, reservedAt: taken[0]!.reservedAt } };
    const [row] = await tx.select().from(idempotencyKeys).where(same({ userId, route, key }));
    if (row === undefined) return { outcome: "under_way" };
    if (row.bodyHash !== bodyHash) return { outcome: "other_body" };
    if (row.responseStatus === null) return { outcome: "under_way" };
    return { outcome: "answered", status: row.responseStatus, body: row.responseBody ?? "", location: row.responseLocation };
  });
}

/** The request is still at work: the key is held for another minute. */
export async function holdKey(db: Db, key: HeldKey): Promise<void> {
  await db.update(idempotencyKeys).set({ expiresAt: held }).where(mine(key));
}

/**
 * Keeps the answer for 24 hours. In the transaction of the work itself, the work is done exactly when its answer is kept.
 * @param location  its Location header, where it has one
 * @throws KeyLost  somebody else does the work: this transaction must not be committed
 */
export async function storeAnswer(db: Db, key: HeldKey, status: number, body: string, location: string | null = null): Promise<void> {
  const kept = await db
    .update(idempotencyKeys)
    .set({ responseStatus: status, responseBody: body, responseLocation: location, expiresAt: sql`now() + interval '24 hours'` })
    .where(mine(key))
    .returning({ key: idempotencyKeys.key });
  if (kept.length === 0) throw new KeyLost();
}

/** The work failed before it changed anything: the same key may come again. */
export async function releaseKey(db: Db, key: HeldKey): Promise<void> {
  await db.delete(idempotencyKeys).where(mine(key));
}

/** For the start of an embedded server, which is alone on its data: no request is under way. */
export async function releaseInterruptedKeys(db: Db): Promise<number> {
  return (await db.delete(idempotencyKeys).where(isNull(idempotencyKeys.responseStatus)).returning({ key: idempotencyKeys.key })).length;
}

export async function dropExpiredKeys(db: Db): Promise<number> {
  const rows = await db.delete(idempotencyKeys).where(lt(idempotencyKeys.expiresAt, sql`now()`)).returning({ key: idempotencyKeys.key });
  return rows.length;
}

function same({ userId, route, key }: IdempotencyKey) {
  return and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.route, route), eq(idempotencyKeys.key, key));
}

function mine(key: HeldKey) {
  return and(same(key), eq(idempotencyKeys.createdAt, key.reservedAt), isNull(idempotencyKeys.responseStatus));
}

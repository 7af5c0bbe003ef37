import { randomUUID } from "node:crypto";
import type { Db } from "../database/db.ts";
import { and, eq, gt, isNull, lt, sql } from "../database/drizzle.ts";
import { refreshTokens } from "../schema.ts";

export interface NewRefreshToken {
  userId: string;
  /** SHA-256 of the token, lower-case hex */
  hash: string;
  expiresAt: Date;
}

/** The first token of a login. @returns its family */
export async function startFamily(db: Db, token: NewRefreshToken): Promise<string> {
  const family = randomUUID();
  await db.insert(refreshTokens).values({ ...token, family });
  return family;
}

export type Rotation =
  | { outcome: "rotated"; userId: string; family: string }
  | { outcome: "reused"; userId: string }
  | { outcome: "raced" }
  | { outcome: "invalid" };

/** Two tabs that refresh at once send the same token; the slower one needs no longer than this. */
const raceSeconds = 10;

/**
 * Uses a token up and puts its successor in place. A token that comes a second time was stolen, before or after:
 * its whole family is revoked. `raced`: it comes seconds after the first time, and its successor is still unused, as when two
 * tabs share a cookie. Nobody gets anything for it, so a thief is only found out a moment later, by the next use of either token.
 */
export async function rotateToken(db: Db, hash: string, next: { hash: string; expiresAt: Date }): Promise<Rotation> {
  return await db.transaction(async (tx) => {
    const [used] = await tx
      .update(refreshTokens)
      .set({ usedAt: sql`now()` })
      .where(
        and(
          eq(refreshTokens.hash, hash),
          isNull(refreshTokens.usedAt),
          isNull(refreshTokens.revokedAt),
          gt(refreshTokens.expiresAt, sql`now()`),
        ),
      )
      .returning();
    if (used !== undefined) {
      await tx.insert(refreshTokens).values({ ...next, userId: used.userId, family: used.family });
      return { outcome: "rotated", userId: used.userId, family: used.family };
    }
    const [known] = await tx.select().from(refreshTokens).where(eq(refreshTokens.hash, hash));
    if (known === undefined || known.usedAt === null) return { outcome: "invalid" };
    if (known.revokedAt === null && (await successorWaits(tx, known))) return { outcome: "raced" };
    await revokeFamily(tx, known.family);
    return { outcome: "reused", userId: known.userId };
  });
}

/** Both were written by one transaction, whose `now()` is one. */
async function successorWaits(tx: Db, { family, usedAt }: { family: string; usedAt: Date | null }): Promise<boolean> {
  const found = await tx
    .select({ one: sql`1` })
    .from(refreshTokens)
    .where(
      and(
        eq(refreshTokens.family, family),
        eq(refreshTokens.createdAt, usedAt!),
        isNull(refreshTokens.usedAt),
        isNull(refreshTokens.revokedAt),
        gt(refreshTokens.createdAt, sql`now() - make_interval(secs => ${raceSeconds})`),
      ),
    );
  return found.length > 0;
}

/** Logout: the family of this token, if there is one. @returns whose it was */
export async function revokeByToken(db: Db, hash: string): Promise<string | undefined> {
  const [token] = await db.select().from(refreshTokens).where(eq(refreshTokens.hash, hash));
  if (token !== undefined) await revokeFamily(db, token.family);
  return token?.userId;
}

/** Logins that a user has open or had, oldest first. */
export async function loginsOfUser(db: Db, userId: string): Promise<{ since: Date; until: Date; open: boolean }[]> {
  const rows = await db
    .select({
      since: sql<Date>`min(${refreshTokens.createdAt})`.mapWith(refreshTokens.createdAt),
      until: sql<Date>`max(${refreshTokens.expiresAt})`.mapWith(refreshTokens.expiresAt),
      open: sql<boolean>`bool_and(${refreshTokens.revokedAt} is null) and max(${refreshTokens.expiresAt}) > now()`,
    })
    .from(refreshTokens)
    .where(eq(refreshTokens.userId, userId))
    .groupBy(refreshTokens.family)
    .orderBy(sql`min(${refreshTokens.createdAt})`);
  return rows;
}

export async function revokeFamily(db: Db, family: string): Promise<void> {
  await db
    .update(refreshTokens)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(refreshTokens.family, family), isNull(refreshTokens.revokedAt)));
}

/** All logins of a user, as after a change of password. */
export async function revokeAllOfUser(db: Db, userId: string): Promise<void> {
  await db
    .update(refreshTokens)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(refreshTokens.userId, userId), isNull(refreshTokens.revokedAt)));
}

/** @returns how many went */
export async function dropExpiredTokens(db: Db): Promise<number> {
  const rows = await db.delete(refreshTokens).where(lt(refreshTokens.expiresAt, sql`now()`)).returning({ hash: refreshTokens.hash });
  return rows.length;
}

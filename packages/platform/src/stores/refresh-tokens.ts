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
  | { outcome: "invalid" };

/**
 * Uses a token up and puts its successor in place. A token that comes a second time was stolen, before or after:
 * its whole family is revoked.
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
    await revokeFamily(tx, known.family);
    return { outcome: "reused", userId: known.userId };
  });
}

/** Logout: the family of this token, if there is one. */
export async function revokeByToken(db: Db, hash: string): Promise<boolean> {
  const [token] = await db.select({ family: refreshTokens.family }).from(refreshTokens).where(eq(refreshTokens.hash, hash));
  if (token === undefined) return false;
  await revokeFamily(db, token.family);
  return true;
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

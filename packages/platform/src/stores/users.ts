import type { Db } from "../database/db.ts";
import { and, count, desc, eq, or, sql } from "../database/drizzle.ts";
import { type User, type UserRole, users } from "../schema.ts";
import { userById } from "./by-id.ts";
import { violatedConstraint } from "./errors.ts";
import { cursorOf, offsetOf, olderThan, type Page, type PageRequest } from "./paging.ts";

export interface NewUser {
  email: string;
  username: string;
  hashedPassword: string;
  fullName?: string | null;
  role?: UserRole;
}

/** Somebody has this name or address already. */
export class UserExists extends Error {
  readonly field: "email" | "username";
  constructor(field: "email" | "username") {
    super(`this ${field} is taken`);
    this.name = "UserExists";
    this.field = field;
  }
}

/** @throws UserExists */
export async function createUser(db: Db, user: NewUser): Promise<User> {
  return await refusingDoubles(async () => (await db.insert(users).values(user).returning())[0]!);
}

export async function findUser(db: Db, id: string): Promise<User | undefined> {
  return await userById(db, id);
}

/** By user name or, for people who log in with it, by e-mail address; the name goes first. */
export async function findUserByLogin(db: Db, login: string): Promise<User | undefined> {
  const rows = await db
    .select()
    .from(users)
    .where(or(eq(users.username, login), eq(users.email, login)))
    .orderBy(desc(sql`${users.username} = ${login}`))
    .limit(1);
  return rows[0];
}

/** @throws UserExists */
export async function updateUser(
  db: Db,
  id: string,
  changes: Partial<Pick<User, "email" | "fullName" | "hashedPassword" | "role" | "isActive">>,
): Promise<User | undefined> {
  return await refusingDoubles(
    async () =>
      (
        await db
          .update(users)
          .set({ ...changes, updatedAt: new Date() })
          .where(eq(users.id, id))
          .returning()
      )[0],
  );
}

/** The row, its datasets, jobs, results and tokens; the blobs are the caller's to delete first. */
export async function deleteUser(db: Db, id: string): Promise<boolean> {
  return (await db.delete(users).where(eq(users.id, id)).returning({ id: users.id })).length > 0;
}

export async function listUsers(db: Db, request: PageRequest & { role?: UserRole; isActive?: boolean }): Promise<Page<User>> {
  const where = and(
    request.role === undefined ? undefined : eq(users.role, request.role),
    request.isActive === undefined ? undefined : eq(users.isActive, request.isActive),
  );
  const items = await db
    .select()
    .from(users)
    .where(and(where, olderThan(users.createdAt, users.id, request.cursor)))
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(request.size)
    .offset(offsetOf(request));
  const [total] = await db.select({ n: count() }).from(users).where(where);
  return { items, total: total!.n, page: request.page, size: request.size, cursor: cursorOf(items, request, "-created_at") };
}

async function refusingDoubles<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === "users_email_unique") throw new UserExists("email");
    if (constraint === "users_username_unique") throw new UserExists("username");
    throw error;
  }
}

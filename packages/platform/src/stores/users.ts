import type { Db } from "../database/db.ts";
import { and, count, desc, eq, ilike, ne, or, sql } from "../database/drizzle.ts";
import { type User, type UserRole, users } from "../schema.ts";
import { userById } from "./by-id.ts";
import { violatedConstraint } from "./errors.ts";
import { cursorOf, offsetOf, olderThan, type Page, type PageRequest } from "./paging.ts";
import { revokeAllOfUser } from "./refresh-tokens.ts";

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

/** Addresses are kept in small letters; of names only one spelling can be taken. @throws UserExists */
export async function createUser(db: Db, user: NewUser): Promise<User> {
  const row = { ...user, email: user.email.toLowerCase() };
  return await refusingDoubles(async () => (await db.insert(users).values(row).returning())[0]!);
}

export async function findUser(db: Db, id: string): Promise<User | undefined> {
  return await userById(db, id);
}

const named = (username: string) => eq(sql`lower(${users.username})`, username.toLowerCase());

/** By user name or, for people who log in with it, by e-mail address, in any case of the letters; the name goes first. */
export async function findUserByLogin(db: Db, login: string): Promise<User | undefined> {
  const rows = await db
    .select()
    .from(users)
    .where(or(named(login), eq(users.email, login.toLowerCase())))
    .orderBy(desc(named(login)))
    .limit(1);
  return rows[0];
}

/** Who logs in under this name, in any case of the letters. */
export async function findUserByName(db: Db, username: string): Promise<User | undefined> {
  return (await db.select().from(users).where(named(username)))[0];
}

type UserChanges = Partial<Pick<User, "email" | "fullName" | "hashedPassword" | "role" | "isActive">>;

/** @throws UserExists */
export async function updateUser(db: Db, id: string, changes: UserChanges): Promise<User | undefined> {
  const { email } = changes;
  const row = { ...changes, ...(email === undefined ? {} : { email: email.toLowerCase() }), updatedAt: new Date() };
  return await refusingDoubles(async () => (await db.update(users).set(row).where(eq(users.id, id)).returning())[0]);
}

/** The change would leave nobody who can manage users. */
export class LastAdmin extends Error {
  constructor() {
    super("this is the last active admin: make somebody else admin first");
    this.name = "LastAdmin";
  }
}

/**
 * In a transaction, before this user stops being an admin who can log in. Of two admins who leave at once, each taking the
 * other for the one who stays, the second waits here for the first.
 * @throws LastAdmin
 */
export async function refuseLastAdmin(tx: Db, id: string): Promise<void> {
  const admins = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, "admin"), eq(users.isActive, true)))
    .orderBy(users.id)
    .for("update");
  if (admins.length === 1 && admins[0]!.id === id) throw new LastAdmin();
}

/**
 * What an admin changes of a user. Who is deactivated is logged out everywhere.
 * @throws LastAdmin
 */
export async function changeAccount(db: Db, id: string, changes: Pick<UserChanges, "role" | "isActive">): Promise<User | undefined> {
  return await db.transaction(async (tx) => {
    const demoted = changes.role !== undefined && changes.role !== "admin";
    if (demoted || changes.isActive === false) await refuseLastAdmin(tx, id);
    if (changes.isActive === false) await revokeAllOfUser(tx, id);
    const rows = await tx
      .update(users)
      .set({ ...changes, updatedAt: new Date() })
      .where(and(eq(users.id, id), present))
      .returning();
    return rows[0];
  });
}

/** Stands where a password's hash was in the row of somebody who is being erased: no password fits it. */
export const erasedPassword = "erased";
const present = ne(users.hashedPassword, erasedPassword);

export interface UserFilters {
  role?: UserRole;
  isActive?: boolean;
  /** part of the user name or the e-mail address, any case */
  search?: string;
}

export async function listUsers(db: Db, request: PageRequest & UserFilters): Promise<Page<User>> {
  const part = `%${(request.search ?? "").replace(/[\\%_]/g, "\\$&")}%`;
  const where = and(
    present,
    request.role === undefined ? undefined : eq(users.role, request.role),
    request.isActive === undefined ? undefined : eq(users.isActive, request.isActive),
    request.search === undefined ? undefined : or(ilike(users.username, part), ilike(users.email, part)),
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
    if (constraint === "users_username_unique" || constraint === "users_username_folded") throw new UserExists("username");
    throw error;
  }
}

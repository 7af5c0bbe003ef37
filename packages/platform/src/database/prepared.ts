import type { SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Db } from "./db.ts";
import { sql } from "./drizzle.ts";

const known = new WeakMap<Db, Map<string, unknown>>();

/**
 * What belongs to a database and is made once: a statement that Drizzle writes and each connection parses once, or a reader
 * made of one. A transaction is a database of its own.
 * @param name  the same for the same statement alone
 */
export function once<T>(db: Db, name: string, make: () => T): T {
  let made = known.get(db);
  if (made === undefined) {
    made = new Map();
    known.set(db, made);
  }
  if (!made.has(name)) made.set(name, make());
  return made.get(name) as T;
}

/** The column is one of `ids`, a parameter of a prepared statement. */
export function isOneOf(column: PgColumn): SQL {
  return sql`${column} = any(${sql.placeholder("ids")}::uuid[])`;
}

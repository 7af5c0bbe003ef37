import type { SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { sql } from "../database/drizzle.ts";

/** One page of a list; `page` counts from 1, `total` counts all rows that match. */
export interface Page<T> {
  items: T[];
  total: number;
  page: number;
  size: number;
  /** where the next page begins when the list is newest first; null at its end and under other sorts */
  cursor: string | null;
}

export interface PageRequest {
  /** from 1 */
  page: number;
  /** 1 to 100 */
  size: number;
  /** `cursor` of the page before; only newest first, and then `page` is not looked at */
  cursor?: string;
}

export class CursorError extends Error {
  constructor() {
    super("this cursor does not come from a list that is sorted newest first; leave it out to start from the first page");
    this.name = "CursorError";
  }
}

const newestFirst = "-created_at";

export function offsetOf({ page, size, cursor }: PageRequest, sort: string = newestFirst): number {
  if (!Number.isInteger(page) || page < 1) throw new RangeError(`page must be a whole number of at least 1, it is ${page}`);
  if (!Number.isInteger(size) || size < 1 || size > 100) throw new RangeError(`size must be 1 to 100, it is ${size}`);
  if (cursor === undefined) return (page - 1) * size;
  if (sort !== newestFirst) throw new CursorError();
  return 0;
}

/** Rows after the cursor in a list sorted by time and id, both falling. */
export function olderThan(time: PgColumn, id: PgColumn, cursor: string | undefined): SQL | undefined {
  if (cursor === undefined) return undefined;
  const { afterTime, afterId } = cursorPosition(cursor);
  return sql`(${time}, ${id}) < (${afterTime}::timestamptz, ${afterId}::uuid)`;
}

/** The same in a prepared statement, whose parameters are those of `cursorPosition`. */
export function olderThanCursor(time: PgColumn, id: PgColumn): SQL {
  return sql`(${time}, ${id}) < (${sql.placeholder("afterTime")}::timestamptz, ${sql.placeholder("afterId")}::uuid)`;
}

export function cursorOf(items: readonly { createdAt: Date; id: string }[], { size }: PageRequest, sort: string): string | null {
  const last = items.at(-1);
  if (last === undefined || items.length < size || sort !== newestFirst) return null;
  return Buffer.from(`${last.createdAt.toISOString()} ${last.id}`).toString("base64url");
}

/** @throws CursorError */
export function cursorPosition(cursor: string): { afterTime: string; afterId: string } {
  const text = Buffer.from(cursor, "base64url").toString();
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text);
  if (match === null || Number.isNaN(Date.parse(match[1]!))) throw new CursorError();
  return { afterTime: match[1]!, afterId: match[2]! };
}

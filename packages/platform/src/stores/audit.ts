import { createHash } from "node:crypto";
import type { Db } from "../database/db.ts";
import { and, asc, count, desc, eq, gt, gte, inArray, like, lt, or, sql } from "../database/drizzle.ts";
import { type AuditEntry, auditLog, users } from "../schema.ts";
import { CursorError, offsetOf, type Page, type PageRequest } from "./paging.ts";

export interface NewAuditEntry {
  /** `users.pseudonym`, `system`, or null for somebody not logged in; never a name or an id of `users` */
  actor: string | null;
  /** `dataset.create`, `auth.login`, ... */
  action: string;
  /** `datasets/<id>` */
  resource?: string | null;
  /** network address of the client */
  address?: string | null;
}

/** What the first entry is chained to. */
export const genesisHash = "0".repeat(64);
// Any number; it must only be the same in every process and differ from the migrations'.
const chainLock = 7_201_933_002;

/**
 * Appends in the caller's transaction: the entry is there exactly when the write that it tells of is.
 * Writers queue on an advisory lock that the transaction's end frees, so call it last.
 */
export async function appendAudit(tx: Db, entries: NewAuditEntry | readonly NewAuditEntry[]): Promise<AuditEntry[]> {
  const list = Array.isArray(entries) ? (entries as readonly NewAuditEntry[]) : [entries as NewAuditEntry];
  if (list.length === 0) return [];
  return await tx.transaction(async (inner) => {
    await inner.execute(sql`select pg_advisory_xact_lock(${chainLock}::bigint)`);
    const [last] = await inner.select().from(auditLog).orderBy(desc(auditLog.seq)).limit(1);
    let seq = last?.seq ?? 0;
    let prevHash = last?.hash ?? genesisHash;
    const at = new Date();
    const rows = list.map(({ actor, action, resource = null, address = null }) => {
      seq += 1;
      const row = { seq, at, actor, action, resource, address, prevHash };
      const hash = auditHash(row);
      prevHash = hash;
      return { ...row, hash };
    });
    return await inner.insert(auditLog).values(rows).returning();
  });
}

/** SHA-256 over every column and the hash before; a JSON array keeps fields apart. */
export function auditHash(entry: Omit<AuditEntry, "hash">): string {
  const { prevHash, seq, at, actor, action, resource, address } = entry;
  return createHash("sha256")
    .update(JSON.stringify([prevHash, seq, at.toISOString(), actor, action, resource, address]))
    .digest("hex");
}

/** @returns the number of entries when all are whole, else the first one that is not what was written */
export async function verifyAudit(
  db: Db,
): Promise<{ ok: true; entries: number; lastHash: string } | { ok: false; seq: number; reason: string }> {
  let seq = 0;
  let prevHash = genesisHash;
  for (;;) {
    const rows = await db.select().from(auditLog).where(gt(auditLog.seq, seq)).orderBy(asc(auditLog.seq)).limit(1000);
    for (const row of rows) {
      if (row.seq !== seq + 1) return { ok: false, seq: seq + 1, reason: "the entry is missing" };
      if (row.prevHash !== prevHash) return { ok: false, seq: row.seq, reason: "it is not chained to the entry before" };
      if (auditHash(row) !== row.hash) return { ok: false, seq: row.seq, reason: "its contents do not match its hash" };
      seq = row.seq;
      prevHash = row.hash;
    }
    if (rows.length < 1000) return { ok: true, entries: seq, lastHash: prevHash };
  }
}

/** Whether an entry with this hash, as noted at an earlier check, is still there: a chain that lost its end is whole in itself. */
export async function hasAuditHash(db: Db, hash: string): Promise<boolean> {
  return (await db.select({ seq: auditLog.seq }).from(auditLog).where(eq(auditLog.hash, hash))).length > 0;
}

export interface AuditFilters {
  actor?: string;
  action?: string;
  resource?: string;
  /** from this moment on */
  since?: Date;
  /** before this moment */
  until?: Date;
}

/** Newest first; the cursor is the number of the last entry of the page before. */
export async function listAudit(db: Db, request: PageRequest & AuditFilters): Promise<Page<AuditEntry>> {
  const { actor, action, resource, since, until, cursor } = request;
  const where = and(
    actor === undefined ? undefined : eq(auditLog.actor, actor),
    action === undefined ? undefined : eq(auditLog.action, action),
    resource === undefined ? undefined : eq(auditLog.resource, resource),
    since === undefined ? undefined : gte(auditLog.at, since),
    until === undefined ? undefined : lt(auditLog.at, until),
  );
  const older = cursor === undefined ? undefined : lt(auditLog.seq, seqOf(cursor));
  const items = await db
    .select()
    .from(auditLog)
    .where(and(where, older))
    .orderBy(desc(auditLog.seq))
    .limit(request.size)
    .offset(offsetOf(request));
  const [total] = await db.select({ n: count() }).from(auditLog).where(where);
  const next = items.length < request.size ? null : Buffer.from(String(items.at(-1)!.seq)).toString("base64url");
  return { items, total: total!.n, page: request.page, size: request.size, cursor: next };
}

function seqOf(cursor: string): number {
  const text = Buffer.from(cursor, "base64url").toString();
  if (!/^\d{1,15}$/.test(text)) throw new CursorError();
  return Number(text);
}

/** What the log tells of one person, as actor or as the one it was done to; oldest first, at most `limit` above `after`. */
export async function auditOfPerson(db: Db, pseudonym: string, after: number, limit: number): Promise<AuditEntry[]> {
  const mine = or(eq(auditLog.actor, pseudonym), like(auditLog.resource, `%/${pseudonym}`));
  return await db
    .select()
    .from(auditLog)
    .where(and(mine, gt(auditLog.seq, after)))
    .orderBy(asc(auditLog.seq))
    .limit(limit);
}

/** User names behind pseudonyms, of those who are still here. */
export async function namesOfActors(db: Db, pseudonyms: readonly string[]): Promise<Map<string, string>> {
  const proper = [...new Set(pseudonyms)].filter((each) => /^[0-9a-f-]{36}$/.test(each));
  if (proper.length === 0) return new Map();
  const rows = await db
    .select({ pseudonym: users.pseudonym, username: users.username })
    .from(users)
    .where(inArray(users.pseudonym, proper));
  return new Map(rows.map(({ pseudonym, username }) => [pseudonym, username]));
}

import { createHash } from "node:crypto";
import type { Db } from "../database/db.ts";
import { and, asc, count, desc, eq, gt, sql } from "../database/drizzle.ts";
import { type AuditEntry, auditLog } from "../schema.ts";
import { offsetOf, type Page, type PageRequest } from "./paging.ts";

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

/** Newest first. */
export async function listAudit(db: Db, request: PageRequest & { actor?: string; action?: string }): Promise<Page<AuditEntry>> {
  const where = and(
    request.actor === undefined ? undefined : eq(auditLog.actor, request.actor),
    request.action === undefined ? undefined : eq(auditLog.action, request.action),
  );
  const items = await db.select().from(auditLog).where(where).orderBy(desc(auditLog.seq)).limit(request.size).offset(offsetOf(request));
  const [total] = await db.select({ n: count() }).from(auditLog).where(where);
  return { items, total: total!.n, page: request.page, size: request.size, cursor: null };
}

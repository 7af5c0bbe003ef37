import { beforeEach, expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { appendAudit, listAudit, verifyAudit } from "./audit.ts";

const database = testDatabase();
const entry = (action: string) => ({ actor: "p", action, resource: "datasets/1", address: "::1" });

// The trigger forbids what a test needs: only whoever may alter the table can switch it off.
const asOwner = async (...statements: string[]) => {
  await database().pool.query("alter table audit_log disable trigger audit_log_append_only");
  for (const statement of statements) await database().pool.query(statement);
  await database().pool.query("alter table audit_log enable trigger audit_log_append_only");
};

beforeEach(async () => {
  await asOwner("truncate audit_log");
  await appendAudit(database().db, entry("a"));
  await appendAudit(database().db, [entry("b"), { actor: null, action: "c" }]);
});

test("entries are chained from the first on", async () => {
  expect(await verifyAudit(database().db)).toMatchObject({ ok: true, entries: 3 });
  const { items, total } = await listAudit(database().db, { page: 1, size: 2 });
  expect([items.map((item) => `${item.seq} ${item.action}`), total]).toEqual([["3 c", "2 b"], 3]);
  expect((await listAudit(database().db, { page: 1, size: 2, action: "a" })).total).toBe(1);
});

test("writers at once stay in one chain", async () => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => appendAudit(database().db, entry(`w${i}`))));
  expect(await verifyAudit(database().db)).toMatchObject({ ok: true, entries: 23 });
});

test("an entry goes with the write that it tells of", async () => {
  const failing = database().db.transaction(async (tx) => {
    await appendAudit(tx, entry("never"));
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(await verifyAudit(database().db)).toMatchObject({ ok: true, entries: 3 });
});

test("the table refuses to be changed", async () => {
  for (const statement of ["update audit_log set actor = 'x'", "delete from audit_log where seq = 3", "truncate audit_log"]) {
    await expect(database().pool.query(statement)).rejects.toThrow(/append-only/);
  }
});

test("what was changed in spite of that is found", async () => {
  const found: Record<string, unknown> = {};
  for (const change of [
    "update audit_log set actor = 'x' where seq = 2",
    "update audit_log set at = at + interval '1 ms' where seq = 1",
    "delete from audit_log where seq = 2",
    "delete from audit_log where seq = 1",
    "update audit_log set prev_hash = repeat('a', 64) where seq = 3",
  ]) {
    await asOwner("create table kept as table audit_log", change);
    const verdict = await verifyAudit(database().db);
    found[change] = verdict.ok ? "whole" : verdict.seq;
    await asOwner("truncate audit_log", "insert into audit_log table kept", "drop table kept");
  }
  expect(Object.values(found)).toEqual([2, 1, 2, 1, 3]);
  expect(await verifyAudit(database().db)).toMatchObject({ ok: true, entries: 3 });
});

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { appendAudit, createUser, type Db, openDatabase } from "@omicselector2/platform";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeWithServices, ownDatabase } from "../../platform/test/services.ts";

const bin = resolve(import.meta.dirname, "../bin/omicselector2.js");
const folder = mkdtempSync(join(tmpdir(), "omicselector2-accounts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(env: Record<string, string>, ...args: string[]): Promise<{ code: number | null; out: string; errors: string }> {
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder, env: { ...process.env, ...env } });
  let out = "";
  let errors = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (errors += chunk));
  return new Promise((done) => child.on("close", (code) => done({ code, out, errors })));
}

type Place = { url: string } | { dataDir: string };

async function open<T>(place: Place, work: (db: Db, query: (text: string) => Promise<unknown>) => Promise<T>): Promise<T> {
  const { db, pool, close } = await openDatabase(place);
  try {
    return await work(db, (text) => pool.query(text));
  } finally {
    await close();
  }
}

function accountsAndAudit(place: () => Place, env: () => Record<string, string>): void {
  beforeAll(() =>
    open(place(), async (db) => {
      for (const name of ["Anna", "bea"]) await createUser(db, { email: `${name}@example.org`, username: name, hashedPassword: "x" });
      for (const action of ["one", "two", "three"]) await appendAudit(db, { actor: null, action });
    }),
  );

  test("a role is given by name or address, in any case of the letters; the last admin keeps it", async () => {
    expect(await run(env(), "user", "role", "anna", "admin")).toEqual({ code: 0, out: "Anna is admin from now on\n", errors: "" });
    expect(await run(env(), "user", "role", "BEA@example.org", "researcher")).toMatchObject({
      code: 0,
      out: "bea is researcher from now on\n",
    });
    const refused = await run(env(), "user", "role", "anna", "user");
    expect([refused.code, refused.errors]).toEqual([1, "omicselector2: this is the last active admin: make somebody else admin first\n"]);
    const { out } = await run(env(), "user", "list");
    expect(out).toMatch(/Anna .*anna@example.org .* admin .* yes .*\d{4}-\d\d-\d\d/);
    expect(out).toMatch(/bea .* researcher/);
  });

  test("an unknown name, an unknown role: a line and a code", async () => {
    expect(await run(env(), "user", "role", "nobody", "admin")).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^omicselector2: there is no user nobody/),
    });
    expect(await run(env(), "user", "role", "anna", "king")).toMatchObject({
      code: 1,
      errors: expect.stringContaining("user, researcher, admin"),
    });
  });

  test("the audit log is verified, and the first bad entry named", async () => {
    const whole = await run(env(), "audit", "verify");
    // Three, and the two roles that were given above.
    expect(whole).toMatchObject({ code: 0, out: expect.stringMatching(/^5 entries, last hash [0-9a-f]{64}\n$/) });
    const hash = whole.out.trim().split(" ").at(-1)!;
    expect((await run(env(), "audit", "verify", "--seen", hash)).code).toBe(0);
    await open(place(), async (_db, query) => {
      await query("alter table audit_log disable trigger audit_log_append_only");
      await query("delete from audit_log where seq = 5");
    });
    expect((await run(env(), "audit", "verify")).out).toMatch(/^4 entries/);
    expect(await run(env(), "audit", "verify", "--seen", hash)).toMatchObject({
      code: 1,
      errors: expect.stringContaining("its end was cut off"),
    });
    await open(place(), (_db, query) => query("update audit_log set action = 'other' where seq = 2"));
    expect(await run(env(), "audit", "verify")).toEqual({
      code: 1,
      out: "",
      errors: "omicselector2: the audit log is not whole: entry 2: its contents do not match its hash\n",
    });
  });
}

describe("on a data folder", () => {
  const dataDir = join(folder, "data");
  const env = { OMICSELECTOR_DATA_DIR: dataDir };
  accountsAndAudit(
    () => ({ dataDir }),
    () => env,
  );

  test("while a server uses it: the line of the lock", async () => {
    await open({ dataDir }, async () => {
      const { code, errors } = await run(env, "user", "list");
      expect([code, errors]).toEqual([
        1,
        expect.stringMatching(/^omicselector2: the data folder .+ is in use by another omicselector2 process: .+\n$/),
      ]);
    });
  });

  test("where there is none, none is made", async () => {
    const { code, errors } = await run({ OMICSELECTOR_DATA_DIR: join(folder, "none") }, "audit", "verify");
    expect([code, errors]).toEqual([1, expect.stringMatching(/^omicselector2: there is no data folder .+none: set OMICSELECTOR_DATA_DIR/)]);
  });

  test("a wrong DATABASE_URL is named, not shown", async () => {
    const { code, errors } = await run({ DATABASE_URL: "mysql://u:hidden@h/d" }, "user", "list");
    expect([code, errors]).toEqual([1, "omicselector2: DATABASE_URL must be a URL such as postgres://user:password@host:5432/name\n"]);
  });
});

describeWithServices("on PostgreSQL", (services) => {
  const url = ownDatabase(services);
  accountsAndAudit(
    () => ({ url: url() }),
    () => ({ DATABASE_URL: url() }),
  );
});

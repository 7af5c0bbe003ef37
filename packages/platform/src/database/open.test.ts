import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/database.ts";
import { readMigrations } from "./migrate.ts";
import { type Database, openDatabase } from "./open.ts";
import { makeTemplate, postgresMajor } from "./template.ts";

const folder = temporaryFolder();
const holder = join(import.meta.dirname, "..", "..", "test", "hold-folder.ts");

describe("an open database", () => {
  let database: Database;
  beforeAll(async () => {
    database = await openDatabase({ dataDir: join(folder(), "open") });
  });
  afterAll(async () => {
    await database.close();
  });

  test("is the PostgreSQL that the folder's check expects", async () => {
    const { rows } = await database.pool.query("select current_setting('server_version_num')::int / 10000 as major");
    expect(String(rows[0].major)).toBe(postgresMajor);
    expect((await readFile(join(folder(), "open", "postgres", "PG_VERSION"), "utf8")).trim()).toBe(postgresMajor);
  });

  test("answers many at once, each with its own answer", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => database.pool.query("select $1::int as i", [i])));
    expect(answers.map((answer) => answer.rows[0].i)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test("keeps transactions apart: no increment is lost, what is rolled back is gone", async () => {
    await database.pool.query("create table counter (n int)");
    await database.pool.query("insert into counter values (0)");
    const add = async (i: number) => {
      const client = await database.pool.connect();
      try {
        await client.query("begin");
        const { rows } = await client.query("select n from counter");
        await client.query("update counter set n = $1", [rows[0].n + 1]);
        await client.query(i % 4 === 0 ? "rollback" : "commit");
      } finally {
        client.release();
      }
    };
    await Promise.all(Array.from({ length: 40 }, (_, i) => add(i)));
    expect((await database.pool.query("select n from counter")).rows).toEqual([{ n: 30 }]);
  });

  test("a wrong statement breaks neither the connection nor the next one", async () => {
    await expect(database.pool.query("select * from nowhere")).rejects.toThrow(/nowhere/);
    expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  test("a broken connection is replaced, its transaction rolled back", async () => {
    await database.pool.query("create table left_open (n int)");
    const client = await database.pool.connect();
    await client.query("begin");
    await client.query("insert into left_open values (1)");
    client.release(new Error("broken"));
    expect((await database.pool.query("select count(*)::int as n from left_open")).rows).toEqual([{ n: 0 }]);
  });

  test("a long query does not stop this thread", async () => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const start = performance.now();
    await database.pool.query("select count(*) from generate_series(1, 3000000) a where a % 7 = 0");
    const took = performance.now() - start;
    clearInterval(timer);
    expect(took).toBeGreaterThan(100);
    expect(longest).toBeLessThan(took / 2);
  });

  test.skipIf(process.platform === "win32")("lets no other user of the machine in", async () => {
    expect((await stat(join(folder(), "open", "socket"))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder(), "open"))).mode & 0o077).toBe(0);
  });

  test("refuses a second opener, in this process and in another, in one line", async () => {
    const dataDir = join(folder(), "open");
    await expect(openDatabase({ dataDir })).rejects.toThrow(/in use by another/);
    const { code, stderr } = await runHolder(dataDir);
    expect(code).toBe(3);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(/in use by another/);
  });
});

test("opens again after close, and on a path too long for a socket", async () => {
  const dataDir = join(folder(), "long-".repeat(20), "again");
  for (let round = 0; round < 2; round++) {
    const { pool, close } = await openDatabase({ dataDir });
    expect((await pool.query("select count(*)::int as n from users")).rows).toEqual([{ n: 0 }]);
    await close();
  }
});

test("SIGKILL loses no row that was acknowledged, and frees the folder at once", async () => {
  const dataDir = join(folder(), "killed");
  const acknowledged: string[] = [];
  for (let round = 0; round < 2; round++) {
    const child = spawn(process.execPath, [holder, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((done) => child.once("exit", done));
    let rows = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line);
      if (++rows === 20) child.kill("SIGKILL");
    }
    await ended;
  }
  const { pool, close } = await openDatabase({ dataDir });
  try {
    const ids = new Set((await pool.query("select id from users")).rows.map((row) => row.id));
    expect(acknowledged.length).toBeGreaterThanOrEqual(40);
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  } finally {
    await close();
  }
});

test("SIGKILL during the very first start leaves a folder that opens", async () => {
  for (const delay of [150, 350, 550]) {
    const dataDir = join(folder(), `first-${delay}`);
    const child = spawn(process.execPath, [holder, dataDir], { stdio: "ignore" });
    const ended = new Promise((done) => child.once("exit", done));
    setTimeout(() => child.kill("SIGKILL"), delay);
    await ended;
    const { pool, close } = await openDatabase({ dataDir });
    expect((await pool.query("select count(*)::int >= 0 as there from users")).rows).toEqual([{ there: true }]);
    await close();
  }
});

test.skipIf(process.platform === "win32")("by address: finds the same tables; says so when nobody answers", async () => {
  const dataDir = join(folder(), "address");
  const server = await openDatabase({ dataDir });
  const client = await openDatabase({ url: `postgresql://postgres@/postgres?host=${encodeURIComponent(join(dataDir, "socket"))}` });
  expect((await client.pool.query("select count(*)::int as n from users")).rows).toEqual([{ n: 0 }]);
  await client.close();
  await server.close();
  await expect(openDatabase({ url: "postgresql://u:hunter2@127.0.0.1:1/x" })).rejects.toThrow(/ECONNREFUSED/);
});

test("unpacks a template; without one it initialises; leftovers of a killed start go", async () => {
  const template = join(folder(), "template.tar.gz");
  await writeFile(template, await makeTemplate(await readMigrations()));
  const from = async (name: string, path: string) => {
    const dataDir = join(folder(), name);
    await mkdir(join(dataDir, "postgres.new-1", "base"), { recursive: true });
    const { pool, close } = await openDatabase({ dataDir, template: path });
    const { rows } = await pool.query(
      "select (select count(*)::int from schema_migrations) as migrations, (select count(*)::int from users) as users",
    );
    await close();
    expect((await readdir(dataDir)).filter((each) => each.includes("new-"))).toEqual([]);
    return rows[0];
  };
  const { length } = await readMigrations();
  expect(await from("unpacked", template)).toEqual({ migrations: length, users: 0 });
  expect(await from("initialised", join(folder(), "none.tar.gz"))).toEqual({ migrations: length, users: 0 });
});

test("refuses a folder of another PostgreSQL with the way over, and one that is no database", async () => {
  const old = join(folder(), "old");
  await mkdir(join(old, "postgres"), { recursive: true });
  await writeFile(join(old, "postgres", "PG_VERSION"), "14\n");
  await expect(openDatabase({ dataDir: old })).rejects.toThrow(/written by PostgreSQL 14, this release reads 18: save it with pg_dump/);
  const other = join(folder(), "other");
  await mkdir(join(other, "postgres"), { recursive: true });
  await writeFile(join(other, "postgres", "thesis.txt"), "mine");
  await expect(openDatabase({ dataDir: other })).rejects.toThrow(/neither empty nor a database/);
  expect(await readFile(join(other, "postgres", "thesis.txt"), "utf8")).toBe("mine");
});

async function runHolder(dataDir: string): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [holder, dataDir], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, stderr };
}

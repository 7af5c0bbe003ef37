import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../../test/database.ts";
import { type Migration, migrate, readMigrations } from "./migrate.ts";

let database: PGlite;
beforeAll(async () => {
  database = await PGlite.create();
});
beforeEach(async () => {
  await database.exec("drop schema public cascade; create schema public");
});
afterAll(async () => {
  await database.close();
});

const one: Migration = { name: "0000_one", statements: ["create table one (i int)"], hash: "a" };
const two: Migration = { name: "0001_two", statements: ["create table two (i int)", "insert into two values (2)"], hash: "b" };

test("applies what is new, once, in order", async () => {
  expect(await migrate(database, [one])).toEqual(["0000_one"]);
  expect(await migrate(database, [one, two])).toEqual(["0001_two"]);
  expect(await migrate(database, [one, two])).toEqual([]);
  expect((await database.query("select i from two")).rows).toEqual([{ i: 2 }]);
});

test("a migration that fails leaves nothing of itself and is tried again", async () => {
  const broken = { ...two, statements: ["create table two (i int)", "select nothing from nowhere"] };
  await expect(migrate(database, [one, broken])).rejects.toThrow(/nowhere/);
  expect((await database.query("select to_regclass('one') as one, to_regclass('two') as two")).rows).toEqual([{ one: "one", two: null }]);
  expect(await migrate(database, [one, two])).toEqual(["0001_two"]);
});

test("refuses a database of a newer release, and a migration edited after it was applied", async () => {
  await migrate(database, [one, two]);
  await expect(migrate(database, [one])).rejects.toThrow(/0001_two.*newer/);
  await expect(migrate(database, [{ ...one, hash: "edited" }, two])).rejects.toThrow(/0000_one was edited/);
});

const folder = temporaryFolder();

test("a checkout with Windows line ends holds the same migrations", async () => {
  const write = async (name: string, text: string) => {
    const path = join(folder(), name);
    await mkdir(join(path, "meta"), { recursive: true });
    await writeFile(join(path, "meta", "_journal.json"), JSON.stringify({ entries: [{ tag: "0000_x" }] }));
    await writeFile(join(path, "0000_x.sql"), text);
    return await readMigrations(path);
  };
  const unix = await write("unix", "select 1;\n--> statement-breakpoint\nselect 2;\n");
  const windows = await write("windows", "select 1;\r\n--> statement-breakpoint\r\nselect 2;\r\n");
  expect(unix[0]!.statements).toHaveLength(2);
  expect(windows).toEqual(unix);
});

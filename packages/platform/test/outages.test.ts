import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import pg from "pg";
import { expect, test } from "vitest";
import { openS3BlobStore } from "../src/adapters/blob-store/s3.ts";
import { BlobMissing, createUser, type Database, databaseLimits, findUser, isUnavailable, openDatabase, whatIsAway } from "../src/index.ts";
import { describeWithBreakable } from "./breakable.ts";
import { temporaryFolder } from "./database.ts";
import { describeWithPostgres } from "./postgres.ts";

const nobody = "00000000-0000-0000-0000-000000000000";

describeWithPostgres("a database by address", (server) => {
  const open = () => openDatabase({ url: server().url });

  /** What a call ends with, and after how many milliseconds. */
  async function timed(work: () => Promise<unknown>): Promise<{ error: unknown; milliseconds: number }> {
    const start = performance.now();
    const error = await work().then(
      () => undefined,
      (thrown) => thrown,
    );
    return { error, milliseconds: performance.now() - start };
  }

  async function using(work: (database: Database) => Promise<void>): Promise<void> {
    const database = await open();
    try {
      await work(database);
    } finally {
      server().thaw();
      await database.close().catch(() => undefined);
    }
  }

  test("frozen, each query fails within two seconds, in the open and in a transaction; thawed, it is as before", () =>
    using(async (database) => {
      await findUser(database.db, nobody);
      server().freeze();
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          timed(() =>
            i % 2 === 0
              ? findUser(database.db, nobody)
              : database.db.transaction(async (tx) => await createUser(tx, person(`frozen-${i}`))),
          ),
        ),
      );
      for (const { error, milliseconds } of outcomes) {
        expect(whatIsAway(error), String(error)).toBe("database");
        expect(milliseconds).toBeLessThan(2000);
      }
      server().thaw();
      await expect.poll(() => findUser(database.db, nobody).catch(() => "failed"), { timeout: 5000 }).toBeUndefined();
      const { rows } = await database.pool.query("select count(*)::int as n from users where username like 'frozen-%'");
      expect(rows).toEqual([{ n: 0 }]);
    }));

  test("a transaction that was cut short by the limit is nobody's: its connection is gone, its rows with it", () =>
    using(async (database) => {
      const begun = Promise.withResolvers<void>();
      const frozen = Promise.withResolvers<void>();
      const cut = timed(() =>
        database.db.transaction(async (tx) => {
          await createUser(tx, person("half"));
          begun.resolve();
          await frozen.promise;
          await createUser(tx, person("other-half"));
        }),
      );
      await begun.promise;
      server().freeze();
      frozen.resolve();
      expect(isUnavailable((await cut).error)).toBe(true);
      server().thaw();
      // Were the connection kept, this would go into the transaction that was left open, and vanish with it.
      await createUser(database.db, person("whole"));
      const { rows } = await new Admin(server().url).query("select username from users where username in ('half', 'other-half', 'whole')");
      expect(rows).toEqual([{ username: "whole" }]);
      expect(database.pool.totalCount - database.pool.idleCount).toBe(0);
    }));

  test("transactions that cannot even begin leave the pool whole", () =>
    using(async (database) => {
      await Promise.all(Array.from({ length: 10 }, () => findUser(database.db, nobody)));
      server().freeze();
      const begin = () => timed(() => database.db.transaction(async (tx) => await findUser(tx, nobody)));
      for (const { error } of await Promise.all(Array.from({ length: 10 }, begin))) expect(isUnavailable(error)).toBe(true);
      server().thaw();
      await expect.poll(() => database.pool.totalCount - database.pool.idleCount).toBe(0);
      for (const { error } of await Promise.all(Array.from({ length: 10 }, begin))) expect(error).toBeUndefined();
      expect((await timed(() => database.close())).milliseconds).toBeLessThan(2000);
    }));

  test("killed and started again, it is found again; what was asked meanwhile failed at once", () =>
    using(async (database) => {
      await findUser(database.db, nobody);
      await server().kill();
      const { error, milliseconds } = await timed(() => findUser(database.db, nobody));
      expect([whatIsAway(error), milliseconds < 2000]).toEqual(["database", true]);
      await server().start();
      await expect.poll(() => findUser(database.db, nobody).catch(() => "failed"), { timeout: 5000 }).toBeUndefined();
    }));

  test("a connection that breaks between two statements of a transaction fails it, and nothing else", () =>
    using(async (database) => {
      const { error } = await timed(() =>
        database.db.transaction(async (tx) => {
          await createUser(tx, person("broken"));
          await new Admin(server().url).query(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'omicselector2'",
          );
          await new Promise((next) => setTimeout(next, 50));
          await createUser(tx, person("broken-too"));
        }),
      );
      expect(whatIsAway(error)).toBe("database");
      expect(await findUser(database.db, nobody)).toBeUndefined();
    }));

  test("a slow statement is ended by the server; unhurried work may take longer", () =>
    using(async (database) => {
      const { error, milliseconds } = await timed(() => database.pool.query("select pg_sleep(3)"));
      expect([(error as { code?: string }).code, milliseconds < 2000, isUnavailable(error)]).toEqual(["57014", true, true]);
      expect((await timed(() => database.unhurried((db) => db.execute("select pg_sleep(1.5)")))).error).toBeUndefined();
    }));

  test("a process that was busy when its answer came does not give the connection up", () =>
    using(async (database) => {
      await findUser(database.db, nobody);
      const answer = database.pool.query("select 1 as one");
      await new Promise((next) => setImmediate(next));
      const end = performance.now() + databaseLimits.api.query + 300;
      while (performance.now() < end);
      expect((await answer).rows).toEqual([{ one: 1 }]);
    }));

  test("a pool that is all taken answers within two seconds", () =>
    using(async (database) => {
      const holders = Array.from({ length: databaseLimits.api.most }, () => database.pool.connect());
      const { error, milliseconds } = await timed(() => findUser(database.db, nobody));
      expect([whatIsAway(error), milliseconds < 2000]).toEqual(["database", true]);
      for (const holder of holders) (await holder).release();
      expect(await findUser(database.db, nobody)).toBeUndefined();
    }));

  test("closes within some seconds while it is frozen", () =>
    using(async () => {
      const other = await open();
      await findUser(other.db, nobody);
      server().freeze();
      expect((await timed(() => other.close())).milliseconds).toBeLessThan(7000);
    }));

  test("a start that cannot be is one line within some seconds, without the password", async () => {
    const url = new URL(server().url);
    const variant = (change: (url: URL) => void) => {
      const other = new URL(url);
      change(other);
      return other.href;
    };
    const secret = "hunter2-of-nobody";
    const cases: [string, RegExp][] = [
      [variant((u) => Object.assign(u, { password: secret })), /refuses the password of the user omics; check DATABASE_URL$/],
      [variant((u) => Object.assign(u, { password: secret, port: "1" })), /127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/],
      [variant((u) => Object.assign(u, { pathname: "/nowhere" })), /has no database nowhere: create it/],
      [
        variant((u) => Object.assign(u, { password: secret, hostname: "no.such.host.invalid" })),
        /no\.such\.host\.invalid.* cannot be reached/,
      ],
    ];
    for (const [wrong, line] of cases) {
      const { error, milliseconds } = await timed(() => openDatabase({ url: wrong }));
      expect((error as Error).message).toMatch(line);
      expect((error as Error).message).not.toMatch(/\n|hunter2/);
      expect((error as Error).message).not.toContain(url.password);
      expect(milliseconds).toBeLessThan(7000);
    }
  });

  test("frozen at the start it is one line within some seconds", async () => {
    server().freeze();
    try {
      const { error, milliseconds } = await timed(open);
      expect((error as Error).message).toMatch(/cannot be reached/);
      expect(milliseconds).toBeLessThan(7000);
    } finally {
      server().thaw();
    }
  });
});

describeWithBreakable("a blob store that breaks", (services) => {
  const folder = temporaryFolder();

  test("copies that were made are read on while it is away; everything else says that it is", async () => {
    const { s3, kill, start } = services().minio;
    const store = await openS3BlobStore({ s3: { ...s3, bucket: "omics", region: "us-east-1", sse: null }, cacheDir: folder() });
    const [copied, other] = ["datasets/1/data.h5ad", "datasets/2/data.h5ad"];
    for (const key of [copied, other]) await store.put(key, Buffer.from("ACGT"));
    await (await store.localFile(copied)).release();
    await kill();
    try {
      const { file, release } = await store.localFile(copied);
      expect(await readFile(file as string, "utf8")).toBe("ACGT");
      await release();
      for (const work of [
        () => store.localFile(other),
        () => store.get(copied),
        () => store.put("x", Buffer.from("x")),
        () => store.put("x", Readable.from([Buffer.from("x")])),
        () => store.exists(copied),
        () => store.list("datasets/"),
        () => store.deletePrefix("datasets/1/"),
      ]) {
        expect(whatIsAway(await work().catch((error) => error)), String(work)).toBe("blobs");
      }
    } finally {
      await start();
    }
    await (await store.localFile(other)).release();
    await store.delete(copied);
    await expect(store.localFile(copied)).rejects.toThrow(BlobMissing);
  });
});

function person(name: string) {
  return { email: `${name}@example.org`, username: name, hashedPassword: "x" };
}

/** A connection of the test's own. */
class Admin {
  readonly #url: string;
  constructor(url: string) {
    this.#url = url;
  }
  async query(text: string): Promise<{ rows: unknown[] }> {
    const client = new pg.Client({ connectionString: this.#url });
    await client.connect();
    try {
      return await client.query(text);
    } finally {
      await client.end();
    }
  }
}

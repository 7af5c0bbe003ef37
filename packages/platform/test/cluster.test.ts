import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  blobKeys,
  createUser,
  type Database,
  findDataset,
  isUnavailable,
  keepHouse,
  openDatabase,
  openPlatform,
  type Platform,
  probeAll,
  readConfig,
} from "../src/index.ts";
import { someDataset, someUser, temporaryFolder } from "./database.ts";
import { describeWithServices, ownDatabase } from "./services.ts";

describeWithServices("processes of a cluster", (services) => {
  const folder = temporaryFolder();
  const databaseUrl = ownDatabase(services);
  const secret = randomBytes(32).toString("hex");
  const bucket = `test-${randomUUID()}`;

  const configOf = (name: string, more: Record<string, string> = {}) =>
    readConfig({
      DATABASE_URL: databaseUrl(),
      REDIS_URL: services.redisUrl,
      MINIO_ENDPOINT: services.s3.endpoint,
      MINIO_ACCESS_KEY: services.s3.accessKey,
      MINIO_SECRET_KEY: services.s3.secretKey,
      S3_BUCKET: bucket,
      SECRET_KEY: secret,
      OMICSELECTOR_DATA_DIR: join(folder(), name),
      LOG_LEVEL: "warn",
      ...more,
    });

  let one: Platform;
  let two: Platform;
  const lines: string[] = [];
  beforeAll(async () => {
    // At once, on an empty database and without their bucket; in the same folder, as two on one machine may be.
    [one, two] = await Promise.all([
      openPlatform(configOf("shared"), { write: (line) => lines.push(line) }),
      openPlatform(configOf("shared"), { role: "worker", write: (line) => lines.push(line) }),
    ]);
  });
  afterAll(async () => {
    await one?.close();
    await two?.close();
  });
  const part = (platform: Platform) => platform as unknown as Database;

  test("see the same rows, blobs, events, cached values and counts", async () => {
    const user = await someUser(part(one));
    const dataset = await someDataset(part(one), user.id);
    expect((await findDataset(two.db, dataset.id))!.ownerId).toBe(user.id);

    await one.blobs.put(blobKeys.dataset(dataset.id), Buffer.from("ACGT"));
    expect(await text(await two.blobs.get(blobKeys.dataset(dataset.id)))).toBe("ACGT");

    const topic = randomUUID();
    const heard: string[] = [];
    const leave = await two.events.subscribe(topic, (message) => heard.push(message));
    await one.events.publish(topic, "7");
    await expect.poll(() => heard).toEqual(["7"]);
    await leave();

    await one.cache.set(topic, "value", 60);
    expect(await two.cache.get(topic)).toBe("value");
    await one.rates.hit(topic, 60_000);
    expect((await two.rates.hit(topic, 60_000)).count).toBe(2);
    expect(one.secret).toBe(two.secret);
  });

  test("say that everything answers; nothing was worth a warning", async () => {
    for (const platform of [one, two]) {
      const probes = await probeAll(platform.probes);
      expect(Object.fromEntries(Object.entries(probes).map(([name, { state }]) => [name, state]))).toEqual({
        database: "ok",
        redis: "ok",
        blobs: "ok",
      });
    }
    expect(lines).toEqual([]);
  });

  test("one that starts takes nothing from one that works", async () => {
    const user = await someUser(part(one));
    const ingesting = await someDataset(part(one), user.id, { status: "ingesting" });
    const underway = blobKeys.upload(randomUUID());
    await one.blobs.put(underway, Buffer.from("x"));
    const third = await openPlatform(configOf("third"));
    await third.close();
    expect((await findDataset(one.db, ingesting.id))!.status).toBe("ingesting");
    expect(await one.blobs.exists(underway)).toBe(true);
  });

  test("keep the house one at a time", async () => {
    let listed = () => {};
    const looking = new Promise<void>((done) => {
      listed = done;
    });
    let go = () => {};
    const wait = new Promise<void>((done) => {
      go = done;
    });
    const slow = {
      ...one.blobs,
      list: async (prefix: string) => {
        listed();
        await wait;
        return await one.blobs.list(prefix);
      },
    };
    const database = (platform: Platform) => ({ db: platform.db, unhurried: platform.unhurried });
    const first = keepHouse({ database: database(one), blobs: slow });
    await looking;
    expect(await keepHouse({ database: database(two), blobs: two.blobs })).toBeUndefined();
    go();
    expect(await first).toMatchObject({ blobsSwept: 0 });
    expect(await keepHouse({ database: database(two), blobs: two.blobs })).toBeDefined();
  });

  test("a worker's queries may take longer than those of the API", async () => {
    await expect(one.db.execute("select pg_sleep(1.2)")).rejects.toSatisfy(isUnavailable);
    await two.db.execute("select pg_sleep(1.2)");
  });

  test("what is lacking at the start is said in one line, without secrets", async () => {
    const wrong: [Record<string, string>, RegExp][] = [
      [{ DATABASE_URL: "postgres://omics:hunter2-hunter2@127.0.0.1:1/omics" }, /^the database at 127\.0\.0\.1:1 cannot be reached: /],
      [{ DATABASE_URL: Object.assign(new URL(databaseUrl()), { password: "hunter2-hunter2" }).href }, /refuses the password of the user/],
      [
        { REDIS_URL: Object.assign(new URL(services.redisUrl), { password: "hunter2-hunter2" }).href },
        /^Redis at .*WRONGPASS.*; check REDIS_URL$/,
      ],
      [{ MINIO_ENDPOINT: "127.0.0.1:1", MINIO_SECRET_KEY: "hunter2-hunter2" }, /^the bucket .* cannot be used: /],
      [{ MINIO_SECRET_KEY: "hunter2-hunter2" }, /^the bucket .* cannot be used: /],
    ];
    for (const [change, line] of wrong) {
      const start = performance.now();
      const written: string[] = [];
      const error = await openPlatform(configOf("wrong", change), { write: (text) => written.push(text) }).then(
        () => new Error("started"),
        (thrown) => thrown,
      );
      expect(error.message).toMatch(line);
      expect(error.message).not.toMatch(/hunter2|\n/);
      expect(written).toEqual([]);
      expect(performance.now() - start).toBeLessThan(10_000);
    }
  });

  test("without Redis a process starts and goes on: rows, blobs, counts; only Redis's probe fails", async () => {
    const written: string[] = [];
    const alone = await openPlatform(configOf("alone", { REDIS_URL: "redis://:hunter2-hunter2@127.0.0.1:1" }), {
      write: (line) => written.push(line),
    });
    try {
      await createUser(alone.db, { email: "r@example.org", username: "r", hashedPassword: "x" });
      expect(await alone.cache.get("x")).toBeUndefined();
      expect((await alone.rates.hit("x", 1000)).count).toBe(1);
      const probes = await probeAll(alone.probes);
      expect([probes.redis!.state, probes.database!.state, probes.blobs!.state]).toEqual(["failed", "ok", "ok"]);
      await expect(alone.queue.send("default", { jobId: randomUUID(), range: 0 }, 0)).rejects.toSatisfy(isUnavailable);
      expect(written.join("")).toMatch(/Redis is away/);
      expect(written.join("")).not.toContain("hunter2");
    } finally {
      await alone.close();
    }
  });

  test("a database of PostgreSQL 15 or newer is migrated by openDatabase alone, too", async () => {
    const { applied, close } = await openDatabase({ url: databaseUrl() });
    await close();
    expect(applied).toEqual([]);
  });
});

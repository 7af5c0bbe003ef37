import { randomBytes, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beforeAll, expect, test } from "vitest";
import { openS3BlobStore } from "../src/adapters/blob-store/s3.ts";
import { BlobMissing, type BlobStore } from "../src/index.ts";
import { blobStoreContract } from "./contracts/blob-store.ts";
import { temporaryFolder } from "./database.ts";
import { describeWithServices } from "./services.ts";

const folder = temporaryFolder();

describeWithServices("S3", ({ s3 }) => {
  const config = { ...s3, region: "us-east-1", sse: null };
  const open = (cacheBytes?: number) =>
    openS3BlobStore({ s3: config, cacheDir: join(folder(), randomUUID()), ...(cacheBytes === undefined ? {} : { cacheBytes }) });

  blobStoreContract("S3", async () => ({ store: await open(), close: async () => undefined }));

  let store: BlobStore;
  beforeAll(async () => {
    store = await open();
  });

  test("a body of many parts comes back whole", async () => {
    const key = `results/${randomUUID()}/large`;
    const bytes = randomBytes(20_000_001);
    const pieces = Array.from({ length: 21 }, (_, k) => bytes.subarray(k * 1_000_000, (k + 1) * 1_000_000));
    expect(await store.put(key, Readable.from(pieces))).toEqual({ bytes: 20_000_001 });
    expect(Buffer.compare(await store.read(key), bytes)).toBe(0);
    await store.delete(key);
  });

  test("more keys than one answer holds", async () => {
    const prefix = `results/${randomUUID()}/`;
    for (let at = 0; at < 1050; at += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, k) => store.put(`${prefix}${at + k}`, Buffer.from("x"))));
    }
    expect(await store.list(prefix)).toHaveLength(1050);
    await store.deletePrefix(prefix);
    expect(await store.list(prefix)).toEqual([]);
  });

  test("a local copy serves the next reader, follows a new blob, and makes room when nobody reads it", async () => {
    const cacheDir = join(folder(), "cache");
    const small = await openS3BlobStore({ s3: config, cacheDir, cacheBytes: 250 });
    const [a, b, c] = ["a", "b", "c"].map((name) => `datasets/${randomUUID()}/${name}`) as [string, string, string];
    for (const key of [a, b, c]) await small.put(key, Buffer.alloc(100, key.slice(-1)));
    const [first, again] = await Promise.all([small.localFile(a), small.localFile(a)]);
    expect(again.file).toBe(first.file);
    for (const key of [b, c]) await (await small.localFile(key)).release();
    // Still being read: it stayed, and another one went.
    expect((await readFile(first.file as string)).toString()).toBe("a".repeat(100));
    expect(await readdir(cacheDir)).toHaveLength(2);
    await first.release();
    await again.release();
    await small.put(a, Buffer.from("new"));
    const renewed = await small.localFile(a);
    expect((await readFile(renewed.file as string)).toString()).toBe("new");
    await renewed.release();
    await small.delete(a);
    await expect(small.localFile(a)).rejects.toBeInstanceOf(BlobMissing);
  });

  test("a store that is away is said within seconds, in one line without its keys", async () => {
    const away = { ...config, endpoint: "http://127.0.0.1:1", secretKey: "hunter2hunter2" };
    const began = performance.now();
    const failed = openS3BlobStore({ s3: away, cacheDir: join(folder(), "away") });
    await expect(failed).rejects.toThrow(
      /^the bucket .* at http:\/\/127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED.*; check MINIO_ENDPOINT/,
    );
    expect(performance.now() - began).toBeLessThan(5000);
    const wrong = openS3BlobStore({ s3: { ...config, secretKey: "hunter2hunter2" }, cacheDir: join(folder(), "wrong") });
    const line = await wrong.catch((error: Error) => error.message);
    expect(line).toMatch(/cannot be used: .*403/);
    expect(line).not.toContain("hunter2");
  });
});

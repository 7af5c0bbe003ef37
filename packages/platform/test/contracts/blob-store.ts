import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { HEADER_BYTES, openFrame } from "@omicselector2/contracts/frames";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BlobMissing, type BlobStore, type DataFile } from "../../src/index.ts";

/** What every BlobStore does. `open` gives one that may hold other blobs: tests keep to prefixes of their own. */
export function blobStoreContract(name: string, open: () => Promise<{ store: BlobStore; close(): Promise<void> }>): void {
  describe(`BlobStore: ${name}`, () => {
    let store: BlobStore;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ store, close } = await open());
    });
    afterAll(async () => {
      await close?.();
    });
    const some = () => `results/${randomUUID()}`;
    const text = async (key: string) => Buffer.from(await store.read(key)).toString();

    test("gives back what was put, from bytes and from a stream", async () => {
      const key = some();
      const bytes = randomBytes(300_000);
      expect(await store.put(`${key}/a.json`, bytes)).toEqual({ bytes: 300_000 });
      expect(await store.put(`${key}/b.json`, Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]))).toEqual({ bytes: 300_000 });
      expect(Buffer.compare(await store.read(`${key}/a.json`), bytes)).toBe(0);
      expect(Buffer.compare(await buffer(await store.get(`${key}/b.json`)), bytes)).toBe(0);
      expect(await store.put(`${key}/text`, Readable.from(["grün", "\n"]))).toEqual({ bytes: 6 });
      expect(await text(`${key}/text`)).toBe("grün\n");
      expect(await store.put(`${key}/empty`, new Uint8Array())).toEqual({ bytes: 0 });
      expect(await store.read(`${key}/empty`)).toHaveLength(0);
    });

    test("says what is missing before it hands out a stream", async () => {
      const key = `${some()}/none`;
      await expect(store.get(key)).rejects.toBeInstanceOf(BlobMissing);
      await expect(store.read(key)).rejects.toBeInstanceOf(BlobMissing);
      await expect(store.localFile(key)).rejects.toBeInstanceOf(BlobMissing);
      expect(await store.exists(key)).toBe(false);
    });

    test("a prefix is no blob", async () => {
      const key = some();
      await store.put(`${key}/x`, Buffer.from("x"));
      expect(await store.exists(key)).toBe(false);
      await expect(store.read(key)).rejects.toBeInstanceOf(BlobMissing);
    });

    test("replaces a blob; who reads the old one reads it to its end", async () => {
      const key = `${some()}/x`;
      await store.put(key, Buffer.from("old"));
      const reader = await store.get(key);
      await store.put(key, Buffer.from("new"));
      expect((await buffer(reader)).toString()).toBe("old");
      expect(await text(key)).toBe("new");
    });

    test("a body that breaks leaves nothing, or what was there before", async () => {
      const key = some();
      const breaking = () =>
        Readable.from(
          (async function* () {
            yield Buffer.alloc(100_000);
            throw new Error("the client went away");
          })(),
        );
      await store.put(`${key}/old`, Buffer.from("old"));
      await expect(store.put(`${key}/old`, breaking())).rejects.toThrow("the client went away");
      await expect(store.put(`${key}/new`, breaking())).rejects.toThrow("the client went away");
      expect(await text(`${key}/old`)).toBe("old");
      expect(await store.list(`${key}/`)).toEqual([{ key: `${key}/old`, bytes: 3, modifiedAt: expect.any(Date) }]);
    });

    test("lists below a prefix, sorted by key, with sizes; never its neighbours", async () => {
      const prefix = some();
      for (const name of ["b", "a/2", "a/10", "a.txt"]) await store.put(`${prefix}/${name}`, Buffer.from(name));
      await store.put(`${prefix}0/x`, Buffer.from("neighbour"));
      expect(await store.list(`${prefix}/`)).toEqual(
        ["a.txt", "a/10", "a/2", "b"].map((name) => ({ key: `${prefix}/${name}`, bytes: name.length, modifiedAt: expect.any(Date) })),
      );
      expect(await store.list(`${some()}/`)).toEqual([]);
      await expect(store.list(prefix)).rejects.toThrow(/slash/);
    });

    test("deletes one, or all below a prefix; twice is once", async () => {
      const prefix = some();
      for (const name of ["a", "b", "c/d"]) await store.put(`${prefix}/${name}`, Buffer.from("x"));
      await store.put(`${prefix}0/x`, Buffer.from("neighbour"));
      await store.delete(`${prefix}/a`);
      await store.delete(`${prefix}/a`);
      expect(await store.list(`${prefix}/`)).toHaveLength(2);
      await store.deletePrefix(`${prefix}/`);
      await store.deletePrefix(`${prefix}/`);
      expect(await store.list(`${prefix}/`)).toEqual([]);
      expect(await store.exists(`${prefix}0/x`)).toBe(true);
      await expect(store.deletePrefix(prefix)).rejects.toThrow(/slash/);
      await expect(store.deletePrefix("/")).rejects.toThrow();
    });

    test("puts and deletes side by side do not disturb each other", async () => {
      const prefix = some();
      await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          await store.put(`${prefix}/deep/${i}`, Buffer.from(String(i)));
          if (i % 2 === 0) await store.delete(`${prefix}/deep/${i}`);
        }),
      );
      expect(await store.list(`${prefix}/`)).toHaveLength(20);
    });

    test("lends a local file", async () => {
      const key = `${some()}/data.h5ad`;
      await store.put(key, Buffer.from("matrix"));
      const { file, release } = await store.localFile(key);
      expect(await textOf(structuredClone(file))).toBe("matrix");
      await release();
      expect(await text(key)).toBe("matrix");
    });

    test("refuses keys that the program does not make", async () => {
      for (const key of [
        "",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/../b",
        "a/.hidden",
        ".tmp/a",
        "A",
        "a b",
        "a\\b",
        "a\0",
        "ä",
        `a/${"x".repeat(201)}`,
      ]) {
        const put = () => store.put(key, Buffer.from("x"));
        for (const call of [put, () => store.get(key), () => store.read(key), () => store.exists(key), () => store.delete(key)]) {
          await expect(call(), JSON.stringify(key)).rejects.toThrow(RangeError);
        }
      }
    });

    test("shows users an s3 address", () => {
      expect(store.uri("datasets/1/data.h5ad")).toBe("s3://datasets/1/data.h5ad");
    });
  });
}

/** Less than a frame. */
async function textOf(file: DataFile): Promise<string | undefined> {
  if (typeof file === "string") return await readFile(file, "utf8");
  const frame = (await readFile(file.path)).subarray(HEADER_BYTES);
  return openFrame(file.dataKey, 0, frame, frame.length - 16)?.toString();
}

import { randomUUID } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { FRAME_BYTES, HEADER_BYTES, layoutOf, SEALED_BYTES } from "@omicselector2/contracts/frames";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { BlobDamaged, type BlobStore, ConfigError, checkSecret, encryptedBlobStore, openFileBlobStore } from "../src/index.ts";
import { blobStoreContract } from "./contracts/blob-store.ts";
import { temporaryFolder } from "./database.ts";

const folder = temporaryFolder();
const secret = "0123456789abcdef".repeat(4);

blobStoreContract("encrypted files", async () => ({
  store: encryptedBlobStore(await openFileBlobStore(join(folder(), "contract")), secret),
  close: async () => undefined,
}));

describe("encrypted blobs", () => {
  let root: string;
  let plain: BlobStore;
  let store: BlobStore;
  const newKey = () => `results/${randomUUID()}/x`;
  const pathOf = (key: string) => join(root, ...key.split("/"));

  beforeAll(async () => {
    root = join(folder(), "tampering");
    plain = await openFileBlobStore(root);
    store = encryptedBlobStore(plain, secret);
  });

  /** Refused each way that a blob can be read, by its name and without the secret; what came before is what was put. */
  async function expectDamaged(key: string, put?: Uint8Array): Promise<void> {
    const came: Buffer[] = [];
    const streamed = async () => {
      for await (const chunk of await store.get(key)) came.push(chunk);
    };
    for (const read of [async () => void (await store.read(key)), streamed]) {
      const error = await read().then(
        () => new Error("was read"),
        (thrown: Error) => thrown,
      );
      expect(error).toBeInstanceOf(BlobDamaged);
      expect(error.message).toContain(`blob ${key} `);
      expect(error.message).not.toContain(secret);
    }
    const begin = Buffer.concat(came);
    if (put !== undefined) expect(begin.equals(Buffer.from(put.subarray(0, begin.length)))).toBe(true);
  }

  const sizes = fc.oneof(
    fc.nat(100),
    fc.integer({ min: -2, max: 2 }).map((d) => FRAME_BYTES + d),
    fc.integer({ min: -2, max: 2 }).map((d) => 2 * FRAME_BYTES + d),
    fc.nat(3 * FRAME_BYTES),
  );
  const bytesOf = (size: number, seed: number) => {
    const bytes = Buffer.alloc(size);
    for (let i = 0; i < size; i++) bytes[i] = Math.imul(i + seed, 2654435761) >>> 24;
    return bytes;
  };

  test("what was put comes back, around the borders of frames, whole and as a stream cut anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(255), fc.integer({ min: 1000, max: 2 * FRAME_BYTES }), async (size, seed, cut) => {
        const bytes = bytesOf(size, seed);
        const [whole, streamed] = [newKey(), newKey()];
        const chunks = Array.from({ length: Math.ceil(size / cut) }, (_, k) => bytes.subarray(k * cut, (k + 1) * cut));
        expect(await store.put(whole, bytes)).toEqual({ bytes: size });
        expect(await store.put(streamed, Readable.from(chunks))).toEqual({ bytes: size });
        for (const key of [whole, streamed]) {
          expect(bytes.equals(await store.read(key))).toBe(true);
          expect(bytes.equals(await buffer(await store.get(key)))).toBe(true);
          expect(await store.list(`${dirname(key)}/`)).toMatchObject([{ key, bytes: size }]);
          expect((await stat(pathOf(key))).size).toBe(HEADER_BYTES + size + 16 * Math.max(1, Math.ceil(size / FRAME_BYTES)));
        }
      }),
      { numRuns: 20 },
    );
  });

  test("a size has one layout, and no two", () => {
    fc.assert(
      fc.property(fc.nat(5 * FRAME_BYTES), (bytes) => {
        const frames = Math.max(1, Math.ceil(bytes / FRAME_BYTES));
        expect(layoutOf(HEADER_BYTES + bytes + 16 * frames)).toEqual({ frames, bytes });
      }),
    );
    for (const size of [0, HEADER_BYTES, HEADER_BYTES + 15, HEADER_BYTES + SEALED_BYTES + 1, HEADER_BYTES + SEALED_BYTES + 16]) {
      expect(layoutOf(size)).toBeUndefined();
    }
  });

  test("a byte that flips is found, wherever it is", async () => {
    const bytes = bytesOf(FRAME_BYTES + 100, 1);
    const key = newKey();
    await store.put(key, bytes);
    const stored = await readFile(pathOf(key));
    const flip = async (at: number, mask: number) => {
      const changed = Buffer.from(stored);
      changed[at]! ^= mask;
      await writeFile(pathOf(key), changed);
      await expectDamaged(key, bytes);
    };
    for (let at = 0; at < HEADER_BYTES; at++) await flip(at, 1);
    await fc.assert(fc.asyncProperty(fc.integer({ min: HEADER_BYTES, max: stored.length - 1 }), fc.integer({ min: 1, max: 255 }), flip), {
      numRuns: 40,
    });
    await writeFile(pathOf(key), stored);
    expect(bytes.equals(await store.read(key))).toBe(true);
  });

  test("a missing end is found, at the borders of frames too", async () => {
    const key = newKey();
    const bytes = bytesOf(3 * FRAME_BYTES, 2);
    await store.put(key, bytes);
    const stored = await readFile(pathOf(key));
    const borders = [0, 1, 2].flatMap((frames) => [0, 1, 16, 17].map((more) => HEADER_BYTES + frames * SEALED_BYTES + more));
    for (const size of [0, 1, HEADER_BYTES - 1, ...borders, stored.length - 1, stored.length - SEALED_BYTES]) {
      await truncate(pathOf(key), size);
      await expectDamaged(key, bytes);
      await writeFile(pathOf(key), stored);
    }
    for (const tail of [Buffer.alloc(1), Buffer.alloc(16), stored.subarray(HEADER_BYTES, HEADER_BYTES + SEALED_BYTES)]) {
      await writeFile(pathOf(key), Buffer.concat([stored, tail]));
      await expectDamaged(key, bytes);
    }
  });

  test("frames that changed places, or came from another blob, are found; so is a blob under another name", async () => {
    const [key, other] = [newKey(), newKey()];
    // The same plaintext everywhere: only the place is wrong.
    const bytes = Buffer.alloc(3 * FRAME_BYTES, 7);
    await store.put(key, bytes);
    await store.put(other, bytes);
    const stored = await readFile(pathOf(key));
    const foreign = await readFile(pathOf(other));
    const frame = (file: Buffer, k: number) => file.subarray(HEADER_BYTES + k * SEALED_BYTES, HEADER_BYTES + (k + 1) * SEALED_BYTES);
    const header = stored.subarray(0, HEADER_BYTES);
    const wrong = [
      [frame(stored, 1), frame(stored, 0), frame(stored, 2)],
      [frame(stored, 0), frame(stored, 2), frame(stored, 1)],
      [frame(stored, 0), frame(stored, 0), frame(stored, 2)],
      [frame(stored, 0), frame(stored, 2)],
      [frame(stored, 0), frame(foreign, 1), frame(stored, 2)],
      [frame(foreign, 0), frame(foreign, 1), frame(foreign, 2)],
    ];
    for (const frames of wrong) {
      await writeFile(pathOf(key), Buffer.concat([header, ...frames]));
      await expectDamaged(key, bytes);
    }
    await mkdir(dirname(pathOf(key)), { recursive: true });
    await copyFile(pathOf(other), pathOf(key));
    await expectDamaged(key);
    await expect(store.localFile(key)).rejects.toThrow(BlobDamaged);
    await rename(pathOf(key), pathOf(other));
    expect(bytes.equals(await store.read(other))).toBe(true);
  });

  test("what was never encrypted is refused, and can be listed and deleted", async () => {
    const key = newKey();
    for (const content of ["", "plain", "x".repeat(500)]) {
      await plain.put(key, Buffer.from(content));
      await expectDamaged(key);
      await expect(store.localFile(key)).rejects.toThrow(/is no encrypted blob/);
      expect(await store.list(`${dirname(key)}/`)).toHaveLength(1);
    }
    await store.delete(key);
    expect(await store.exists(key)).toBe(false);
  });

  test("another secret opens nothing and says so; a new one can come beside the old", async () => {
    const key = newKey();
    await store.put(key, Buffer.from("kept"));
    const wrong = encryptedBlobStore(plain, "another secret, of 32 characters.");
    await expect(wrong.read(key)).rejects.toThrow(/cannot be opened with this secret/);
    await expect(wrong.get(key)).rejects.toThrow(BlobDamaged);
    const both = encryptedBlobStore(plain, "another secret, of 32 characters.", [secret]);
    expect(Buffer.from(await both.read(key)).toString()).toBe("kept");
    await both.put(key, Buffer.from("anew"));
    expect(Buffer.from(await wrong.read(key)).toString()).toBe("anew");
  });

  test("a store knows at its opening whether the secret is the one that wrote it", async () => {
    const files = await openFileBlobStore(join(folder(), "canary"));
    const right = encryptedBlobStore(files, secret);
    const wrong = encryptedBlobStore(files, "another secret, of 32 characters.");
    const refused = /^the stored files cannot be opened with this secret: [^\n]+$/;
    await checkSecret(right);
    await checkSecret(right);
    await expect(checkSecret(wrong)).rejects.toThrow(refused);
    await right.put("results/1/x", Buffer.from("x"));
    await right.delete("canary/secret");
    await expect(checkSecret(wrong)).rejects.toThrow(ConfigError);
    expect(await files.exists("canary/secret")).toBe(false);
    await checkSecret(right);
    await files.put("canary/secret", Buffer.from("x"));
    await expect(checkSecret(right)).rejects.toThrow(refused);
    await files.deletePrefix("canary/");
    await files.put("datasets/1/data.h5ad", Buffer.from("of a time before encryption"));
    await expect(checkSecret(right)).rejects.toThrow(/datasets\/1\/data\.h5ad is no encrypted blob/);
  });

  test("no plaintext on the disk, and never the same bytes for the same blob", async () => {
    const key = newKey();
    const text = Buffer.from("TP53_distinctive ".repeat(100_000));
    await store.put(key, Readable.from([text]));
    const first = await readFile(pathOf(key));
    expect(first.includes("TP53_distinctive")).toBe(false);
    await store.put(key, text);
    expect(
      (await readFile(pathOf(key))).subarray(HEADER_BYTES, HEADER_BYTES + 64).equals(first.subarray(HEADER_BYTES, HEADER_BYTES + 64)),
    ).toBe(false);
  });

  test("bytes that are put and read whole leave the thread to others in between", async () => {
    // A store that never waits: all turns that others get come from the encryption.
    let stored = new Uint8Array();
    const put: BlobStore["put"] = async (_key, body) => {
      stored = body as Uint8Array<ArrayBuffer>;
      return { bytes: stored.length };
    };
    const memory = encryptedBlobStore({ ...plain, put, read: async () => stored }, secret);
    const bytes = Buffer.alloc(100 * FRAME_BYTES + 1, 5);
    let turns = 0;
    const turn = () => {
      turns++;
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    await memory.put("results/1/x", bytes);
    const whilePut = turns;
    expect(bytes.equals(await memory.read("results/1/x"))).toBe(true);
    clearImmediate(next);
    expect(whilePut).toBeGreaterThanOrEqual(5);
    expect(turns - whilePut).toBeGreaterThanOrEqual(5);
  });

  test.skipIf(process.platform !== "linux")("a stream that nobody reads to its end leaves no file open", async () => {
    const key = newKey();
    await store.put(key, Buffer.alloc(3 * FRAME_BYTES));
    const before = (await readdir("/proc/self/fd")).length;
    for (let k = 0; k < 20; k++) {
      const stream = await store.get(key);
      if (k % 2 === 0) for await (const _ of stream) break;
      else stream.destroy();
    }
    await expect.poll(async () => (await readdir("/proc/self/fd")).length).toBeLessThan(before + 10);
  });
});

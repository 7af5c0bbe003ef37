import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobDamaged, type EncryptedFile, FRAME_BYTES, HEADER_BYTES, SEALED_BYTES, sealFrame } from "@omicselector2/contracts/frames";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ingest } from "../ingest.ts";
import { exportCsv } from "../text/export.ts";
import { FrameReader } from "./encrypted-file.ts";
import { type LayerName, readColumnsInto, readInfo } from "./read.ts";

let folder = "";
let plain = "";
let sealed: EncryptedFile;

/** The frames of a file as a store writes them, behind a header that formats never looks at. */
async function seal(name: string, content: Uint8Array): Promise<EncryptedFile> {
  const path = join(folder, name);
  const dataKey = new Uint8Array(randomBytes(32));
  const frames = Math.max(1, Math.ceil(content.length / FRAME_BYTES));
  const pieces = Array.from({ length: frames }, (_, k) =>
    sealFrame(dataKey, k, content.subarray(k * FRAME_BYTES, (k + 1) * FRAME_BYTES), k === frames - 1 ? content.length : undefined),
  );
  await writeFile(path, Buffer.concat([Buffer.alloc(HEADER_BYTES), ...pieces.flat()]));
  return { path, key: `datasets/${name}`, dataKey };
}

async function valuesOf(data: string | EncryptedFile, layer: LayerName = "X"): Promise<Float32Array> {
  const { n, p } = await readInfo(data, layer);
  const all = new Float32Array(n * p);
  await readColumnsInto(data, layer, undefined, undefined, (j) => all.subarray(j * n, (j + 1) * n));
  return all;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "formats-encrypted-"));
  const header = ["sample", "class", ...Array.from({ length: 3000 }, (_, j) => `GENE_${j}`)].join(",");
  const rows = Array.from({ length: 300 }, (_, i) => {
    const values = Array.from({ length: 3000 }, (_, j) => ((Math.imul(i * 3001 + j, 2654435761) >>> 0) / 1e6).toFixed(2));
    return [`s${i}`, i % 2 === 0 ? "a" : "b", ...values].join(",");
  });
  await writeFile(join(folder, "in.csv"), [header, ...rows].join("\n"));
  plain = join(folder, "data.h5ad");
  await ingest({ input: join(folder, "in.csv"), output: plain });
  sealed = await seal("sealed.h5ad", await readFile(plain));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("an encrypted data.h5ad", () => {
  test("reads as the plain one, and leaves no file behind", async () => {
    const before = await readdir(folder);
    expect(await readInfo(sealed)).toEqual(await readInfo(plain));
    expect(Buffer.from((await valuesOf(sealed)).buffer).equals(Buffer.from((await valuesOf(plain)).buffer))).toBe(true);
    expect(await readdir(folder)).toEqual(before);
    await exportCsv(sealed, join(folder, "sealed.csv"));
    await exportCsv(plain, join(folder, "plain.csv"));
    expect((await readFile(join(folder, "sealed.csv"))).equals(await readFile(join(folder, "plain.csv")))).toBe(true);
  });

  test("is no HDF5 file without its key; plain ones are read before and after as ever", async () => {
    await expect(readInfo(sealed.path)).rejects.toThrow(/HDF5 file cannot be opened/);
    await expect(readInfo({ ...sealed, dataKey: new Uint8Array(32) })).rejects.toThrow(BlobDamaged);
    expect((await readInfo(plain)).n).toBe(300);
    await expect(readInfo(await seal("text", Buffer.from("no HDF5")))).rejects.toMatchObject({ name: "IngestError", code: "truncated" });
  });

  test.skipIf(process.platform !== "linux")("is closed after each reading", async () => {
    const open = async () => (await readdir("/proc/self/fd")).length;
    const before = await open();
    for (let k = 0; k < 20; k++) await readInfo(sealed);
    await expect(readInfo({ ...sealed, dataKey: new Uint8Array(32) })).rejects.toThrow(BlobDamaged);
    expect(await open()).toBe(before);
  });

  test("never gives a wrong value: a byte that flips anywhere among the values is BlobDamaged", async () => {
    const stored = await readFile(sealed.path);
    const right = await valuesOf(plain);
    const copy = { ...sealed, path: join(folder, "changed.h5ad") };
    let found = 0;
    for (let at = HEADER_BYTES + 500; at < stored.length; at += 150_001) {
      const changed = Buffer.from(stored);
      changed[at]! ^= 0x40;
      await writeFile(copy.path, changed);
      const read = await valuesOf(copy).catch((error: Error) => error);
      if (read instanceof Error) {
        expect(read).toBeInstanceOf(BlobDamaged);
        expect(read.message).toContain("blob datasets/sealed.h5ad is damaged");
        found++;
      } else expect(Buffer.from(read.buffer).equals(Buffer.from(right.buffer))).toBe(true);
    }
    expect(found).toBeGreaterThan(15);
  });

  test("a missing end is found when the file is opened, also where only its beginning is asked for", async () => {
    const stored = await readFile(sealed.path);
    for (const size of [0, HEADER_BYTES, HEADER_BYTES + SEALED_BYTES, HEADER_BYTES + 3 * SEALED_BYTES, stored.length - 1]) {
      const path = join(folder, "cut.h5ad");
      await writeFile(path, stored.subarray(0, size));
      await expect(readInfo({ ...sealed, path })).rejects.toThrow(BlobDamaged);
    }
  });
});

test("FrameReader gives any range of any file", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.nat(50), fc.integer({ min: FRAME_BYTES - 2, max: FRAME_BYTES + 2 }), fc.nat(3 * FRAME_BYTES)),
      fc.array(fc.tuple(fc.nat(3 * FRAME_BYTES), fc.nat(2 * FRAME_BYTES)), { minLength: 1, maxLength: 5 }),
      async (size, ranges) => {
        const content = randomBytes(size);
        const file = await seal("any", content);
        const fd = openSync(file.path, "r");
        try {
          const reader = new FrameReader(fd, (await readFile(file.path)).length, file);
          expect(reader.bytes).toBe(size);
          for (const [from, length] of ranges) {
            const out = new Uint8Array(length);
            const got = reader.read(out, from);
            expect(got).toBe(Math.max(0, Math.min(length, size - from)));
            expect(Buffer.from(out.subarray(0, got)).equals(content.subarray(from, from + got))).toBe(true);
          }
        } finally {
          closeSync(fd);
        }
      },
    ),
    { numRuns: 30 },
  );
});

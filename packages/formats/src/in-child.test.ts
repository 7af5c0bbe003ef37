import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ingestInChild } from "./in-child.ts";
import { ingest } from "./ingest.ts";

let folder = "";
let output = "";
const roomy = { memoryMb: 1024, seconds: 50 };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "formats-child-"));
  output = join(folder, "data.h5ad");
});
afterEach(() => rm(folder, { recursive: true }));

/** n samples x p features as CSV, line by line. */
async function* table(n: number, p: number): AsyncIterable<Uint8Array> {
  yield Buffer.from(`id,${Array.from({ length: p }, (_, j) => `g${j}`).join(",")}\n`);
  const cells = Array.from({ length: 1000 }, (_, k) => `,${(k * 0.37).toFixed(2)}`);
  for (let i = 0; i < n; i++) {
    let line = `s${i}`;
    for (let j = 0; j < p; j++) line += cells[(i * 31 + j * 17) % 1000];
    yield Buffer.from(`${line}\n`);
  }
}

/** Lines that never end, slowly. */
async function* endless(): AsyncIterable<Uint8Array> {
  yield Buffer.from("id,g1\n");
  for (let i = 0; ; i++) {
    yield Buffer.from(`s${i},1\n`);
    await sleep(20);
  }
}

test("a stream, a path and a sheet that streams give what ingest gives", async () => {
  const matrix = "id,g1,g2\na,1,2\nb,3,4\n";
  const sheet = "id,class\na,x\nb,y\n";
  const path = join(folder, "in.csv");
  await writeFile(path, matrix);
  const expected = await ingest({ input: path, sheet: Readable.from([Buffer.from(sheet)]), output: join(folder, "other.h5ad") });
  const streamed = await ingestInChild(
    { input: Readable.from([Buffer.from(matrix)]), sheet: Readable.from([Buffer.from(sheet)]), output },
    roomy,
  );
  expect(streamed).toEqual(expected);
  const sheetPath = join(folder, "sheet.csv");
  await writeFile(sheetPath, sheet);
  expect(await ingestInChild({ input: path, sheet: sheetPath, output }, roomy)).toEqual(expected);
  expect((await readdir(folder)).sort()).toEqual(["data.h5ad", "in.csv", "other.h5ad", "sheet.csv"]);
  if (process.platform !== "win32") expect((await stat(output)).mode & 0o777).toBe(0o600);
});

test("an error comes with its place and remedy, and what still arrives is let go", async () => {
  const input = Readable.from(
    (async function* () {
      // the layout is looked for in the first 64 KiB
      yield Buffer.from(`id,g1,g2\na,1,2\nb,3\n${"c,4,5\n".repeat(12_000)}`);
      yield* endless();
    })(),
    { objectMode: false },
  );
  await expect(ingestInChild({ input, output }, roomy)).rejects.toMatchObject({
    name: "IngestError",
    code: "ragged_row",
    row: 3,
    remedy: /cells/,
  });
  expect(input.destroyed).toBe(true);
  expect(await readdir(folder)).toEqual([]);
});

test("memory stays at one float32 matrix and 300 MB", async () => {
  const [n, p] = [2500, 4000];
  const matrixMb = (4 * n * p) / 2 ** 20;
  const report = await ingestInChild({ input: table(n, p), output }, { memoryMb: matrixMb + 300, seconds: 50 });
  expect([report.n, report.p]).toEqual([n, p]);
});

test("past its memory it is killed, and nothing is left behind", async () => {
  await expect(ingestInChild({ input: table(2500, 4000), output }, { memoryMb: 90, seconds: 50 })).rejects.toMatchObject({
    code: "memory_limit",
    remedy: /Filter/,
  });
  expect(await readdir(folder)).toEqual([]);
});

test("past its time it is killed, and nothing is left behind", async () => {
  const start = performance.now();
  await expect(ingestInChild({ input: endless(), output }, { memoryMb: 1024, seconds: 1 })).rejects.toMatchObject({ code: "time_limit" });
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(existsSync(output)).toBe(false);
});

test("an upload that breaks off, and a caller that gives up, end it", async () => {
  const broken = new PassThrough();
  broken.write("id,g1\na,1\n");
  setTimeout(() => broken.destroy(), 50);
  await expect(ingestInChild({ input: broken, output }, roomy)).rejects.toMatchObject({ code: "truncated" });
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("not wanted any more")), 50);
  await expect(ingestInChild({ input: endless(), output }, roomy, stop.signal)).rejects.toThrow("not wanted any more");
  expect(await readdir(folder)).toEqual([]);
});

test("a damaged HDF5 file is the fault of the file, wherever the damage lies", async () => {
  await ingest({ input: Readable.from([Buffer.from("id,class,g1,g2\na,x,1,2\nb,y,3,4\n")]), output });
  const whole = await readFile(output);
  const damaged = join(folder, "damaged.h5ad");
  const codes: string[] = [];
  for (let part = 0; part < 8; part++) {
    const bytes = Buffer.from(whole);
    for (let at = 96 + part; at < bytes.length; at += 97) bytes[at] = 0xff;
    await writeFile(damaged, bytes);
    const fault = await ingestInChild({ input: damaged, output: join(folder, "other.h5ad") }, roomy).catch((error) => error);
    codes.push(fault.code);
  }
  for (const code of codes) expect(["h5ad_layout", "truncated"]).toContain(code);
});

import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  blobKeys,
  createInProcessQueue,
  createMemoryCache,
  createMemoryEventBus,
  createMemoryRateCounter,
  openFileBlobStore,
  queueNames,
} from "../src/index.ts";
import { blobStoreContract } from "./contracts/blob-store.ts";
import { cacheContract } from "./contracts/cache.ts";
import { eventBusContract } from "./contracts/event-bus.ts";
import { jobQueueContract, workbench } from "./contracts/job-queue.ts";
import { rateCounterContract } from "./contracts/rate-counter.ts";
import { temporaryFolder } from "./database.ts";

const folder = temporaryFolder();

blobStoreContract("files", async () => ({ store: await openFileBlobStore(join(folder(), "contract")), close: async () => undefined }));
jobQueueContract("in process", async () => createInProcessQueue());
eventBusContract("memory", async () => createMemoryEventBus());
cacheContract("memory", async () => createMemoryCache());
rateCounterContract("memory", async () => createMemoryRateCounter());

test("files: what a crash left half written goes at the next start; folders do not pile up", async () => {
  const root = join(folder(), "files");
  await mkdir(join(root, ".tmp"), { recursive: true });
  await writeFile(join(root, ".tmp", "half"), "ha");
  const store = await openFileBlobStore(root);
  expect(await readdir(join(root, ".tmp"))).toEqual([]);
  await store.put("results/1/a", Buffer.from("x"));
  if (process.platform !== "win32") expect((await stat(join(root, "results", "1", "a"))).mode & 0o077).toBe(0);
  await store.put("results/2/a", Buffer.from("x"));
  await store.delete("results/1/a");
  await store.deletePrefix("results/2/");
  expect(await readdir(root)).toEqual([".tmp"]);
});

test("keys of checkpoints stand for any unit id and output, and for one only", async () => {
  const store = await openFileBlobStore(join(folder(), "keys"));
  const ids = ["lasso/0", "lasso_0", "LASSO/0", "ü", "x".repeat(255)];
  const hashes = ["a".repeat(64), "b".repeat(64)];
  for (const id of ids) {
    for (const hash of hashes) await store.put(blobKeys.checkpoint("1", id, hash), Buffer.from(id));
  }
  expect(await store.list(blobKeys.checkpointPrefix("1"))).toHaveLength(ids.length * hashes.length);
});

test("in process: reports what work throws; a queue has one listener", async () => {
  const errors: string[] = [];
  const queue = createInProcessQueue({ onError: (jobId, error) => errors.push(`${jobId} ${(error as Error).message}`) });
  const work = async () => {
    throw new Error("broke");
  };
  await queue.listen(queueNames, work, 1);
  await expect(queue.listen(["default"], work, 1)).rejects.toThrow(/listens to default already/);
  await queue.send("default", { jobId: "b", range: 0 }, 0);
  await queue.close();
  expect(errors).toEqual(["b broke"]);
});

test("in process: a range sent while it runs is worked on once more afterwards", async () => {
  const queue = createInProcessQueue();
  const bench = workbench();
  await queue.listen(queueNames, bench.work, 2);
  const message = { jobId: "a", range: 0 };
  await queue.send("default", message, 0);
  await queue.send("default", message, 0);
  expect([bench.begun, (await queue.depth()).default]).toEqual([["a/0"], { waiting: 1, active: 1 }]);
  bench.finish("a/0");
  await expect.poll(() => bench.begun).toEqual(["a/0", "a/0"]);
  await queue.close();
});

test("memory: the cache drops what was used longest ago", async () => {
  const cache = createMemoryCache(2);
  await cache.set("a", "1", 60);
  await cache.set("b", "2", 60);
  await cache.get("a");
  await cache.set("c", "3", 60);
  expect([await cache.get("a"), await cache.get("b"), await cache.get("c")]).toEqual(["1", undefined, "3"]);
});

test("memory: windows that have ended make room first, then the oldest", async () => {
  let now = 0;
  const rates = createMemoryRateCounter(10, () => now);
  await rates.hit("old", 1000);
  for (let i = 0; i < 9; i++) await rates.hit(`short ${i}`, 10);
  now = 20;
  await rates.hit("new", 1000);
  expect(await rates.hit("old", 1000)).toEqual({ count: 2, resetMs: 980 });
  for (let i = 0; i < 20; i++) await rates.hit(`flood ${i}`, 1000);
  expect((await rates.hit("old", 1000)).count).toBe(1);
});

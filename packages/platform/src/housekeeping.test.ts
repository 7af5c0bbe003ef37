import { randomUUID } from "node:crypto";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { someDataset, someUser, temporaryFolder, testDatabase } from "../test/database.ts";
import { blobKeys, openFileBlobStore } from "./adapters/index.ts";
import { keepHouse, startHousekeeping } from "./housekeeping.ts";
import type { BlobStore } from "./ports/blob-store.ts";
import { findDataset } from "./stores/datasets.ts";
import { reserveKey } from "./stores/idempotency.ts";

const folder = temporaryFolder();
const database = testDatabase();
let blobs: BlobStore;
beforeAll(async () => {
  blobs = await openFileBlobStore(join(folder(), "blobs"));
});
const house = () => ({ database: database(), blobs });

test("what nobody works on any more fails or goes; what somebody may be at just now stays", async () => {
  const user = await someUser(database());
  const [stale, fresh] = [
    await someDataset(database(), user.id, { status: "ingesting", createdAt: new Date(Date.now() - 7 * 3600_000) }),
    await someDataset(database(), user.id, { status: "ingesting" }),
  ];
  const key = (name: string) => ({ userId: user.id, route: "POST /jobs", key: name });
  for (const name of ["old", "new"]) await reserveKey(database().db, key(name), "body");
  await database().pool.query("update idempotency_keys set expires_at = now() - interval '1 second' where key = 'old'");
  expect(await keepHouse(house())).toMatchObject({ ingestsFailed: 1 });
  const status = async (id: string) => (await findDataset(database().db, id))!.status;
  expect([await status(stale.id), await status(fresh.id)]).toEqual(["failed", "ingesting"]);
  const { rows } = await database().pool.query("select key from idempotency_keys where user_id = $1", [user.id]);
  expect(rows).toEqual([{ key: "new" }]);
});

test("orphans go when all of them are older than a day; blobs with a row never", async () => {
  const user = await someUser(database());
  const dataset = await someDataset(database(), user.id);
  const [old, young, half] = [randomUUID(), randomUUID(), randomUUID()] as const;
  const kept = blobKeys.dataset(dataset.id);
  const keys = [kept, blobKeys.dataset(old), blobKeys.dataset(young), blobKeys.upload(old)];
  const parts = [`${blobKeys.resultPrefix(half)}a`, `${blobKeys.resultPrefix(half)}b`];
  for (const key of [...keys, ...parts]) await blobs.put(key, Buffer.from("x"));
  const yesterday = new Date(Date.now() - 25 * 3600_000);
  for (const key of [kept, blobKeys.dataset(old), blobKeys.upload(old), parts[0]!])
    await utimes(join(folder(), "blobs", key), yesterday, yesterday);
  expect((await keepHouse(house()))!.blobsSwept).toBe(2);
  const left = await Promise.all([...keys, ...parts].map((key) => blobs.exists(key)));
  expect(left).toEqual([true, false, true, false, true, true]);
});

test("a store that does not know the age of its blobs loses none", async () => {
  const key = blobKeys.dataset(randomUUID());
  await blobs.put(key, Buffer.from("x"));
  const ageless: BlobStore = {
    ...blobs,
    list: async (prefix) => (await blobs.list(prefix)).map(({ key: k, bytes }) => ({ key: k, bytes })),
  };
  expect((await keepHouse({ database: database(), blobs: ageless }))!.blobsSwept).toBe(0);
  expect(await blobs.exists(key)).toBe(true);
});

test("rounds come again after one that failed, and end with stop", async () => {
  let rounds = 0;
  const failing = {
    db: database().db,
    unhurried: async () => {
      rounds++;
      throw new Error("the database is away");
    },
  };
  const errors: unknown[] = [];
  const housekeeping = startHousekeeping({ database: failing, blobs }, (error) => errors.push(error), 20);
  await expect.poll(() => rounds).toBeGreaterThan(2);
  await housekeeping.stop();
  const after = rounds;
  await new Promise((next) => setTimeout(next, 100));
  expect([rounds, errors.length]).toEqual([after, after]);
});

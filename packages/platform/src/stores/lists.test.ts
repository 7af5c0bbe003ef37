import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { someDataset, someJob, someUser, testDatabase } from "../../test/database.ts";
import type { Dataset, User } from "../schema.ts";
import { listDatasets } from "./datasets.ts";
import { type ListedJob, listJobs } from "./job-lists.ts";
import { cancelJob } from "./jobs.ts";
import { CursorError } from "./paging.ts";
import { listUsers } from "./users.ts";

const database = testDatabase();
const rows = 23;
let user: User;
let expected: ListedJob[];

beforeAll(async () => {
  user = await someUser(database());
  await someJob(database(), (await someUser(database())).id);
  for (let i = 0; i < rows; i++) {
    const job = await someJob(database(), user.id);
    if (i % 5 === 0) await cancelJob(database().db, job.id);
  }
  // Three at the same instant each, so that only the id can put them in order.
  await database().pool.query(
    "update jobs set created_at = timestamptz '2026-01-01' + make_interval(secs => n / 3) from (select id, row_number() over (order by id) as n from jobs) as numbered where numbered.id = jobs.id",
  );
  expected = (await listJobs(database().db, user.id, { page: 1, size: 100 })).items;
});

describe("listJobs", () => {
  test("holds the user's own, newest first", () => {
    expect(expected).toHaveLength(rows);
    for (let i = 1; i < rows; i++) {
      const [a, b] = [expected[i - 1]!, expected[i]!];
      expect(a.createdAt > b.createdAt || (+a.createdAt === +b.createdAt && a.id > b.id)).toBe(true);
    }
  });

  test("pages of any size, by number or by cursor, hold each row once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.boolean(), async (size, byCursor) => {
        const seen: string[] = [];
        let cursor: string | null = null;
        for (let page = 1; ; page++) {
          const got = await listJobs(
            database().db,
            user.id,
            byCursor ? { page: 1, size, ...(cursor === null ? {} : { cursor }) } : { page, size },
          );
          expect(got.total).toBe(rows);
          seen.push(...got.items.map((job) => job.id));
          cursor = got.cursor;
          if (byCursor ? cursor === null : got.items.length === 0) break;
        }
        expect(seen).toEqual(expected.map((job) => job.id));
      }),
      { numRuns: 12 },
    );
  });

  test("filters, and counts what the filter leaves", async () => {
    const cancelled = await listJobs(database().db, user.id, { page: 1, size: 2, filters: { status: "cancelled" } });
    expect([cancelled.items.length, cancelled.total]).toEqual([2, 5]);
    expect((await listJobs(database().db, user.id, { page: 1, size: 2, filters: { jobType: "benchmarking" } })).total).toBe(0);
  });

  test("sorts the other way round", async () => {
    const oldest = await listJobs(database().db, user.id, { page: 1, size: 100, sort: "created_at" });
    expect(oldest.items.map((job) => job.id)).toEqual(expected.map((job) => job.id).reverse());
    expect(oldest.cursor).toBeNull();
  });

  test("refuses pages that are none and cursors that it did not make", async () => {
    const list = (request: { page: number; size: number; cursor?: string; sort?: "created_at" }) =>
      listJobs(database().db, user.id, request);
    await expect(list({ page: 0, size: 10 })).rejects.toThrow(/page/);
    await expect(list({ page: 1, size: 101 })).rejects.toThrow(/size/);
    for (const cursor of ["", "x", Buffer.from("2026-99-01T00:00:00.000Z ' or 1=1").toString("base64url")]) {
      await expect(list({ page: 1, size: 10, cursor })).rejects.toThrow(CursorError);
    }
    const { cursor } = await list({ page: 1, size: 10 });
    await expect(list({ page: 1, size: 10, cursor: cursor!, sort: "created_at" })).rejects.toThrow(CursorError);
  });
});

test("listDatasets filters by type, state and a part of the name, taken literally", async () => {
  const owner = await someUser(database());
  const make = async (name: string, more: Partial<Dataset> = {}) => {
    await someDataset(database(), owner.id, { name, ...more });
    // newest first: two of one tick would stand in the order of their random ids
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await make("TCGA_BLCA", { nSamples: 412 });
  await make("tcga 100%", { dataType: "mirna", nSamples: 5 });
  await make("other", { status: "ingesting", nSamples: 50 });
  const names = async (request: Partial<Parameters<typeof listDatasets>[2]>) =>
    (await listDatasets(database().db, owner.id, { page: 1, size: 50, ...request })).items.map((dataset) => dataset.name);
  expect(await names({})).toEqual(["other", "tcga 100%", "TCGA_BLCA"]);
  expect(await names({ filters: { name: "tcga" }, sort: "n_samples" })).toEqual(["tcga 100%", "TCGA_BLCA"]);
  expect(await names({ filters: { name: "%" } })).toEqual(["tcga 100%"]);
  expect(await names({ filters: { name: "_" } })).toEqual(["TCGA_BLCA"]);
  expect(await names({ filters: { status: "ingesting" } })).toEqual(["other"]);
  expect(await names({ filters: { dataType: "mirna" } })).toEqual(["tcga 100%"]);
});

test("listUsers pages and filters", async () => {
  const first = await listUsers(database().db, { page: 1, size: 1 });
  const next = await listUsers(database().db, { page: 1, size: 1, cursor: first.cursor! });
  expect(next.items[0]!.id).not.toBe(first.items[0]!.id);
  expect(next.total).toBe(first.total);
  expect((await listUsers(database().db, { page: 1, size: 1, role: "admin" })).total).toBe(0);
});

import { expect, test } from "vitest";
import { together } from "./together.ts";

/** Counts its queries; rows of even numbers are not there. */
function counting() {
  const queries: string[][] = [];
  const find = together(async (keys) => {
    queries.push(keys);
    await Promise.resolve();
    if (keys.includes("broken")) throw new Error("the database is away");
    return new Map(keys.filter((key) => Number(key) % 2 === 1).map((key) => [key, `row ${key} of query ${queries.length}`]));
  });
  return { queries, find };
}

test("who asks in one turn shares a query, each gets its own row", async () => {
  const { queries, find } = counting();
  expect(await Promise.all(["1", "2", "3", "1"].map(find))).toEqual([
    "row 1 of query 1",
    undefined,
    "row 3 of query 1",
    "row 1 of query 1",
  ]);
  expect(queries).toEqual([["1", "2", "3"]]);
});

test("nothing is kept: who asks later is answered by a later query", async () => {
  const { queries, find } = counting();
  const first = find("1");
  await new Promise((resolve) => setImmediate(resolve));
  // The first query is under way; what it has read may be older than this question.
  const second = find("1");
  expect([await first, await second]).toEqual(["row 1 of query 1", "row 1 of query 2"]);
  expect(queries).toHaveLength(2);
});

test("a query that fails fails for those who share it, and for nobody else", async () => {
  const { find } = counting();
  const shared = await Promise.allSettled(["broken", "1"].map(find));
  expect(shared.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await find("1")).toBe("row 1 of query 2");
});

test("hundreds are split over queries of bounded length", async () => {
  const { queries, find } = counting();
  const rows = await Promise.all(Array.from({ length: 450 }, (_, i) => find(String(2 * i + 1))));
  expect(rows.every((row, i) => row?.startsWith(`row ${2 * i + 1} `))).toBe(true);
  expect(queries.map((keys) => keys.length)).toEqual([200, 200, 50]);
});

import { expect, test } from "vitest";
import { UnitStarts } from "./unit-starts.ts";

async function handOut(count: number, eachMs: number, atOnce: number): Promise<{ order: number[]; batches: number[] }> {
  const batches: number[] = [];
  const order: number[] = [];
  let now = 0;
  const begin = async (units: readonly number[]) => {
    batches.push(units.length);
    expect(order.length, "told before the first is handed out").toBeLessThanOrEqual(units[0]!);
  };
  const starts = new UnitStarts(
    Array.from({ length: count }, (_, i) => i),
    { atOnce, begin, now: () => now },
  );
  for (let unit = await starts.next(); unit !== undefined; unit = await starts.next()) {
    order.push(unit);
    now += eachMs;
  }
  return { order, batches };
}

test("all are handed out in order; many at once when they are quick, as many as threads when they are not", async () => {
  const quick = await handOut(1000, 1, 2);
  expect(quick.order).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(quick.batches.length).toBeLessThan(12);
  expect(Math.max(...quick.batches)).toBeLessThanOrEqual(256);
  expect((await handOut(20, 5000, 2)).batches).toEqual(Array(10).fill(2));
  expect(await handOut(0, 1, 2)).toEqual({ order: [], batches: [] });
});

test("units that become dear make batches small again", async () => {
  const { batches } = await handOut(600, 10, 1);
  expect(Math.max(...batches)).toBeLessThanOrEqual(64);
});

test("who asks while a batch begins waits for it; nothing is handed out when it fails", async () => {
  const begun = Promise.withResolvers<void>();
  const starts = new UnitStarts([1, 2], { atOnce: 2, begin: () => begun.promise });
  const both = Promise.all([starts.next(), starts.next(), starts.next()]);
  begun.resolve();
  expect((await both).toSorted()).toEqual([1, 2, undefined]);
  const failing = new UnitStarts([1], { atOnce: 1, begin: () => Promise.reject(new Error("gone")) });
  await expect(failing.next()).rejects.toThrow("gone");
});

import type { Unit } from "@omicselector2/engine";
import { expect, test } from "vitest";
import { Progress } from "./progress.ts";
import { Writes } from "./writes.ts";

const unit = (id: string, cost: number) => ({ id, cost, label: id }) as Unit;

test("the time left goes by cost, not by number", () => {
  const [cheap, dear] = [unit("cheap", 1), unit("dear", 9)];
  const seen: unknown[] = [];
  let now = 0;
  const progress = new Progress(
    (each) => seen.push(each),
    5,
    [cheap, dear],
    () => now,
  );
  progress.start("begin");
  now = 2000;
  progress.unitDone(cheap);
  now = 20_000;
  progress.unitDone(dear);
  expect(seen).toEqual([
    { done: 3, total: 5, etaSeconds: null, message: "begin" },
    { done: 4, total: 5, etaSeconds: 18, message: "cheap" },
    { done: 5, total: 5, etaSeconds: 0, message: "dear" },
  ]);
});

test("so many writes at a time, and a failed one is told to the next who waits", async () => {
  const writes = new Writes();
  const pending = Array.from({ length: 64 }, () => Promise.withResolvers<void>());
  for (const { promise } of pending) writes.add(promise);
  let room = false;
  const waiting = writes.room().then(() => {
    room = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(room).toBe(false);
  pending[7]!.resolve();
  await waiting;
  pending[8]!.reject(new Error("disk full"));
  for (const { resolve } of pending) resolve();
  await expect(writes.all()).rejects.toThrow("disk full");
});

import { expect, test } from "vitest";
import { classTarget, testThread } from "../../test/thread.ts";
import { denseTable } from "./held-out.ts";

/** Sample 4 is held out; its value of `complete` is missing, where no training sample has a gap. */
const thread = testThread(
  [
    [10, 11, 12, 19, Number.NaN],
    [1, Number.NaN, 3, 8, Number.NaN],
  ].map((values) => Float64Array.from(values)),
  ["complete", "gappy"],
  classTarget(Int32Array.from([0, 1, 0, 1, 0])),
);
const train = { rows: Uint32Array.from([0, 1, 2, 3]), counts: Uint32Array.from([1, 1, 1, 1]) };
const held = Uint32Array.from([4]);

test.each([
  ["median", 11.5, 3],
  ["mean", 13, 4],
  ["none", 11.5, 3],
] as const)("a held-out gap gets what the training part says, also where that has none itself: %s", (impute, complete, gappy) => {
  const { columns } = denseTable(thread, train, impute, held, [0, 1]);
  expect(columns.map((values) => values[0])).toEqual([complete, gappy]);
});

test("nearest neighbours fill it from the training part as well", () => {
  const [complete] = denseTable(thread, train, "knn", held, [0, 1]).columns;
  expect(complete![0]).toBeGreaterThanOrEqual(10);
  expect(complete![0]).toBeLessThanOrEqual(19);
});

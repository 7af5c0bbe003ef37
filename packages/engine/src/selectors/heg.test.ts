import { expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/heg/agreement.ts";
import { classTarget, featureNames, rank, testThread } from "../../test/thread.ts";
import { heg } from "./heg.ts";

test.each(agreements())("$oracle: $quantity, $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

test("values that are missing do not count, and constant features are not selected", () => {
  const nan = Number.NaN;
  const thread = testThread(
    [
      [9, 9, 9, 9],
      [nan, 8, 6, nan],
      [1, 2, 30, 0],
    ],
    featureNames(3),
    classTarget([0, 1, 0, 1]),
  );
  const got = rank(heg, thread);
  expect(got.features).toEqual([2, 1]);
  expect(got.scores).toEqual([8.25, 7]);
  expect(got.notes).toEqual(["2 of 3 features vary; constant ones are not selected."]);
});

import { expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/impute_knn/agreement.ts";
import { classTarget, draw, featureNames, testThread, withPart } from "../../test/thread.ts";

test.each(agreements())("$oracle: $quantity, $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

test("samples outside the part are no neighbours", () => {
  const gap = [Number.NaN, 1, 2, 3, 4, 5, 6, 700];
  const near = [0, 9, 9, 9, 9, 9, 9, 0];
  const thread = testThread([gap, near], featureNames(2), classTarget([0, 1, 0, 1, 0, 1, 0, 1]));
  const filled = (samples: number) => withPart(thread, (part) => part.column(0)[0], draw(samples), "knn");
  expect(filled(7)).toBe(3);
  expect(filled(8)).toBe((700 + 1 + 2 + 3 + 4) / 5);
});

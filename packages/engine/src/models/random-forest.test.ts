import { expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/model_random_forest/agreement.ts";

test.each(agreements())("$inputs, $quantity: $deviation", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

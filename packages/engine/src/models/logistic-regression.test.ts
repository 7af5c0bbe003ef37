import { expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/model_logistic_regression/agreement.ts";

test.each(agreements())("$quantity: $deviation", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

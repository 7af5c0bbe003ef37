import { expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/covariates/agreement.ts";

test.each(agreements())("$quantity as $oracle, $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

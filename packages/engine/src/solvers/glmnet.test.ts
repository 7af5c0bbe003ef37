import { describe, expect, test } from "vitest";
import { WITHOUT_DATA } from "../../../../fixtures/data.ts";
import { agreements as elasticNet } from "../../../../fixtures/oracles/elastic_net/agreement.ts";
import { agreements as lasso } from "../../../../fixtures/oracles/lasso/agreement.ts";
import { agreements as weighted } from "../../../../fixtures/oracles/weights/agreement.ts";
import { publicCase } from "../../../../fixtures/public-cases.ts";

const missing = publicCase("alon_colon") === undefined;

describe.each([lasso, elasticNet])("penalised paths against glmnet", (agreements) => {
  const rows = agreements();
  test.skipIf(missing)(missing ? WITHOUT_DATA : "every quantity, on four public data sets", () => {
    expect(rows).toHaveLength(7);
    for (const row of rows) expect(row.inputs.split("), ")).toHaveLength(4);
  });
  test.each(rows)("$method: $quantity", ({ deviation, tolerance }) => {
    expect(deviation).toBeLessThanOrEqual(tolerance);
  });
});

test.each(weighted())("$oracle: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

import { expect, test } from "vitest";
import { oracle } from "../../../fixtures/data.ts";
import { agreements } from "../../../fixtures/oracles/stability/agreement.ts";
import { cohort, type Figures, select, tallyOf } from "../../../fixtures/oracles/stability/simulate.ts";

test.each(agreements())("$quantity: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

test.each(["subsample", "complementary_pairs"] as const)("%s: the first 12 cohorts again", (scheme) => {
  const seen = oracle<Figures>("stability", "figures.json").rows.find((row) => row.scheme === scheme && row.threshold === 0.6)!;
  const setting = { scheme, threshold: 0.6, methods: ["lasso"] };
  const tally = tallyOf(Array.from({ length: 12 }, (_, seed) => select(cohort(seed), setting, seed)));
  expect(tally.false_selections).toBeLessThanOrEqual(seen.pfer! + 2 * tally.false_error);
  // 4 standard errors of a mean over 12 cohorts
  expect(Math.abs(tally.power - seen.ours.power)).toBeLessThan(4 * seen.ours.power_error * Math.sqrt(200 / 12));
});

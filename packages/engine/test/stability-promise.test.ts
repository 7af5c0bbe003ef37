import { expect, test } from "vitest";
import { oracle } from "../../../fixtures/data.ts";
import { agreements, isPromised } from "../../../fixtures/oracles/stability/agreement.ts";
import { cohort, type FigureRow, type Figures, select, type Tally, tallyOf } from "../../../fixtures/oracles/stability/simulate.ts";

test.each(agreements())("$quantity: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const { rows, cohorts } = oracle<Figures>("stability", "figures.json");

test.each(["subsample", "complementary_pairs"] as const)("%s: the first 12 cohorts again", (scheme) => {
  const seen = rows.find((row) => row.scheme === scheme && row.threshold === 0.6)!;
  const tally = again(seen, 12);
  expect(tally.false_selections).toBeLessThanOrEqual(seen.pfer! + 2 * tally.false_error);
});

test("200 cohorts; bootstrap, both ensembles and Boruta stand beside the peer without a guarantee", () => {
  expect(cohorts).toBe(200);
  const reported = rows.filter((row) => !isPromised(row));
  expect(reported.map(({ methods, scheme }) => [methods, scheme])).toEqual([
    ["lasso", "bootstrap"],
    ["lasso, t_test, mrmr", "subsample"],
    ["lasso, t_test, mrmr", "complementary_pairs"],
    ["boruta", null],
  ]);
  for (const { ours, peer } of reported) for (const { power_error } of [ours, peer]) expect(power_error).toBeGreaterThan(0);
});

test.each(rows.filter(({ pfer }) => pfer !== null))("$methods, $scheme, $threshold: no more than the engine states", ({ pfer, ours }) => {
  expect(ours.false_selections).toBeLessThanOrEqual(pfer! + 2 * ours.false_error);
});

test.each(rows.filter((row) => !isPromised(row)))("$methods, $scheme: the first 6 cohorts again", (seen) => {
  again(seen, 6);
});

/** The first cohorts selected again, their power as it was seen. */
function again(seen: FigureRow, count: number): Tally {
  const tally = tallyOf(Array.from({ length: count }, (_, seed) => select(cohort(seed), seen, seed)));
  // 4 standard errors of a mean over so few cohorts
  expect(Math.abs(tally.power - seen.ours.power)).toBeLessThan(4 * seen.ours.power_error * Math.sqrt(cohorts / count));
  return tally;
}

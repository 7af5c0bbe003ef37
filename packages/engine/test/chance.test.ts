import { describe, expect, test } from "vitest";
import { selectors } from "../src/selectors/registry.ts";
import { answer, type Cohort, cohortOf, shuffled, standardised, targetIn } from "./property-cohort.ts";
import { propertiesOf, steadyOptions } from "./selector-properties.ts";

/*
 * 60 samples, 200 features of equal mean and variance of which 10 tell the target, 10 to be selected. With the labels shuffled the ten are
 * as good as any others: of k selected features 10 k / p are among them on average, within 4 standard errors of the mean over shuffles.
 * The standard error is the larger of that seen and of drawing k out of p blindly: the ten correlate with each other, so that they
 * come and go together, and a method that selects little may never vary.
 */
const n = 60;
const p = 200;
const planted = 10;
const k = 10;
const STANDARD_ERRORS = 4;

const cases = selectors
  .flatMap((selector) => selector.tasks.map((task) => ({ id: selector.id, task, selector, traits: propertiesOf(selector, task) })))
  .filter(({ task }) => task !== "unsupervised");

describe.each(cases)("$id, $task", ({ selector, task, traits }) => {
  const cohort = standardised(cohortOf({ task, n, p, planted, effect: task === "multiclass" ? 1.8 : 1.3, seed: 11 }));
  const strong = new Set(cohort.names.slice(0, planted));
  const options = traits.light ?? steadyOptions(traits);
  const shuffles = traits.fixed === null ? 10 : 16;
  const select = (each: Cohort) => {
    const { names } = answer(selector, each, { options, nFeatures: k });
    return { hits: names.filter((name) => strong.has(name)).length, count: names.length };
  };

  test("finds what tells the target", () => {
    const { hits, count } = select(cohort);
    expect(count).toBeGreaterThan(0);
    expect(hits, `of ${count}`).toBeGreaterThanOrEqual(Math.max(2, 0.5 * count));
  });

  test("selects at chance when the labels are shuffled", () => {
    const seen = Array.from({ length: shuffles }, (_, b) => select(targetIn(shuffled(n, b, "labels"), cohort)));
    const share = planted / p;
    const excess = seen.map(({ hits, count }) => hits - share * count);
    const mean = excess.reduce((a, b) => a + b, 0) / shuffles;
    const within = excess.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (shuffles - 1);
    const blind = seen.reduce((sum, { count }) => sum + (count * share * (1 - share) * (p - count)) / (p - 1), 0) / shuffles;
    const allowed = STANDARD_ERRORS * Math.sqrt(Math.max(within, blind) / shuffles);
    expect(Math.abs(mean) <= allowed, `${mean} more of the ten a shuffle than by chance, allowed ${allowed}`).toBe(true);
  });
});

import { describe, expect, test } from "vitest";
import { selectors } from "../src/selectors/registry.ts";
import { answer, type Cohort, cohortOf, columnsIn, rowsIn, shuffled } from "./property-cohort.ts";
import { propertiesOf } from "./selector-properties.ts";

/*
 * Methods that draw random numbers draw them by place, so that another order of samples or columns gives another answer.
 * Over seeds the answers must have the same distribution: the mean rank of every feature agrees within 4.5 standard errors of the
 * difference: by chance one comparison in 5,000 would not (t, 22 degrees of freedom). The seeds are fixed.
 */
const SEEDS = 12;
const STANDARD_ERRORS = 4.5;
const planted = 3;
const shape = { n: 42, p: 10, planted, effect: 2, seed: 5 };

interface MeanRank {
  readonly mean: number;
  /** squared standard error of the mean */
  readonly error: number;
}

/** Of each feature over the seeds; features not returned share the middle of the ranks left over. */
function meanRanks(names: readonly string[], answers: readonly (readonly string[])[]): MeanRank[] {
  return names.map((name) => {
    const ranks = answers.map((list) => {
      const at = list.indexOf(name);
      return at < 0 ? (list.length + 1 + names.length) / 2 : at + 1;
    });
    const mean = ranks.reduce((a, b) => a + b, 0) / ranks.length;
    const variance = ranks.reduce((sum, rank) => sum + (rank - mean) ** 2, 0) / (ranks.length - 1);
    return { mean, error: variance / ranks.length };
  });
}

/** The features of the smallest mean ranks. */
function strongest(names: readonly string[], ranks: readonly MeanRank[]): string[] {
  const order = [...names.keys()].sort((a, b) => ranks[a]!.mean - ranks[b]!.mean);
  return order.slice(0, planted).map((j) => names[j]!);
}

const cases = selectors
  .flatMap((selector) => selector.tasks.map((task) => ({ id: selector.id, task, selector, traits: propertiesOf(selector, task) })))
  .filter(({ traits, task }) => traits.drawn !== undefined && task !== "unsupervised");

describe.each(cases)("$id, $task", ({ selector, task, traits }) => {
  const cohort = cohortOf({ ...shape, task });
  const over = (each: Cohort, first: number) =>
    Array.from({ length: SEEDS }, (_, s) => answer(selector, each, { options: traits.drawn!, seed: first + s }).names);
  const straight = meanRanks(cohort.names, over(cohort, 1));

  test.each([
    ["samples", rowsIn(shuffled(shape.n, 8), cohort)],
    ["columns", columnsIn(shuffled(shape.p, 9), cohort)],
  ])("the order of the %s leaves the distribution of the ranks alone", (_, other) => {
    const turned = meanRanks(cohort.names, over(other, 1001));
    straight.forEach((one, j) => {
      const two = turned[j]!;
      const allowed = STANDARD_ERRORS * Math.sqrt(one.error + two.error);
      const what = `mean rank of ${cohort.names[j]}: ${one.mean} and ${two.mean}, allowed difference ${allowed}`;
      expect(Math.abs(one.mean - two.mean) <= allowed, what).toBe(true);
    });
    expect(strongest(cohort.names, turned).sort()).toEqual(strongest(cohort.names, straight).sort());
  });

  test("the planted features are the strongest", () => {
    const found = strongest(cohort.names, straight).filter((name) => cohort.names.indexOf(name) < planted);
    expect(found.length).toBeGreaterThanOrEqual(traits.dropsCopies ? planted - 1 : planted);
  });
});

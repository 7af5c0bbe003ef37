import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { selectors } from "../src/selectors/registry.ts";
import type { Task } from "../src/target.ts";
import { expectClose } from "./close.ts";
import { type Answer, answer, type Cohort, cohortOf, columnsIn, rowsIn, shuffled, targetIn } from "./property-cohort.ts";
import { type Change, properties, propertiesOf, steadyOptions } from "./selector-properties.ts";
import { draw } from "./thread.ts";

/** Few runs, the same ones every time: what they find must not depend on the day. Raise them when a method is new. */
const check = { numRuns: 3, seed: 20 };
const seeds = fc.integer({ min: 0, max: 2 ** 40 });
const shapes = fc.record({ n: fc.integer({ min: 24, max: 45 }), p: fc.integer({ min: 6, max: 12 }), seed: seeds });
const cohortIn = (task: Task, shape: { n: number; p: number; seed: number }, effect = 1.5) =>
  cohortOf({ ...shape, task, planted: 3, effect });

const cases = selectors.flatMap((selector) =>
  selector.tasks.map((task) => ({ id: selector.id, task, selector, traits: propertiesOf(selector, task) })),
);

function expectSame(got: Answer, expected: Answer, scores = true): void {
  expect(got.names).toEqual(expected.names);
  if (!scores) return;
  got.names.forEach((name, i) => {
    expectClose(got.scores[i]!, expected.scores[i]!, 1e-9, `score of ${name}`);
  });
}

describe("the table of properties", () => {
  test("has a line for every registered method, and no other", () => {
    const registered = selectors.map(({ id }) => id);
    expect(registered.filter((id) => properties[id] === undefined)).toEqual([]);
    expect(Object.keys(properties).filter((id) => !registered.includes(id))).toEqual([]);
  });
});

describe.each(cases.filter(({ traits }) => traits.fixed !== null))("$id, $task", ({ selector, task, traits }) => {
  const options = traits.fixed!;
  const ask = (cohort: Cohort) => answer(selector, cohort, { options });

  test("the order of the samples changes nothing", () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const cohort = cohortIn(task, shape);
        expectSame(ask(rowsIn(shuffled(shape.n, seed), cohort)), ask(cohort));
      }),
      check,
    );
  });

  test("the order of the columns changes nothing", () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const cohort = cohortIn(task, shape);
        expectSame(ask(columnsIn(shuffled(shape.p, seed), cohort)), ask(cohort));
      }),
      check,
    );
  });

  test("no random number enters", () => {
    const cohort = cohortIn(task, { n: 40, p: 12, seed: 3 });
    expect(answer(selector, cohort, { options, seed: 1 })).toEqual(answer(selector, cohort, { options, seed: 2 }));
  });
});

/** Exact in float32 on the grid of the cohorts, but for `increasing`, whose rounded values keep their order. */
interface Move {
  readonly power: number;
  readonly turned: boolean;
  readonly eighths: number;
  readonly bend: number;
}
const move = fc.record({
  power: fc.integer({ min: -3, max: 3 }),
  turned: fc.boolean(),
  eighths: fc.integer({ min: -64, max: 64 }),
  bend: fc.integer({ min: 0, max: 2 }),
});
const moves = fc.array(move, { minLength: 2, maxLength: 12 });
const bends = [(x: number) => x * x * x + x, (x: number) => (x < 0 ? x / 8 : 4 * x), (x: number) => Math.sign(x) * Math.sqrt(Math.abs(x))];

function moved(cohort: Cohort, change: Change, list: readonly Move[]): Cohort {
  const columns = cohort.columns.map((values, j) => {
    const own = list[j % list.length]!;
    const { power } = change === "shifts" || change === "common" ? list[0]! : own;
    const { eighths } = change === "common" ? list[0]! : own;
    const scale = 2 ** power * (change === "affine" && own.turned ? -1 : 1);
    const bend = change === "increasing" ? bends[own.bend]! : (x: number) => x;
    return values.map((value) => scale * bend(value) + eighths / 8);
  });
  return { ...cohort, columns };
}

describe.each(cases.filter(({ traits }) => traits.invariant !== null))("$id, $task", ({ selector, task, traits }) => {
  test(`answers the same after a change of the features (${traits.invariant})`, () => {
    const ask = (cohort: Cohort) => answer(selector, cohort, { options: steadyOptions(traits) });
    fc.assert(
      fc.property(shapes, moves, (shape, list) => {
        const cohort = cohortIn(task, shape);
        expectSame(ask(moved(cohort, traits.invariant!, list)), ask(cohort), traits.scoresChange !== true);
      }),
      check,
    );
  });
});

describe.each(cases.filter(({ traits }) => traits.copies === true))("$id, $task", ({ selector, task, traits }) => {
  test("every sample drawn twice ranks as every sample drawn once", () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const cohort = cohortIn(task, shape);
        const ask = (times: number) => {
          const samples = draw(shape.n, new Array<number>(shape.n).fill(times));
          return answer(selector, cohort, { options: steadyOptions(traits), samples });
        };
        expect(ask(2).names).toEqual(ask(1).names);
      }),
      check,
    );
  });
});

const supervised = cases.filter(({ task }) => task !== "unsupervised");

describe.each(supervised.filter(({ task, traits }) => task !== "survival" && traits.labelFirst !== false))(
  "$id, $task",
  ({ selector, task, traits }) => {
    test("a column of the label ranks first, wherever it stands", () => {
      fc.assert(
        fc.property(shapes, fc.nat({ max: 5 }), fc.boolean(), (shape, at, turned) => {
          // among features that tell little, so that few trees do not confuse them
          const cohort = cohortIn(task, shape, 0.5);
          const { target } = cohort;
          const label = "y" in target ? Array.from(target.y, (value) => (turned ? 8 - 4 * value : 4 * value)) : [];
          const columns = cohort.columns.map((values, j) => (j === at ? Float64Array.from(label) : values));
          expect(answer(selector, { ...cohort, columns }, { options: steadyOptions(traits) }).names[0]).toBe(cohort.names[at]);
        }),
        check,
      );
    });
  },
);

describe.each(cases.filter(({ task }) => task === "unsupervised"))("$id, $task", ({ selector, traits }) => {
  test("the target changes nothing", () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const cohort = cohortIn("unsupervised", shape);
        const ask = (each: Cohort) => answer(selector, each, { options: steadyOptions(traits) });
        expect(ask(targetIn(shuffled(shape.n, seed), cohort))).toEqual(ask(cohort));
      }),
      check,
    );
  });
});

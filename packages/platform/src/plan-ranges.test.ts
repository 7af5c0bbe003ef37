import fc from "fast-check";
import { expect, test } from "vitest";
import { inOrderOfWork, MOST_RANGES, type PlannedRange, type PlannedUnit, planRanges } from "./plan-ranges.ts";

const costs = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1, noNaN: true }), fc.double({ min: 0, max: 1e5, noNaN: true }));
const units = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), costs), { maxLength: 2000 })
  .map((rows) => inOrderOfWork(rows.map(([stage, cost], i): PlannedUnit => ({ id: `u${i}`, stage, cost }))));
const costOf = (all: readonly PlannedUnit[], { first, end }: PlannedRange) =>
  all.slice(first, end).reduce((sum, { cost }) => sum + cost, 0);

test("ranges cover all units, in order and once, stage by stage, and the reduce comes last", () => {
  fc.assert(
    fc.property(units, (all) => {
      const ranges = planRanges(all);
      expect(ranges.length).toBeLessThanOrEqual(MOST_RANGES);
      const reduce = ranges.at(-1)!;
      expect([reduce.first, reduce.end]).toEqual([all.length, all.length]);
      expect(reduce.stage).toBe((all.at(-1)?.stage ?? 0) + 1);
      let position = 0;
      for (const { stage, first, end } of ranges.slice(0, -1)) {
        expect(first).toBe(position);
        expect(end).toBeGreaterThan(first);
        expect(all.slice(first, end).every((unit) => unit.stage === stage)).toBe(true);
        position = end;
      }
      expect(position).toBe(all.length);
    }),
    { numRuns: 200 },
  );
});

test("the order of work does not depend on the order of the units", () => {
  fc.assert(
    fc.property(units, (all) => {
      expect(inOrderOfWork(all.toReversed())).toEqual(all);
    }),
    { numRuns: 50 },
  );
});

const some = (count: number, cost: number): PlannedUnit[] => Array.from({ length: count }, (_, i) => ({ id: `${i}`, stage: 1, cost }));
const sizes = (all: PlannedUnit[]) => {
  const sorted = inOrderOfWork(all);
  return planRanges(sorted)
    .slice(0, -1)
    .map((range) => costOf(sorted, range));
};

test("a few cheap units are one range, dear ones a range each", () => {
  expect(planRanges([])).toEqual([{ stage: 1, first: 0, end: 0 }]);
  expect(sizes(some(100, 0.005))).toHaveLength(1);
  expect(sizes(some(5, 3600))).toHaveLength(5);
});

test("about a second each of a job of a minute or two, and smaller ones at the end, so that workers finish together", () => {
  const found = sizes(some(1000, 0.1));
  expect(found[0]).toBeGreaterThanOrEqual(1);
  expect(Math.max(...found)).toBeLessThan(2);
  expect(found.at(-2)).toBeLessThan(0.8);
  expect(Math.min(...found.slice(0, -1))).toBeGreaterThan(0.3);
});

test("of a long job no range is more than a small part, and few are tiny", () => {
  for (const [count, cost] of [
    [50_000, 10],
    [50_000, 0.05],
    [20_000, 1],
    [300, 600],
  ] as const) {
    const found = sizes(some(count, cost));
    const total = count * cost;
    expect(found.length).toBeGreaterThan(100);
    expect(Math.max(...found)).toBeLessThanOrEqual(Math.max(total / 50, 2 * cost));
    expect(found.at(-1)).toBeLessThanOrEqual(found[0]! + 1e-6);
  }
});

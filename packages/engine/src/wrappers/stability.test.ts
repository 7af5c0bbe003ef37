import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oracle } from "../../../../fixtures/data.ts";
import { agreements } from "../../../../fixtures/oracles/wrappers/agreement.ts";
import { Rng } from "../random.ts";
import { jaccardIndex, kunchevaIndex, nogueira, selectionFrequencies } from "./index.ts";

const cases = oracle<{ nogueira: { sets: number[][]; p: number; index: number; low: number; high: number }[] }>("wrappers").nogueira;

function randomSets(seed: number, count: number, size: number, p: number): number[][] {
  const rng = Rng.from(seed, "sets");
  return Array.from({ length: count }, () => rng.shuffle(Array.from({ length: p }, (_, j) => j)).slice(0, size));
}

describe("nogueira", () => {
  test.each(cases)("the paper's formulas on the 0/1 matrix, p = $p", ({ sets, p, index, low, high }) => {
    const got = nogueira(sets, p);
    expect(got.index).toBeCloseTo(index, 10);
    expect(got.interval![0]).toBeCloseTo(low, 10);
    expect(got.interval![1]).toBeCloseTo(high, 10);
  });

  test("by hand: {0, 1} and {0, 2} of 4", () => {
    // p_f = 1, 1/2, 1/2, 0; mean of 2 p_f (1 - p_f) = 1/4; (k/p)(1 - k/p) = 1/4
    expect(
      nogueira(
        [
          [0, 1],
          [0, 2],
        ],
        4,
      ).index,
    ).toBeCloseTo(0, 14);
    // three sets, two equal: p_f = 1, 2/3, 1/3, 0; mean of 3/2 p_f (1 - p_f) = 1/6
    expect(
      nogueira(
        [
          [0, 1],
          [0, 1],
          [0, 2],
        ],
        4,
      ).index,
    ).toBeCloseTo(1 / 3, 14);
  });

  test("equal sets have 1 and no interval", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 19 }), { minLength: 1, maxLength: 19 }),
        fc.integer({ min: 2, max: 40 }),
        (set, M) => {
          const got = nogueira(
            Array.from({ length: M }, () => set),
            20,
          );
          expect(got).toEqual({ index: 1, interval: null });
        },
      ),
    );
  });

  test("random sets have about 0, of equal and of different sizes, few and many features alike", () => {
    expect(Math.abs(nogueira(randomSets(1, 200, 10, 100), 100).index!)).toBeLessThan(0.02);
    const mixed = [...randomSets(2, 100, 5, 100), ...randomSets(3, 100, 60, 100)];
    expect(Math.abs(nogueira(mixed, 100).index!)).toBeLessThan(0.02);
  });

  test("sets of one size: the mean of Kuncheva's index over pairs", () => {
    for (const seed of [1, 2, 3]) {
      const sets = randomSets(seed, 7, 4, 12);
      expect(nogueira(sets, 12).index).toBeCloseTo(kunchevaIndex(sets, 12)!, 12);
    }
  });

  test("the order of sets and of features in them plays no part", () => {
    const sets = randomSets(5, 9, 4, 15);
    const turned = [...sets].reverse().map((set) => [...set].reverse());
    const [a, b] = [nogueira(sets, 15), nogueira(turned, 15)];
    expect(b.index).toBeCloseTo(a.index!, 14);
    expect(b.interval![0]).toBeCloseTo(a.interval![0], 13);
  });

  test("null for all empty, all full, one set, none", () => {
    for (const sets of [
      [[], [], []],
      [
        [0, 1],
        [1, 0],
      ],
      [[0]],
      [],
    ]) {
      expect(nogueira(sets, 2)).toEqual({ index: null, interval: null });
    }
    // one set is empty, the others are not: defined
    expect(nogueira([[], [0], [0]], 4).index).not.toBeNull();
  });
});

describe("jaccardIndex and kunchevaIndex", () => {
  test("by hand", () => {
    const sets = [
      [0, 1, 2],
      [1, 2, 3],
      [0, 1, 2],
    ];
    // 2/4, 3/3, 2/4
    expect(jaccardIndex(sets, 9)).toBeCloseTo(2 / 3, 14);
    // (2 x 9 - 9) / (3 x 6) twice, 1
    expect(kunchevaIndex(sets, 9)).toBeCloseTo(2 / 3, 14);
  });

  test("null where they say nothing", () => {
    expect(jaccardIndex([[], []], 4)).toBeNull();
    expect(
      jaccardIndex(
        [
          [0, 1],
          [1, 0],
        ],
        2,
      ),
    ).toBeNull();
    expect(jaccardIndex([[0]], 4)).toBeNull();
    expect(jaccardIndex([[], [1], []], 4)).toBe(0);
    expect(kunchevaIndex([[0], [0, 1]], 4)).toBeNull();
    expect(kunchevaIndex([[], []], 4)).toBeNull();
    expect(
      kunchevaIndex(
        [
          [0, 1],
          [1, 0],
        ],
        2,
      ),
    ).toBeNull();
    expect(kunchevaIndex([[0]], 4)).toBeNull();
  });
});

test("selection frequencies", () => {
  expect([...selectionFrequencies([[0, 2], [2], [2, 3], []], 5)]).toEqual([0.25, 0, 0.75, 0.25, 0]);
  expect([...selectionFrequencies([], 2)]).toEqual([0, 0]);
});

test.each(agreements())("$method, $oracle: $quantity", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

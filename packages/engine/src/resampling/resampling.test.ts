import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Draw } from "../part.ts";
import { Rng } from "../random.ts";
import { bootstrap, complementaryPair, drawAll, drawRows, drawWithin, halfSample, holdOut, kFold, repeatedKFold } from "./index.ts";
import type { Population, Split } from "./population.ts";

const seed = fc.integer({ min: 0, max: 2 ** 40 });
const codes = (most: number) => fc.array(fc.integer({ min: 0, max: most }), { minLength: 4, maxLength: 80 });
const stratified = codes(3).map((strata): Population => ({ n: strata.length, strata: Int32Array.from(strata) }));
const grouped = fc
  .tuple(codes(2), codes(12))
  .map(([strata, groups]): Population => {
    const n = Math.min(strata.length, groups.length);
    return { n, strata: Int32Array.from(strata.slice(0, n)), groups: Int32Array.from(groups.slice(0, n)) };
  })
  .filter(({ groups }) => new Set(groups).size >= 2);
const anyPopulation = fc.oneof(
  stratified,
  grouped,
  fc.integer({ min: 2, max: 60 }).map((n): Population => ({ n })),
);

const list = (rows: Iterable<number>) => [...rows];
const ascending = (rows: Uint32Array) => rows.every((row, i) => i === 0 || row > rows[i - 1]!);
const countBy = (rows: Iterable<number>, codes: Int32Array, code: number) => list(rows).filter((i) => codes[i] === code).length;
const range = (values: number[]) => Math.max(...values) - Math.min(...values);
const rng = (s: number) => Rng.from(s, "test");

function expectWhole({ n, groups }: Population, { train, test }: Split): void {
  expect(
    list(train)
      .concat(list(test))
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: n }, (_, i) => i));
  expect(ascending(train) && ascending(test)).toBe(true);
  if (groups === undefined) return;
  const learned = new Set(Array.from(train, (i) => groups[i]));
  expect(Array.from(test, (i) => groups[i]).filter((g) => learned.has(g))).toEqual([]);
}

describe("kFold", () => {
  test("each repeat has every sample in exactly one test fold, and no group straddles", () => {
    fc.assert(
      fc.property(anyPopulation, fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 3 }), seed, (population, folds, repeats, s) => {
        const splits = repeatedKFold(population, folds, repeats, rng(s));
        expect(splits.length).toBe(folds * repeats);
        for (const split of splits) expectWhole(population, split);
        for (let r = 0; r < repeats; r++) {
          const tested = splits.slice(r * folds, (r + 1) * folds).flatMap(({ test }) => list(test));
          expect(tested.sort((a, b) => a - b)).toEqual(Array.from({ length: population.n }, (_, i) => i));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("folds differ by at most one sample, and by one of each class", () => {
    fc.assert(
      fc.property(stratified, fc.integer({ min: 2, max: 7 }), seed, (population, folds, s) => {
        const splits = kFold(population, folds, rng(s));
        expect(range(splits.map(({ test }) => test.length))).toBeLessThanOrEqual(1);
        for (const k of [0, 1, 2, 3]) {
          expect(range(splits.map(({ test }) => countBy(test, population.strata!, k)))).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("groups of one size and class are dealt as evenly as samples, and none is empty while groups last", () => {
    const groups = Int32Array.from({ length: 40 }, (_, i) => i >> 1);
    const strata = groups.map((g) => (g < 8 ? 1 : 0));
    for (let s = 0; s < 20; s++) {
      const splits = kFold({ n: 40, strata, groups }, 4, rng(s));
      expect(splits.map(({ test }) => countBy(test, strata, 1))).toEqual([4, 4, 4, 4]);
      expect(splits.map(({ test }) => test.length)).toEqual([10, 10, 10, 10]);
    }
    fc.assert(
      fc.property(grouped, seed, (population, s) => {
        const folds = Math.min(5, new Set(population.groups).size);
        for (const { test } of kFold(population, folds, rng(s))) expect(test.length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  test("largest group first, to the fold least filled: 6 | 4 and 2 | 3 and 3", () => {
    const groups = Int32Array.from([..."aaaaaabbbbcccdddee"], (c) => c.charCodeAt(0));
    const sizes = kFold({ n: groups.length, groups }, 3, rng(1)).map(({ test }) => test.length);
    expect(sizes).toEqual([6, 6, 6]);
  });

  test("the same stream deals the same folds, another one others; repeats differ", () => {
    const population = { n: 30 };
    expect(kFold(population, 3, rng(1))).toEqual(kFold(population, 3, rng(1)));
    expect(kFold(population, 3, rng(1))).not.toEqual(kFold(population, 3, rng(2)));
    const [first, , second] = repeatedKFold(population, 2, 2, rng(1));
    expect(first).not.toEqual(second);
    expect(repeatedKFold(population, 2, 2, rng(1)).slice(2)).toEqual(kFold(population, 2, rng(1).child("repeat", 1)));
  });

  test("every sample is tested equally often in every fold", () => {
    const inFirst = new Uint32Array(9);
    for (let s = 0; s < 900; s++) for (const i of kFold({ n: 9 }, 3, rng(s))[0]!.test) inFirst[i]!++;
    // Binomial(900, 1/3): 300 +- 14
    for (const count of inFirst) expect(Math.abs(count - 300)).toBeLessThan(60);
  });

  test("more folds than samples leave some folds empty", () => {
    expect(kFold({ n: 2 }, 3, rng(1)).map(({ test }) => test.length)).toEqual([1, 1, 0]);
  });
});

describe("holdOut", () => {
  test("is a split with about its share to test, each class in proportion", () => {
    fc.assert(
      fc.property(stratified, fc.double({ min: 0.1, max: 0.9, noNaN: true }), seed, (population, share, s) => {
        const split = holdOut(population, share, rng(s));
        expectWhole(population, split);
        const wanted = Math.min(Math.max(Math.round(share * population.n), 1), population.n - 1);
        expect(split.test.length).toBe(wanted);
        for (const k of [0, 1, 2, 3]) {
          const size = countBy(population.strata!.keys(), population.strata!, k);
          expect(Math.abs(countBy(split.test, population.strata!, k) - (size * wanted) / population.n)).toBeLessThan(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("keeps groups whole and neither side empty", () => {
    fc.assert(
      fc.property(grouped, fc.double({ min: 0.05, max: 0.95, noNaN: true }), seed, (population, share, s) => {
        const split = holdOut(population, share, rng(s));
        expectWhole(population, split);
        expect(Math.min(split.train.length, split.test.length)).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe("halfSample and complementaryPair", () => {
  test("disjoint halves of floor(n/2), each class halved", () => {
    fc.assert(
      fc.property(stratified, seed, (population, s) => {
        const pair = complementaryPair(population, rng(s));
        for (const { rows, counts } of pair) {
          expect(rows.length).toBe(population.n >> 1);
          expect(ascending(rows) && counts.every((count) => count === 1)).toBe(true);
        }
        expect(new Set([...pair[0].rows, ...pair[1].rows]).size).toBe(2 * (population.n >> 1));
        for (const k of [0, 1, 2, 3]) {
          const size = countBy(population.strata!.keys(), population.strata!, k);
          for (const { rows } of pair) expect(Math.abs(countBy(rows, population.strata!, k) - size / 2)).toBeLessThan(1);
        }
        expect(halfSample(population, rng(s))).toEqual(pair[0]);
      }),
      { numRuns: 60 },
    );
  });

  test("draw whole groups, half of them", () => {
    fc.assert(
      fc.property(grouped, seed, (population, s) => {
        const groups = population.groups!;
        const half = Math.floor(new Set(groups).size / 2);
        const [one, other] = complementaryPair(population, rng(s)).map(({ rows }) => new Set(Array.from(rows, (i) => groups[i]!)));
        expect([one!.size, other!.size]).toEqual([half, half]);
        expect([...one!].filter((g) => other!.has(g))).toEqual([]);
        const { rows } = halfSample(population, rng(s));
        for (const g of one!) expect(countBy(rows, groups, g)).toBe(countBy(groups.keys(), groups, g));
      }),
      { numRuns: 60 },
    );
  });

  test("every sample is drawn in half of the draws, whatever the parity of its class", () => {
    const population = { n: 8, strata: Int32Array.from([0, 0, 0, 1, 1, 1, 1, 1]) };
    const drawn = new Uint32Array(8);
    for (let s = 0; s < 1000; s++) for (const i of halfSample(population, rng(s)).rows) drawn[i]!++;
    for (const count of drawn) expect(Math.abs(count - 500)).toBeLessThan(80);
  });
});

describe("bootstrap", () => {
  test("draws as many of each class as there are", () => {
    fc.assert(
      fc.property(stratified, seed, (population, s) => {
        const { rows, counts } = bootstrap(population, rng(s));
        expect(ascending(rows) && counts.every((count) => count > 0)).toBe(true);
        for (const k of [0, 1, 2, 3]) {
          const drawn = rows.reduce((sum, i, at) => sum + (population.strata![i] === k ? counts[at]! : 0), 0);
          expect(drawn).toBe(countBy(population.strata!.keys(), population.strata!, k));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("draws whole groups: members have one count", () => {
    fc.assert(
      fc.property(grouped, seed, (population, s) => {
        const draw = bootstrap(population, rng(s));
        const times = timesOf(draw, population.n);
        const of = new Map<number, number>();
        population.groups!.forEach((g, i) => {
          expect(of.get(g) ?? times[i]).toBe(times[i]);
          of.set(g, times[i]!);
        });
        expect([...of.values()].reduce((a, b) => a + b, 0)).toBe(of.size);
      }),
      { numRuns: 60 },
    );
  });

  test("leaves out about a share of 1/e", () => {
    const { rows } = bootstrap({ n: 4000 }, rng(5));
    expect(Math.abs(rows.length / 4000 - (1 - Math.exp(-1)))).toBeLessThan(0.03);
  });
});

function timesOf({ rows, counts }: Draw, n: number): Uint32Array {
  const times = new Uint32Array(n);
  rows.forEach((i, at) => {
    times[i] = counts[at]!;
  });
  return times;
}

test("a draw within a draw picks its rows and multiplies counts", () => {
  const outer = { rows: Uint32Array.of(2, 5, 9, 11), counts: Uint32Array.of(1, 3, 1, 2) };
  const inner = { rows: Uint32Array.of(1, 3), counts: Uint32Array.of(2, 1) };
  expect(drawWithin(outer, inner)).toEqual({ rows: Uint32Array.of(5, 11), counts: Uint32Array.of(6, 2) });
  expect(drawWithin(outer, drawAll(4))).toEqual(outer);
  expect(drawWithin(drawAll(12), outer)).toEqual(outer);
  expect(drawRows(Uint32Array.of(3, 4))).toEqual({ rows: Uint32Array.of(3, 4), counts: Uint32Array.of(1, 1) });
});

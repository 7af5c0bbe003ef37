import { describe, expect, test } from "vitest";
import { classTarget, draw } from "../../test/thread.ts";
import { Rng } from "../random.ts";
import { balancedDraw, type ClassTarget } from "./balance.ts";
import { between, smote } from "./smote.ts";

const rows = [2, 3, 5, 8, 9, 11, 14, 20, 21, 30, 31];
const codes = [0, 1, 0, 2, 0, 0, 1, 0, 0, 2, 0];
const counts = [1, 2, 1, 1, 3, 1, 1, 1, 2, 1, 1];
const target = classTarget(codes) as ClassTarget;
const samples = draw(rows, counts);

function sizesOf(drawn: { rows: Uint32Array; counts: Uint32Array }): number[] {
  const sizes = [0, 0, 0];
  drawn.rows.forEach((row, i) => {
    sizes[codes[rows.indexOf(row)]!]! += drawn.counts[i]!;
  });
  return sizes;
}

describe.each(["undersample", "oversample"] as const)("%s", (how) => {
  const drawn = balancedDraw(target, samples, how, Rng.from(1, "balance"));

  test("every class has the same size, of the samples of the draw alone, ascending, each at least once", () => {
    expect(sizesOf(drawn)).toEqual(how === "undersample" ? [2, 2, 2] : [10, 10, 10]);
    expect(Array.from(drawn.rows).every((row, i) => rows.includes(row) && (i === 0 || row > drawn.rows[i - 1]!))).toBe(true);
    expect(drawn.counts.every((count) => count > 0)).toBe(true);
  });

  test("a sample is taken at most, or kept at least, as often as it was drawn", () => {
    drawn.rows.forEach((row, i) => {
      const before = counts[rows.indexOf(row)]!;
      if (how === "undersample") expect(drawn.counts[i]).toBeLessThanOrEqual(before);
      else expect(drawn.counts[i]).toBeGreaterThanOrEqual(before);
    });
    if (how === "oversample") expect(Array.from(drawn.rows)).toEqual(rows);
  });

  test("the same seed draws the same; another seed another", () => {
    const again = (seed: number) => balancedDraw(target, samples, how, Rng.from(seed, "balance"));
    expect(again(1)).toEqual(drawn);
    expect([2, 3, 4].some((seed) => JSON.stringify(again(seed)) !== JSON.stringify(drawn))).toBe(true);
  });

  test("each draw of a class is taken equally often in the long run", () => {
    const taken = new Map<number, number>();
    const runs = 3000;
    for (let seed = 0; seed < runs; seed++) {
      const { rows: got, counts: times } = balancedDraw(target, samples, how, Rng.from(seed, "long run"));
      got.forEach((row, i) => {
        taken.set(row, (taken.get(row) ?? 0) + times[i]!);
      });
    }
    // class b: sample 3 was drawn twice, sample 14 once, of three draws
    const most = how === "undersample" ? 2 : 10;
    expect(Math.abs(taken.get(3)! / runs - (2 / 3) * most)).toBeLessThan(0.1);
    expect(Math.abs(taken.get(14)! / runs - (1 / 3) * most)).toBeLessThan(0.1);
  });

  test("classes of one size stay as they are; a class without samples stays without", () => {
    const even = draw([1, 2, 3, 4]);
    expect(balancedDraw(classTarget([0, 1, 0, 1]) as ClassTarget, even, how, Rng.from(1, "even"))).toEqual(even);
    const absent = { task: "multiclass", classes: ["a", "b", "c"], y: Int32Array.of(0, 2, 2) } as const;
    const { rows: got } = balancedDraw(absent, draw([4, 6, 7]), how, Rng.from(1, "absent"));
    expect(got).toHaveLength(how === "undersample" ? 2 : 3);
  });
});

describe("smote", () => {
  const x = [0, 10, 1, 50, 2, 3, 12, 5, 6, 51, 9];
  const apart = (a: number, b: number) => (x[a]! - x[b]!) ** 2;
  const made = smote(target, samples, apart, Rng.from(4, "smote"));

  test("smaller classes grow to the largest; every new sample lies between two samples of its class", () => {
    const sizes = [0, 0, 0];
    for (const code of made.y) sizes[code]!++;
    expect(sizes).toEqual([0, 7, 8]);
    made.y.forEach((code, t) => {
      expect([codes[made.parent[t]!], codes[made.neighbour[t]!]]).toEqual([code, code]);
      expect(made.parent[t]).not.toBe(made.neighbour[t]);
      const ends = [x[made.parent[t]!]!, x[made.neighbour[t]!]!];
      const value = between(x, made, t);
      expect(value >= Math.min(...ends) && value <= Math.max(...ends)).toBe(true);
    });
    expect(made.passedOver).toEqual([]);
  });

  test("neighbours are the five nearest, ties by order; copies of a sample are no neighbours of it", () => {
    const y = classTarget([0, 0, 0, 0, 0, 0, 0, 1]) as ClassTarget;
    const place = [0, 1, 2, 3, 4, 5, 6, 99];
    const minority = smote(y, draw(8, [1, 1, 1, 2, 1, 1, 1, 300]), (a, b) => (place[a]! - place[b]!) ** 2, Rng.from(2, "near"));
    const near = (parent: number) =>
      [...new Set(Array.from(minority.neighbour).filter((_, t) => minority.parent[t] === parent))].sort((a, b) => a - b);
    expect(near(0)).toEqual([1, 2, 3, 4, 5]);
    expect(near(3)).toEqual([0, 1, 2, 4, 5]);
  });

  test("a class of one sample is passed over and named", () => {
    const lone = classTarget([0, 0, 0, 1, 2, 2]) as ClassTarget;
    const got = smote(lone, draw(6, [1, 1, 1, 2, 1, 1]), () => 1, Rng.from(1, "lone"));
    expect(got.passedOver).toEqual(["b"]);
    expect(Array.from(got.y)).toEqual([2]);
  });

  test("a value is missing where one of the two has none", () => {
    const t = made.y.indexOf(1);
    const gap = x.map((value, i) => (i === made.neighbour[t] ? Number.NaN : value));
    expect(between(gap, made, t)).toBeNaN();
  });
});

import { ensembleRules } from "@omicselector2/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oracle } from "../../../../fixtures/data.ts";
import { aggregate, type RankedList } from "./index.ts";

const list = (...features: number[]): RankedList => ({ features, scores: features.map((_, i) => 10 - i) });
const names = (p: number) => Array.from({ length: p }, (_, j) => `f${String(j).padStart(6, "0")}`);

describe("robust rank aggregation", () => {
  const cases = oracle<{ rra: { lists: number[][]; p: number; features: number[]; rho: number[] }[] }>("wrappers").rra;

  test.each(cases)("rho as by R's pbeta, 1e-8, p = $p", ({ lists, p, features, rho }) => {
    const ranked = lists.map((features) => list(...features));
    const got = aggregate(ranked, "robust_rank_aggregation", p, names(p), p);
    expect([...got.features].sort((a, b) => a - b)).toEqual(features);
    got.features.forEach((f, i) => {
      const wanted = rho[features.indexOf(f)]!;
      expect(Math.abs(got.scores[i]! - wanted) / wanted).toBeLessThan(1e-8);
      if (i > 0) expect(got.scores[i]!).toBeGreaterThanOrEqual(got.scores[i - 1]!);
    });
  });

  test("by hand: ranks 1 and 2 of 10 in two lists", () => {
    // r = 0.1, 0.2: P(min <= 0.1) = 0.19, P(both <= 0.2) = 0.04; rho = 2 x 0.04
    const { features, scores, votes } = aggregate([list(3, 5), list(1, 3)], "robust_rank_aggregation", 10, names(10), 10);
    // feature 1: r = 0.1, 1: 2 x 0.19; feature 5: r = 0.2, 1: 2 x 0.36
    expect(features).toEqual([3, 1, 5]);
    expect(scores[0]).toBeCloseTo(0.08, 12);
    expect(scores[1]).toBeCloseTo(0.38, 12);
    expect(scores[2]).toBeCloseTo(0.72, 12);
    expect(votes).toEqual([2, 1, 1]);
  });

  test("equal rho, here capped at 1, by mean rank, then by name", () => {
    const lists = [list(0, 1, 2), list(3, 4, 5)];
    const few = aggregate(lists, "robust_rank_aggregation", 6, ["b", "d", "f", "a", "c", "e"], 6);
    expect(few.features).toEqual([3, 0, 4, 1, 5, 2]);
    expect(few.scores.slice(2)).toEqual([1, 1, 1, 1]);
  });

  test("orders features whose rho underflows", () => {
    const lists = Array.from({ length: 90 }, () => list(7, 4));
    const { features, scores } = aggregate(lists, "robust_rank_aggregation", 20_000, names(20_000), 2);
    expect(scores).toEqual([0, 0]);
    expect(features).toEqual([7, 4]);
  });
});

describe("rules by hand", () => {
  // f0: 1, 2, 1; f1: 2, -, -; f2: 3, 1, -; f3: -, 3, 2
  const lists = [list(0, 1, 2), list(2, 0, 3), list(0, 3)];
  const by = (rule: Parameters<typeof aggregate>[1], minVotes?: number) => aggregate(lists, rule, 6, names(6), 4, minVotes);

  test("borda: mean of p - rank over p - 1", () => {
    const { features, scores } = by("borda");
    expect(features).toEqual([0, 2, 3, 1]);
    scores.forEach((score, i) => {
      expect(score).toBeCloseTo([14 / 15, 8 / 15, 7 / 15, 4 / 15][i]!, 14);
    });
  });

  test("soft vote: mean of 1 - (rank - 1) / limit", () => {
    const { features, scores } = by("soft_vote");
    expect(features).toEqual([0, 2, 3, 1]);
    scores.forEach((score, i) => {
      expect(score).toBeCloseTo([11 / 12, 6 / 12, 5 / 12, 3 / 12][i]!, 14);
    });
  });

  test("votes", () => {
    expect(by("majority_vote")).toEqual({ features: [0, 2, 3], scores: [1, 2 / 3, 2 / 3], votes: [3, 2, 2] });
    expect(by("intersection")).toEqual({ features: [0], scores: [1], votes: [3] });
    expect(by("union").features).toEqual([0, 2, 3, 1]);
    expect(by("min_votes", 3).features).toEqual([0]);
    expect(by("min_votes", 1).features).toEqual([0, 2, 3, 1]);
    expect(by("min_votes")).toEqual(by("majority_vote"));
    // half is no majority
    expect(aggregate([list(1), list(2)], "majority_vote", 5, names(5), 5).features).toEqual([]);
  });

  test("an empty list votes for nothing, and all empty give nothing", () => {
    expect(aggregate([list(1, 2), list()], "intersection", 5, names(5), 5).features).toEqual([]);
    expect(aggregate([list(1, 2), list()], "union", 5, names(5), 5)).toEqual({ features: [1, 2], scores: [0.5, 0.5], votes: [1, 1] });
    for (const rule of ensembleRules) {
      expect(aggregate([list(), list()], rule, 5, names(5), 5, 1)).toEqual({ features: [], scores: [], votes: [] });
    }
  });

  test("lists are cut at the limit before they vote", () => {
    const cut = aggregate([list(0, 1, 2), list(2, 1, 0)], "intersection", 5, names(5), 2);
    expect(cut.features).toEqual([1]);
  });
});

const P = 12;
const lists = fc.array(
  fc.uniqueArray(fc.integer({ min: 0, max: P - 1 }), { maxLength: P }).map((features) => list(...features)),
  { minLength: 1, maxLength: 6 },
);
const rule = fc.constantFrom(...ensembleRules);
const limit = fc.integer({ min: 1, max: P });

describe("any rule", () => {
  test("one list keeps its own order", () => {
    fc.assert(
      fc.property(lists, rule, limit, ([one], r, q) => {
        expect(aggregate([one!], r, P, names(P), q).features).toEqual(one!.features.slice(0, q));
      }),
    );
  });

  test("equal lists keep their order", () => {
    fc.assert(
      fc.property(lists, rule, limit, fc.integer({ min: 2, max: 5 }), ([one], r, q, times) => {
        const copies = Array.from({ length: times }, () => one!);
        expect(aggregate(copies, r, P, names(P), q).features).toEqual(one!.features.slice(0, q));
      }),
    );
  });

  test("the order of the lists plays no part, nor do their scores", () => {
    fc.assert(
      fc.property(lists, rule, limit, (all, r, q) => {
        const other = [...all].reverse().map(({ features }) => ({ features, scores: features.map(() => -1e9) }));
        expect(aggregate(other, r, P, names(P), q)).toEqual(aggregate(all, r, P, names(P), q));
      }),
    );
  });

  test("features renumbered with their names come out renumbered", () => {
    fc.assert(
      fc.property(lists, rule, limit, fc.integer({ min: 1, max: P - 1 }), (all, r, q, shift) => {
        const to = (j: number) => (j + shift) % P;
        const moved = all.map(({ features, scores }) => ({ features: features.map(to), scores }));
        const movedNames: string[] = [];
        names(P).forEach((name, j) => {
          movedNames[to(j)] = name;
        });
        const { features, scores, votes } = aggregate(all, r, P, names(P), q);
        expect(aggregate(moved, r, P, movedNames, q)).toEqual({ features: features.map(to), scores, votes });
      }),
    );
  });

  test("at most the limit, only what a list holds, votes right, scores finite and monotone", () => {
    fc.assert(
      fc.property(lists, rule, limit, (all, r, q) => {
        const { features, scores, votes } = aggregate(all, r, P, names(P), q);
        expect(features.length).toBeLessThanOrEqual(q);
        expect(new Set(features).size).toBe(features.length);
        features.forEach((f, i) => {
          expect(votes[i]).toBe(all.filter((one) => one.features.slice(0, q).includes(f)).length);
          expect(votes[i]).toBeGreaterThan(0);
          expect(scores[i]! >= 0 && scores[i]! <= 1).toBe(true);
          if (i === 0) return;
          const step = scores[i]! - scores[i - 1]!;
          if (r === "robust_rank_aggregation") expect(step).toBeGreaterThanOrEqual(0);
          else expect(step).toBeLessThanOrEqual(0);
        });
      }),
    );
  });
});

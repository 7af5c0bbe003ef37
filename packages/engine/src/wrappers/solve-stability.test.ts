import { stabilityConfig } from "@omicselector2/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pfer } from "./pfer.ts";
import { solveStability } from "./solve-stability.ts";

const solve = (given: object, p = 1000) => solveStability(stabilityConfig.parse({ enabled: true, ...given }), p, 50);

test("without pfer: what is given, else 0.7 and the features wanted, at most half", () => {
  expect(solve({})).toEqual({ threshold: 0.7, q: 50 });
  expect(solve({}, 40)).toEqual({ threshold: 0.7, q: 20 });
  expect(solve({ threshold: 0.9, q: 3 })).toEqual({ threshold: 0.9, q: 3 });
});

test("by hand: q² / ((2t - 1) p) <= 1 with p = 1000", () => {
  expect(solve({ pfer: 1, threshold: 0.7 })).toEqual({ threshold: 0.7, q: 20 });
  expect(solve({ pfer: 1, q: 20 }).threshold).toBe(0.7);
  expect(solve({ pfer: 1 }).q, "the threshold is 0.7 when left out").toBe(20);
});

describe("what is found keeps the bound, and the next would not", () => {
  const schemes = fc.constantFrom(
    { scheme: "subsample" as const },
    { scheme: "complementary_pairs" as const },
    { scheme: "complementary_pairs" as const, assumption: "none" as const },
    { scheme: "complementary_pairs" as const, assumption: "r-concave" as const },
  );
  const bound = (
    scheme: { scheme: "subsample" | "complementary_pairs"; assumption?: "none" | "r-concave" },
    p: number,
    q: number,
    threshold: number,
  ) => pfer(scheme.scheme, { ...scheme, p, q, threshold, resamples: 100 }).pfer;

  test("q", () => {
    fc.assert(
      fc.property(schemes, fc.integer({ min: 100, max: 30_000 }), fc.double({ min: 0.5, max: 20, noNaN: true }), (scheme, p, most) => {
        const { q, threshold } = solve({ ...scheme, pfer: most, threshold: 0.75 }, p);
        expect(bound(scheme, p, q, threshold)).toBeLessThanOrEqual(most * (1 + 1e-12));
        const next = bound(scheme, p, q + 1, threshold);
        expect(next === null || next > most || q === p >> 1).toBe(true);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test("the threshold", () => {
    fc.assert(
      fc.property(schemes, fc.integer({ min: 2000, max: 30_000 }), fc.integer({ min: 5, max: 40 }), (scheme, p, q) => {
        const { threshold } = solve({ ...scheme, pfer: 2, q }, p);
        expect(bound(scheme, p, q, threshold)).toBeLessThanOrEqual(2 + 1e-11);
        const before = bound(scheme, p, q, threshold - 0.01);
        expect(before === null || before > 2).toBe(true);
      }),
      { numRuns: 60, seed: 2 },
    );
  });
});

test.each([
  [{ pfer: 1, q: 5, threshold: 0.8 }, /give two of them/],
  [{ pfer: 1, scheme: "bootstrap" }, /no bound.*bootstrap; use subsample/],
  [{ pfer: 1e-4, threshold: 0.7 }, /even q = 1 gives 0\.00250/],
  [{ pfer: 1, threshold: 0.4 }, /no bound at a threshold of 0\.4/],
  [{ pfer: 1, q: 50 }, /with q = 50: the highest, 1, gives 2\.50; q of at most 31 has a threshold that does, or accept a pfer of 2\.50/],
])("%j is refused", (given, message) => {
  expect(() => solve(given)).toThrow(message);
});

import { expect, test } from "vitest";
import { expectClose } from "../../test/close.ts";
import { fitVariancePrior, squeezedVariance } from "./variance-prior.ts";

test("no variance at all, one alone, equal ones", () => {
  expect(fitVariancePrior([Number.NaN, 3], [0, 0])).toBeUndefined();
  expect(fitVariancePrior([Number.NaN, 3], [0, 4])).toEqual({ df: 0, s2: 3 });
  expect(fitVariancePrior([2, 2, 2], [4, 4, 4])).toEqual({ df: Number.POSITIVE_INFINITY, s2: 2 });
});

test("all variances 0: taken for 1e-5, as limma does", () => {
  const prior = fitVariancePrior([0, 0, 0], [4, 5, 6])!;
  expect(prior.df).toBe(Number.POSITIVE_INFINITY);
  expectClose(prior.s2, 1e-5, 1e-15, "s2");
});

test("the squeezed variance lies between the feature's own and the common one", () => {
  const prior = { df: 6, s2: 4 };
  expect(squeezedVariance(1, 3, prior)).toBe(3);
  expect(squeezedVariance(Number.NaN, 0, prior)).toBe(4);
  expect(squeezedVariance(1, 3, { df: 0, s2: 4 })).toBe(1);
  expect(squeezedVariance(1, 3, { df: Number.POSITIVE_INFINITY, s2: 4 })).toBe(4);
});

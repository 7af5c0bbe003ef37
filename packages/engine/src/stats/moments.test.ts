import { expect, test } from "vitest";
import { expectClose } from "../../test/close.ts";
import { mean, moments, variance } from "./moments.ts";

test("a shift of a billion costs no digits", () => {
  const values = [4, 7, 13, 16].map((value) => value + 1e9);
  expect(mean(values)).toBe(1e9 + 10);
  expect(variance(values)).toBe(30);
});

test("weights are repeats, missing values are passed over", () => {
  const weighted = moments([1, Number.NaN, 2.5, 7], [3, 2, 1, 2]);
  const repeated = moments([1, 1, 1, 2.5, 7, 7]);
  expect(weighted.n).toBe(6);
  expectClose(weighted.mean, repeated.mean, 1e-15, "mean");
  expectClose(weighted.variance, repeated.variance, 1e-14, "variance");
});

test("too few values have no variance", () => {
  expect(variance([3])).toBeNaN();
  expect(moments([Number.NaN])).toEqual({ n: 0, mean: Number.NaN, variance: Number.NaN });
  expect(variance([0.1, 0.1, 0.1])).toBe(0);
});

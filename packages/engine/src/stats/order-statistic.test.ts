import { expect, test } from "vitest";
import { Rng } from "../random.ts";
import { quantile, selectPlace } from "./order-statistic.ts";

const sorted = (values: Float32Array) => Float32Array.from(values).sort();

test("the k-th smallest of random, tied, sorted and reversed values, the rest on its side", () => {
  const rng = Rng.from(1, "select");
  const random = Float32Array.from({ length: 97 }, () => rng.uniform());
  const tied = random.map((value) => Math.floor(4 * value));
  for (const values of [random, tied, sorted(random), sorted(random).reverse(), new Float32Array(50).fill(2), Float32Array.of(7)]) {
    const order = sorted(values);
    for (let k = 0; k < values.length; k++) {
      const own = Float32Array.from(values);
      expect(selectPlace(own, k)).toBe(order[k]);
      expect(own.subarray(0, k).every((value) => value <= order[k]!)).toBe(true);
      expect(own.subarray(k).every((value) => value >= order[k]!)).toBe(true);
      expect(sorted(own)).toEqual(order);
    }
  }
});

test("quantiles lie linearly between values, as numpy's", () => {
  const of = (q: number, ...values: number[]) => quantile(Float32Array.from(values), q);
  expect(of(0.25, 8, 1, 4, 2)).toBe(1.75);
  expect(of(0.75, 8, 1, 4, 2)).toBe(5);
  expect(of(0.75, 3)).toBe(3);
  expect(of(0.5, 16, 1, 2, 8, 4)).toBe(4);
  expect(of(1, 16, 1, 2, 8, 4)).toBe(16);
});

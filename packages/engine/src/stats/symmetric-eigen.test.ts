import { describe, expect, test } from "vitest";
import { noise } from "../../test/thread.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** B B' of an n x k matrix of noise. */
function gram(n: number, k: number): Float64Array {
  const columns = noise(n, k, n + k);
  return Float64Array.from({ length: n * n }, (_, at) =>
    columns.reduce((sum, column) => sum + column[Math.floor(at / n)]! * column[at % n]!, 0),
  );
}

describe.each([
  [1, 3],
  [2, 1],
  [7, 30],
  [20, 5],
  [41, 40],
])("a product of %i x %i", (n, k) => {
  test("vectors are orthonormal and make up the matrix", () => {
    const A = gram(n, k);
    const { values, vectors } = symmetricEigen(A.slice(), n);
    const size = Math.max(...values);
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        let [product, rebuilt] = [0, 0];
        for (let i = 0; i < n; i++) {
          product += vectors[a * n + i]! * vectors[b * n + i]!;
          rebuilt += values[i]! * vectors[i * n + a]! * vectors[i * n + b]!;
        }
        expect(Math.abs(product - (a === b ? 1 : 0))).toBeLessThan(1e-13);
        expect(Math.abs(rebuilt - A[a * n + b]!)).toBeLessThan(1e-13 * size * Math.sqrt(n));
      }
    }
    expect(values.filter((value) => value > 1e-12 * size)).toHaveLength(Math.min(n, k));
  });
});

test("a diagonal, a zero and a repeated eigenvalue", () => {
  expect(Array.from(symmetricEigen(Float64Array.of(3, 0, 0, 2), 2).values)).toEqual([3, 2]);
  expect(Array.from(symmetricEigen(new Float64Array(9), 3).values)).toEqual([0, 0, 0]);
  const ones = symmetricEigen(new Float64Array(16).fill(1), 4);
  expect(Array.from(ones.values).sort((a, b) => a - b)[3]).toBeCloseTo(4, 14);
});

test("a 2 x 2 matrix by hand: 1 and 3 of [[2, 1], [1, 2]]", () => {
  const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
  const top = values[0]! > values[1]! ? 0 : 1;
  expect([values[top], values[1 - top]]).toEqual([expect.closeTo(3, 14), expect.closeTo(1, 14)]);
  expect(Math.abs(vectors[2 * top]! - vectors[2 * top + 1]!)).toBeLessThan(1e-14);
});

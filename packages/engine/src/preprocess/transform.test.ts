import { expect, test } from "vitest";
import { EngineError } from "../errors.ts";
import { allocateMatrix, column, type FeatureMatrix } from "../matrix.ts";
import { transformMatrix } from "./transform.ts";

function matrixOf(columns: number[][]): FeatureMatrix {
  const matrix = allocateMatrix(
    columns[0]!.length,
    columns.map((_, j) => `g${j + 1}`),
    1,
  );
  columns.forEach((values, j) => {
    column(matrix, j).set(values);
  });
  return matrix;
}

function transformed(columns: number[][], ...args: [Parameters<typeof transformMatrix>[1], [number, number]?]): number[][] {
  const matrix = matrixOf(columns);
  transformMatrix(matrix, args[0], args[1]);
  return columns.map((_, j) => [...column(matrix, j)]);
}

test("log2 is exact at powers of two, rounds once elsewhere and keeps missing values", () => {
  expect(transformed([[0.125, 1, 8, 1024, Number.NaN]], "log2")).toEqual([[-3, 0, 3, 10, Number.NaN]]);
  const values = [3, 0.7, 123456.789, 1e-30, 3e38].map(Math.fround);
  expect(transformed([values], "log2")[0]).toEqual(values.map((x) => Math.fround(Math.log2(x))));
});

test("log2p1 keeps digits near zero", () => {
  const values = [0, 1, 3, 1e-10, -0.5].map(Math.fround);
  expect(transformed([values], "log2p1")[0]).toEqual(values.map((x) => Math.fround(Math.log1p(x) / Math.LN2)));
});

test("clip holds values within its bounds, before the transform", () => {
  expect(transformed([[-5, 2, 99, Number.NaN]], "clip", [1, 16])).toEqual([[1, 2, 16, Number.NaN]]);
  expect(transformed([[-5, 2, 99]], "log2", [1, 16])).toEqual([[0, 1, 4]]);
});

test("cpm_log scales each sample by its own sum", () => {
  const columns = [
    [1, 0, 2],
    [3, 10, Number.NaN],
  ];
  const expected = columns.map((values) => values.map((x, i) => Math.fround(Math.log2(1 + (1e6 * x) / [4, 10, 2][i]!))));
  expect(transformed(columns, "cpm_log")).toEqual(expected);
});

test("none changes nothing", () => {
  expect(transformed([[-1, 0, 5]], "none")).toEqual([[-1, 0, 5]]);
});

test.each([
  [
    "log2",
    [
      [1, 2],
      [4, 0],
    ],
    "feature g2 is 0 in sample 2: log2 needs values above 0; clip first, or use log2p1",
  ],
  ["log2p1", [[1, -1]], "feature g1 is -1 in sample 2"],
  [
    "cpm_log",
    [
      [1, 2],
      [-3, 0],
    ],
    "feature g2 is -3 in sample 1",
  ],
  [
    "cpm_log",
    [
      [1, 0],
      [2, 0],
    ],
    "sample 2 has no counts",
  ],
] as const)("%s refuses what it cannot take, and says where", (transform, columns, message) => {
  const run = () =>
    transformed(
      columns.map((values) => [...values]),
      transform,
    );
  expect(run).toThrow(EngineError);
  expect(run).toThrow(message);
});

test("bounds the wrong way round, or none, are refused", () => {
  expect(() => transformed([[1]], "clip")).toThrow("transform clip needs clip");
  expect(() => transformed([[1]], "none", [5, 5])).toThrow("it is 5 to 5");
});

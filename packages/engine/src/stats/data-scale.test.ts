import { expect, test } from "vitest";
import { classTarget, featureNames, testThread, withPart } from "../../test/thread.ts";
import { columnMoments } from "../solvers/column-moments.ts";
import { detectScale } from "./data-scale.ts";

function scaleOf(columns: number[][]): string {
  const thread = testThread(columns, featureNames(columns.length), classTarget([0, 0, 1, 1]));
  return withPart(thread, (part) => {
    const moments = columnMoments(part, "available");
    return detectScale(
      part,
      columns.map((_, j) => moments[3 * j + 1]!),
    );
  });
}

test("intensities and counts are raw", () => {
  expect(
    scaleOf([
      [120.5, 80, 300, 2],
      [1, 2, 3, 4],
    ]),
  ).toBe("raw");
  expect(scaleOf([[-20000, 71369, 500, 2]])).toBe("raw");
  expect(
    scaleOf([
      [0, 3, 1, 0],
      [Number.NaN, 0, 2, 0],
    ]),
  ).toBe("raw");
});

test("log values, scores, fractions and codes are not, nor does one outlier make them", () => {
  expect(
    scaleOf([
      [4.5, 12.25, 3, 0],
      [0, 1, 2, 3],
    ]),
  ).toBe("log");
  expect(scaleOf([[-1.5, 0.5, 2, -3]])).toBe("log");
  expect(scaleOf([[0.1, 0.9, 0.5, 0.25]])).toBe("log");
  expect(scaleOf([[0, 1, 2, 1]])).toBe("log");
  expect(scaleOf([[4.5, 150.5, 3, 0]])).toBe("log");
});

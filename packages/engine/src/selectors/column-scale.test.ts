import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/scale/agreement.ts";
import { classTarget, draw, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import type { Draw } from "../part.ts";
import type { Target } from "../target.ts";
import { elasticNet } from "./elastic-net.ts";
import { l1Svm } from "./l1-svm.ts";
import { lasso } from "./lasso.ts";
import { nearestShrunkenCentroids } from "./nearest-shrunken-centroids.ts";
import { ridge } from "./ridge.ts";
import { svmRfe } from "./svm-rfe.ts";

const [n, p] = [60, 9];
const y = Array.from({ length: n }, (_, i) => (i * 7) % 2);
const names = featureNames(p);

/** Columns of powers of two in their interquartile ranges over a draw, so that dividing by them is exact in float32. */
function columnsOver({ rows, counts }: Draw): { columns: Float64Array[]; ranges: number[] } {
  const columns = noise(n, p, 5).map((column, j) => column.map((value, i) => Math.fround(value + (j < 3 ? y[i]! : 0))));
  columns[1]![7] = 40;
  columns[7] = columns[7]!.map((value, i) => (i % 8 === 0 ? value : 1));
  const ranges = columns.map((column) => {
    const sorted = Array.from(rows, (i, k) => Array.from({ length: counts[k]! }, () => column[i]!))
      .flat()
      .sort((a, b) => a - b);
    return rangeOf(sorted);
  });
  const exact = ranges.map((range, j) => (range === 0 ? 1 : 2 ** (j - 3) / range));
  return {
    columns: columns.map((column, j) => column.map((value) => Math.fround(value * exact[j]!))),
    ranges: ranges.map((range, j) => (range === 0 ? 0 : 2 ** (j - 3))),
  };
}

/** The value a quarter and three quarters of the way, written out apart from the engine's. */
function rangeOf(sorted: number[]): number {
  const at = (q: number) => {
    const h = q * (sorted.length - 1);
    const rest = h % 1;
    return rest === 0 ? sorted[h]! : sorted[h - rest]! * (1 - rest) + sorted[h - rest + 1]! * rest;
  };
  return at(0.75) - at(0.25);
}

/** A part that leaves samples out and counts some twice. */
const rows = Array.from({ length: n }, (_, i) => i).filter((i) => i % 6 !== 5);
const samples = draw(
  rows,
  rows.map((i) => 1 + (i % 3 === 0 ? 1 : 0)),
);
const classes = classTarget(y);
const number: Target = { task: "regression", y: noise(n, 1, 9)[0]!.map((value, i) => value + 2 * y[i]!) };

const cases = [
  { selector: lasso, target: classes, options: { lambda: 0.05 } },
  { selector: lasso, target: number, options: { lambda: 0.05 } },
  { selector: elasticNet, target: classes, options: { lambda: 0.05 } },
  { selector: ridge, target: classes, options: { lambda: 0.1 } },
  { selector: ridge, target: number, options: { lambda: 0.1 } },
  { selector: l1Svm, target: classes, options: { c: 0.2 } },
  { selector: svmRfe, target: classes, options: { c: 0.01 } },
  { selector: nearestShrunkenCentroids, target: classes, options: { threshold: 0.2 } },
];

describe.each(cases)("$selector.id, $target.task", ({ selector, target, options }) => {
  const { columns, ranges } = columnsOver(samples);
  const own = columns.map((column) => Float64Array.from(column));
  // without an interquartile range the standard deviation stands in
  own[7] = own[7]!.map((value) => value / sdOf(own[7]!));
  const thread = testThread(own, names, target);
  const divided = testThread(
    own.map((column, j) => (ranges[j] === 0 ? column : column.map((value) => value / ranges[j]!))),
    names,
    target,
  );

  test("robust is none on columns that were divided by their interquartile ranges; coefficients are per unit of the data", () => {
    const robust = rank(selector, thread, { options, samples, shared: { scale: "robust", nFeatures: p } });
    const plain = rank(selector, divided, { options, samples, shared: { scale: "none", nFeatures: p } });
    expect(robust.features).toEqual(plain.features);
    expect(robust.features.length).toBeGreaterThan(2);
    robust.scores.forEach((score, k) => {
      expect(score).toBeCloseTo(plain.scores[k]!, 5);
    });
    (robust.statistics!.coefficient ?? []).forEach((value, k) => {
      const j = robust.features[k]!;
      const there = plain.statistics!.coefficient![k]! / (ranges[j] === 0 ? 1 : ranges[j]!);
      expect(Math.abs((value as number) / there - 1)).toBeLessThan(1e-4);
    });
  });

  test("it is another answer than standardised columns give", () => {
    const robust = rank(selector, thread, { options, samples, shared: { scale: "robust", nFeatures: p } });
    const standard = rank(selector, thread, { options, samples, shared: { scale: "standardize", nFeatures: p } });
    expect(robust.statistics).not.toEqual(standard.statistics);
  });
});

function sdOf(column: Float64Array): number {
  const weights = rows.map((i, k) => [column[i]!, samples.counts[k]!] as const);
  const total = weights.reduce((sum, [, w]) => sum + w, 0);
  const mean = weights.reduce((sum, [x, w]) => sum + w * x, 0) / total;
  return Math.sqrt(weights.reduce((sum, [x, w]) => sum + w * (x - mean) ** 2, 0) / total);
}

test.each([lasso, ridge, l1Svm])(
  "$id: inner folds learn their own ranges: the path is that of columns divided beforehand, the curve is not",
  (selector) => {
    const { columns, ranges } = columnsOver(samples);
    columns.splice(7, 1);
    ranges.splice(7, 1);
    const divided = columns.map((column, j) => column.map((value) => value / ranges[j]!));
    const run = (of: Float64Array[], scale: "robust" | "none") =>
      rank(selector, testThread(of, featureNames(8), classes), { samples, shared: { scale, nFeatures: p } }).summary!;
    const [robust, plain] = [run(columns, "robust"), run(divided, "none")];
    const first = selector === l1Svm ? "c_first" : "lambda_max";
    expect((robust[first] as number) / (plain[first] as number)).toBeCloseTo(1, 6);
    const curve = selector === l1Svm ? "cv_loss" : "cv_deviance";
    expect(robust[curve]).toEqual(expect.any(Number));
    expect(Math.abs((robust[curve] as number) - (plain[curve] as number))).toBeGreaterThan(1e-6);
  },
);

test.each(agreements())("agrees with $oracle, $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

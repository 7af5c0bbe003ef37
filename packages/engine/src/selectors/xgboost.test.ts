import { expect, test } from "vitest";
import { WITHOUT_DATA } from "../../../../fixtures/data.ts";
import { agreements } from "../../../../fixtures/oracles/xgboost/agreement.ts";
import { classTarget, draw, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { xgboost } from "./xgboost.ts";

const n = 60;
const y = Int32Array.from({ length: n }, (_, i) => i % 2);

function thread(p: number, shifted: number) {
  const columns = noise(n, p, 4).map((values, j) => (j < shifted ? values.map((v, i) => v + 2 * y[i]!) : values));
  return testThread(columns, featureNames(p), classTarget(y));
}

const rows = agreements();
const title = rows.length === 0 ? ` (${WITHOUT_DATA})` : "";
test.skipIf(rows.length === 0).each(rows.length > 0 ? rows : [undefined])(`$inputs: $quantity${title}`, (row) => {
  expect(row!.deviation, `${row!.quantity}: ${row!.deviation} where ${row!.tolerance} is allowed`).toBeLessThanOrEqual(row!.tolerance);
});

test.each([
  ["gain", 1],
  ["total_gain", 2],
  ["cover", 1],
  ["weight", 1],
  ["shap", 2],
])("by %s: of the best three at least %i are among the three that differ by class", (importance, least) => {
  const options = { n_estimators: 60, max_depth: 2, importance };
  const { features, scores } = rank(xgboost, thread(40, 3), { options, shared: { nFeatures: 5 } });
  expect(features.slice(0, 3).filter((j) => j < 3).length).toBeGreaterThanOrEqual(least);
  expect([...scores].sort((a, b) => b - a)).toEqual(scores);
});

test("of two equal columns the first by name is split on, the other never", () => {
  const columns = noise(n, 6, 3);
  columns[4] = columns[1]!.map((v, i) => v + 3 * y[i]!);
  columns[2] = columns[4]!;
  const named = ["f", "e", "d", "c", "b", "a"];
  const { features } = rank(xgboost, testThread(columns, named, classTarget(y)));
  expect(features).toContain(4);
  expect(features).not.toContain(2);
});

test("a sample drawn twice counts twice", () => {
  const data = thread(12, 2);
  const kept = Array.from({ length: 40 }, (_, i) => i);
  const counts = kept.map((i) => 1 + (i % 3));
  const doubled = kept.flatMap((i) => Array<number>(counts[i]!).fill(i));
  const columns = noise(n, 12, 4).map((values, j) => (j < 2 ? values.map((v, i) => v + 2 * y[i]!) : values));
  const rowsApart = testThread(
    columns.map((values) => doubled.map((i) => values[i]!)),
    featureNames(12),
    classTarget(doubled.map((i) => y[i]!)),
  );
  const once = rank(xgboost, data, { samples: draw(kept, counts) });
  const apart = rank(xgboost, rowsApart);
  expect(once.features).toEqual(apart.features);
  once.scores.forEach((score, k) => {
    expect(score).toBeCloseTo(apart.scores[k]!, 5);
  });
});

test("draws of samples and features: the same seed the same bytes, another seed others", () => {
  const data = thread(30, 2);
  const request = { options: { n_estimators: 20, subsample: 0.7, colsample_bytree: 0.4 } };
  expect(rank(xgboost, data, request)).toEqual(rank(xgboost, data, request));
  expect(rank(xgboost, data, { ...request, seed: 43 })).not.toEqual(rank(xgboost, data, request));
});

test("nothing to split on: none is returned, and the setting that would is named", () => {
  const few = testThread(noise(6, 4, 1), featureNames(4), classTarget([0, 1, 0, 1, 0, 1]));
  const { features, notes } = rank(xgboost, few);
  expect(features).toEqual([]);
  expect(notes![0]).toMatch(/6 samples: a smaller min_child_weight/);
  expect(rank(xgboost, few, { options: { min_child_weight: 0.1 } }).features.length).toBeGreaterThan(0);
  const constant = testThread([new Float64Array(n).fill(1), new Float64Array(n)], featureNames(2), classTarget(y));
  expect(rank(xgboost, constant).features).toEqual([]);
});

test("a class of two samples is learned, and class weights make it weigh as much as the other", () => {
  const rare = Int32Array.from({ length: n }, (_, i) => (i < 2 ? 1 : 0));
  const columns = noise(n, 10, 6);
  columns[3] = columns[3]!.map((v, i) => v + 12 * rare[i]!);
  const data = testThread(columns, featureNames(10), classTarget(rare));
  const weighed = rank(xgboost, data, { shared: { classWeight: true }, options: { n_estimators: 5 } });
  expect(weighed.features[0]).toBe(3);
  // the first split parts classes of equal weight: N/2 each, of curvature 1/4
  expect(weighed.statistics!.cover![0]).toBeGreaterThan(5);
});

test("being missing is itself something to split on", () => {
  const columns = noise(n, 5, 8);
  columns[2] = columns[2]!.map((v, i) => (y[i] === 1 && i % 10 !== 1 ? Number.NaN : v));
  const { features } = rank(xgboost, testThread(columns, featureNames(5), classTarget(y)), { options: { n_estimators: 10 } });
  expect(features[0]).toBe(2);
});

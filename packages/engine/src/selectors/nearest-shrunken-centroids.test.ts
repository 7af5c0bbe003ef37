import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/nearest_shrunken_centroids/agreement.ts";
import { publicCase } from "../../../../fixtures/public-cases.ts";
import { classTarget, draw, featureNames, noise, type RankRequest, rank, testThread } from "../../test/thread.ts";
import { nearestShrunkenCentroids as nsc } from "./nearest-shrunken-centroids.ts";

const rows = agreements();

describe("against a brute force from the paper", () => {
  test("all cases are there, the public ones where their data are", () => {
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row.inputs.split("; ")).toHaveLength(publicCase("alon_colon") === undefined ? 2 : 6);
  });
  test.each(rows)("$quantity", ({ deviation, tolerance }) => {
    expect(deviation).toBeLessThanOrEqual(tolerance);
  });
});

const n = 45;
const p = 40;
const names = featureNames(p);
const y = Array.from({ length: n }, (_, i) => i % 3);
const columns = noise(n, p, 3).map((column, j) => (j < 4 ? column.map((x, i) => x + (y[i] === j % 3 ? 2.5 : 0)) : column));
const thread = testThread(columns, names, classTarget(y));
const of = (request: RankRequest = {}) => rank(nsc, thread, request);

test("by hand: two classes of 2, means -1 and 1, spread 1 within", () => {
  // s² = (4 x 1) / 2 = 2, s0 = s, m² = 1/2 - 1/4; d = 1 / (1/2 x 2 sqrt 2)
  const one = testThread([Float64Array.of(-2, 0, 0, 2)], ["a"], classTarget([0, 0, 1, 1]));
  const { scores, statistics, summary } = rank(nsc, one, { options: { threshold: 0 }, shared: { scale: "none" } });
  expect(scores[0]).toBeCloseTo(1 / Math.SQRT2, 14);
  expect(statistics!.d_a![0]).toBeCloseTo(-1 / Math.SQRT2, 14);
  expect(summary!.s0).toBeCloseTo(Math.SQRT2, 14);
});

test("finds what was planted; count takes as many as asked for; a number cuts there", () => {
  const { features, scores, summary } = of();
  expect(features.slice(0, 4).sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  expect(summary!.cv_error).toBeLessThan(summary!.cv_error_empty as number);
  expect(summary!.nonzero).toBe(features.length);
  const counted = of({ options: { threshold: "count" }, shared: { nFeatures: 7 } });
  expect(counted.features).toHaveLength(7);
  expect(counted.summary!.nonzero).toBe(7);
  const cut = of({ options: { threshold: counted.scores[2]! } });
  expect(cut.features).toEqual(counted.features.slice(0, 2));
  expect(of({ shared: { byPathEntry: true, nFeatures: 7 } }).features).toEqual(counted.features);
});

test("seeds repeat, groups change the folds, priors change the error of unequal classes", () => {
  expect(of()).toEqual(of());
  const unequal = testThread(columns, names, classTarget(y.map((code) => (code === 0 ? 0 : 1))));
  const error = (options: Record<string, unknown>) =>
    rank(nsc, unequal, { options: { ...options, n_thresholds: 2 } }).summary!.cv_error_empty;
  expect(error({})).toBeCloseTo(1 / 3, 12);
  // with every centroid dead and priors alike the first class, of a third of the samples, is taken
  expect(error({ priors: "uniform" })).toBeCloseTo(2 / 3, 12);
  const groups = Int32Array.from({ length: n }, (_, i) => Math.floor(i / 9));
  expect(of({ shared: { groups } }).summary).not.toEqual(of().summary);
});

test("a sample drawn twice is two samples; class weights make classes weigh the same; the unit of a column does not matter but with scale none", () => {
  const counts = Array.from({ length: n }, (_, i) => 1 + (i % 2));
  const order = counts.flatMap((count, i) => new Array(count).fill(i) as number[]);
  const written = testThread(
    columns.map((column) => Float64Array.from(order, (i) => column[i]!)),
    names,
    classTarget(order.map((i) => y[i]!)),
  );
  const [a, b] = [of({ options: { threshold: 1 }, samples: draw(n, counts) }), rank(nsc, written, { options: { threshold: 1 } })];
  expect(a.features).toEqual(b.features);
  a.scores.forEach((value, k) => {
    expect(value).toBeCloseTo(b.scores[k]!, 10);
  });
  const unequal = testThread(columns, names, classTarget(y.map((code) => (code === 0 ? 1 : 0))));
  const options = { threshold: 0 };
  const plain = rank(nsc, unequal, { options });
  const balanced = rank(nsc, unequal, { options, shared: { classWeight: true } });
  expect(balanced.statistics!.d_a![0]).toBeCloseTo(-(balanced.statistics!.d_b![0] as number), 10);
  expect(plain.statistics!.d_a![0]).toBeCloseTo(-(plain.statistics!.d_b![0] as number), 10);
  expect(balanced.scores).not.toEqual(plain.scores);
  const scaled = testThread(
    columns.map((column, j) => (j === 1 ? column.map((x) => 1000 * x) : column)),
    names,
    classTarget(y),
  );
  const standard = { options, shared: { nFeatures: p } };
  const [one, other] = [rank(nsc, scaled, standard), of(standard)];
  expect(one.features).toEqual(other.features);
  const own = { options, shared: { scale: "none" as const, nFeatures: p } };
  expect(rank(nsc, scaled, own).scores).not.toEqual(of(own).scores);
});

test("copies tie by name; classes without spread rank first; nothing selected comes with its reason", () => {
  const copied = testThread([columns[1]!, columns[8]!, columns[1]!], ["z", "b", "a"], classTarget(y));
  expect(rank(nsc, copied, { options: { threshold: 0 } }).features.slice(0, 2)).toEqual([2, 0]);
  const told = testThread([...columns.slice(4), Float64Array.from(y)], featureNames(p - 3), classTarget(y));
  const first = rank(nsc, told);
  expect(first.features[0]).toBe(p - 4);
  expect(Number.isFinite(first.scores[0])).toBe(true);
  const high = of({ options: { threshold: 1000 } });
  expect(high.features).toEqual([]);
  expect(high.notes!.join()).toMatch(/nothing was selected at threshold 1000: all are dead there; the last feature dies at .*"count"/);
  const flat = rank(nsc, testThread([new Float64Array(n).fill(0.1)], ["a"], classTarget(y)));
  expect(flat.features).toEqual([]);
  expect(flat.notes!.join()).toMatch(/class means differ; no threshold would select/);
  expect(of({ options: { threshold: 2 } }).notes!.join()).toMatch(/fewer than the 50 asked for; threshold "count"/);
  expect(() => of({ shared: { groups: new Int32Array(n) } })).toThrow(/one group holds every sample/);
});

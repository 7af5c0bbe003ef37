import { describe, expect, test } from "vitest";
import { WITHOUT_DATA } from "../../../../fixtures/data.ts";
import { agreements } from "../../../../fixtures/oracles/svm_rfe/agreement.ts";
import { publicCase } from "../../../../fixtures/public-cases.ts";
import { classTarget, draw, featureNames, noise, rank, testThread, withPart } from "../../test/thread.ts";
import { withElimination } from "../solvers/index.ts";
import { svmRfe } from "./svm-rfe.ts";

const missing = publicCase("alon_colon") === undefined;
const rows = agreements();

describe("against scikit-learn", () => {
  test.skipIf(missing)(missing ? WITHOUT_DATA : "all cases are there", () => {
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row.inputs.split("; ")).toHaveLength(6);
  });
  test.each(rows)("$quantity", ({ deviation, tolerance }) => {
    expect(deviation).toBeLessThanOrEqual(tolerance);
  });
});

const n = 40;
const p = 60;
const columns = noise(n, p, 9);
const y = Array.from({ length: n }, (_, i) => i % 2);
const planted = columns.map((column, j) => (j === 4 || j === 30 ? column.map((x, i) => x + 3 * y[i]!) : column));
const thread = testThread(planted, featureNames(p), classTarget(y));

test("keeps what was planted to the end; later rounds rank first, within a round the larger weight", () => {
  const { features, scores, statistics, summary } = rank(svmRfe, thread, { shared: { nFeatures: p } });
  expect(features.slice(0, 2).sort((a, b) => a - b)).toEqual([4, 30]);
  expect(features).toHaveLength(p);
  expect(summary).toMatchObject({ rounds: 11, step: 6, c: 1 });
  for (let k = 1; k < p; k++) {
    expect(scores[k]).toBeLessThanOrEqual(scores[k - 1]!);
    if (scores[k] === scores[k - 1]) expect(statistics!.weight![k]).toBeLessThanOrEqual(statistics!.weight![k - 1]! as number);
  }
});

test("the weight of a round is that of an SVM on what was left, taken away or summed anew", () => {
  const { features, scores, statistics } = rank(svmRfe, thread, { options: { step: 2 }, shared: { nFeatures: p } });
  // the second round still has more features than samples, the last but three has few
  for (const round of [2, 5, 27]) {
    const left = Uint32Array.from(features.filter((_, k) => scores[k]! >= round)).sort();
    const options = { weights: new Uint32Array(n).fill(1), standardise: true, c: 1 };
    const fresh = withPart(thread, (part) => withElimination(part, options, ({ weights }) => weights(left)));
    features.forEach((j, k) => {
      if (scores[k] === round) expect(statistics!.weight![k]! ** 2 / fresh[j]! - 1).toBeCloseTo(0, 8);
    });
  }
});

test("a smaller request is the head of a larger one; step counts features or a share of them", () => {
  const whole = rank(svmRfe, thread, { shared: { nFeatures: p } }).features;
  expect(rank(svmRfe, thread, { shared: { nFeatures: 7 } }).features).toEqual(whole.slice(0, 7));
  expect(rank(svmRfe, thread, { options: { step: 6 }, shared: { nFeatures: p } }).features).toEqual(whole);
  expect(rank(svmRfe, thread, { options: { step: 1 } }).summary).toMatchObject({ rounds: p, step: 1 });
  for (const step of [0, 1.5, -1]) expect(() => rank(svmRfe, thread, { options: { step } })).toThrow();
});

test("copies tie: of two equal columns the later name leaves first", () => {
  const copied = testThread([...planted.slice(0, p - 1), planted[4]!], featureNames(p), classTarget(y));
  const { features } = rank(svmRfe, copied, { shared: { nFeatures: p } });
  expect(features.indexOf(4)).toBeLessThan(features.indexOf(p - 1));
});

test("a sample drawn twice is two samples; class weights scale the cost", () => {
  const counts = Array.from({ length: n }, (_, i) => 1 + (i % 3 === 0 ? 1 : 0));
  const order = counts.flatMap((count, i) => new Array(count).fill(i) as number[]);
  const written = testThread(
    planted.map((column) => Float64Array.from(order, (i) => column[i]!)),
    featureNames(p),
    classTarget(order.map((i) => y[i]!)),
  );
  const weighted = rank(svmRfe, thread, { samples: draw(n, counts), shared: { nFeatures: p } });
  expect(rank(svmRfe, written, { shared: { nFeatures: p } }).features).toEqual(weighted.features);
  const unequal = testThread(planted, featureNames(p), classTarget(y.map((code, i) => (i < 34 ? 0 : code))));
  const plain = rank(svmRfe, unequal, { options: { c: 0.001 }, shared: { nFeatures: p } });
  const balanced = rank(svmRfe, unequal, { options: { c: 0.001 }, shared: { nFeatures: p, classWeight: true } });
  expect(balanced.statistics!.weight).not.toEqual(plain.statistics!.weight);
});

test("two samples in a class, and nothing but constants", () => {
  const few = testThread(planted, featureNames(p), classTarget(y.map((_, i) => (i < 2 ? 1 : 0))));
  expect(rank(svmRfe, few, { shared: { nFeatures: 5 } }).features).toHaveLength(5);
  const some = testThread([planted[4]!, new Float64Array(n).fill(7), planted[1]!], featureNames(3), classTarget(y));
  const got = rank(svmRfe, some);
  expect(got.features).toEqual([0, 2]);
  expect(got.notes!.join()).toMatch(/2 of 3 features vary; the rest are constant/);
  const flat = rank(svmRfe, testThread([new Float64Array(n)], ["a"], classTarget(y)));
  expect(flat.features).toEqual([]);
  expect(flat.notes!.join()).toMatch(/nothing was selected: all 1 features are constant/);
});

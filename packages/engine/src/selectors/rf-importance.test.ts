import { expect, test } from "vitest";
import { classTarget, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { rfImportance } from "./rf-importance.ts";

const n = 60;
const y = Int32Array.from({ length: n }, (_, i) => i % 2);

function thread(p: number, shifted: number) {
  const columns = noise(n, p, 4).map((values, j) => (j < shifted ? values.map((v, i) => v + 2 * y[i]!) : values));
  return testThread(columns, featureNames(p), classTarget(y));
}

test.each(["impurity", "permutation", "impurity_corrected"])("what differs by class comes first by %s importance", (importance) => {
  const { features, scores } = rank(rfImportance, thread(40, 3), { options: { n_trees: 200, importance }, shared: { nFeatures: 5 } });
  expect(new Set(features.slice(0, 3))).toEqual(new Set([0, 1, 2]));
  expect([...scores].sort((a, b) => b - a)).toEqual(scores);
  expect(scores.every((score) => score > 0)).toBe(true);
});

test("the out-of-bag error is that of guessing on noise, and small where classes part", () => {
  const error = (shifted: number) => Number(rank(rfImportance, thread(30, shifted), { options: { n_trees: 200 } }).summary!.oob_error);
  expect(error(0)).toBeGreaterThan(0.3);
  expect(error(8)).toBeLessThan(0.1);
});

test("an mtry above the number of features is refused by its field", () => {
  expect(() => rank(rfImportance, thread(10, 1), { options: { mtry: 11 } })).toThrow(/mtry is 11, there are 10 features/);
});

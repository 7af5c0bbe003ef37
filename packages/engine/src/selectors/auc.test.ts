import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/auc/agreement.ts";
import { classTarget, draw, featureNames, rank, testThread } from "../../test/thread.ts";
import { auc } from "./auc.ts";

test.each(agreements())("$quantity as $oracle: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const nan = Number.NaN;
const y = [0, 0, 0, 1, 1, 1];

test("ranked by the distance from 0.5, in either direction, ties by name; constant, empty and one-sided features are not judged", () => {
  const columns = {
    b_up: [1, 2, 3, 7, 8, 9],
    a_down: [9, 8, 7, 3, 2, 1],
    half: [1, 2, 3, 1, 2, 3],
    most: [1, 2, 5, 4, 7, 8],
    constant: [4, 4, 4, 4, 4, 4],
    empty: [nan, nan, nan, nan, nan, nan],
    one_class: [1, 2, 3, nan, nan, nan],
  };
  const thread = testThread(Object.values(columns), Object.keys(columns), classTarget(y));
  const got = rank(auc, thread);
  expect(got.features.map((j) => thread.matrix.names[j])).toEqual(["a_down", "b_up", "most", "half"]);
  expect(got.statistics!.auc).toEqual([0, 1, 8 / 9, 0.5]);
  expect(got.scores).toEqual([0.5, 0.5, 8 / 9 - 0.5, 0]);
  expect(got.summary).toMatchObject({ tested: 4, untestable: 3, passing: 4 });
  expect(got.notes).toEqual(["3 of 7 features were not judged: constant, or without a value in a class."]);
  expect(rank(auc, thread, { samples: draw([0, 1]) }).features).toEqual([]);
});

describe("min_auc", () => {
  const columns = [
    [1, 2, 3, 7, 8, 9],
    [8, 7, 4, 5, 2, 1],
    [1, 2, 3, 1, 2, 3],
  ];
  const thread = testThread(columns, featureNames(3), classTarget(y));

  test("drops what is below it, in the better direction, and names the nearest that selects more", () => {
    const got = rank(auc, thread, { options: { min_auc: 0.95 } });
    expect(got.features).toEqual([0]);
    expect(got.notes).toEqual(["1 of 3 features have an AUC of at least 0.95. The nearest min_auc that selects more is 0.8888 (f2)."]);
    expect(rank(auc, thread, { options: { min_auc: 0.8888 } }).features).toEqual([0, 1]);
  });

  test("says nothing where as many as asked for pass", () => {
    expect(rank(auc, thread, { options: { min_auc: 0.8 }, shared: { nFeatures: 2 } }).notes).toEqual([]);
  });
});

test("a sample drawn twice counts twice", () => {
  const thread = testThread([[1, 3, 2, 4]], ["x"], classTarget([0, 0, 1, 1]));
  expect(rank(auc, thread).statistics!.auc).toEqual([3 / 4]);
  // pairs: 1 with 2 and 4, 3 (twice) with 2 and 4
  expect(rank(auc, thread, { samples: draw(4, [1, 2, 1, 1]) }).statistics!.auc).toEqual([4 / 6]);
});

import { expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/fold_change/agreement.ts";
import { classTarget, draw, featureNames, rank, testThread } from "../../test/thread.ts";
import { foldChange } from "./fold-change.ts";

test.each(agreements())("$quantity as $oracle: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const nan = Number.NaN;
const y = [0, 0, 1, 1];

test("log values: difference of means; a noisy large one before a sure small one; nothing of constant and empty features", () => {
  const columns = {
    sure: [1, 1, 3, 3],
    noisy: [0, 8, 9, 7],
    down: [5, 6, 1, 2],
    even: [1, 3, 1, 3],
    constant: [2, 2, 2, 2],
    empty: [nan, nan, nan, nan],
    one_class: [1, 2, nan, nan],
  };
  const thread = testThread(Object.values(columns), Object.keys(columns), classTarget(y));
  const got = rank(foldChange, thread, { options: { data_scale: "log" } });
  expect(got.features.map((j) => thread.matrix.names[j])).toEqual(["down", "noisy", "sure", "even"]);
  expect(got.statistics!.log2_fold_change).toEqual([-4, 4, 2, 0]);
  expect(got.summary).toMatchObject({ tested: 4, untestable: 3, data_scale: "log" });
  expect(rank(foldChange, thread, { samples: draw([0, 1]) }).features).toEqual([]);
});

test("raw values: log2 of the ratio, detected or stated; no ratio where a mean is not above 0", () => {
  const columns = [
    [100, 140, 500, 460],
    [-30, 10, 50, 60],
    [8, 8, 1, 1],
  ];
  const thread = testThread(columns, featureNames(3), classTarget(y));
  const got = rank(foldChange, thread);
  expect(got).toMatchObject({
    features: [2, 0],
    scores: [3, 2],
    statistics: { log2_fold_change: [-3, 2] },
    summary: { data_scale: "raw" },
  });
  expect(got.notes!.join()).toContain("1 of 3 features were not judged");
  expect(rank(foldChange, thread, { options: { data_scale: "log" } }).features).toEqual([0, 1, 2]);
});

test("min_abs_log2 drops what is below it and names the nearest that selects more", () => {
  const thread = testThread(
    [
      [1, 1, 3, 3.5],
      [1, 1.5, 2, 2],
    ],
    featureNames(2),
    classTarget(y),
  );
  const got = rank(foldChange, thread, { options: { data_scale: "log", min_abs_log2: 1 } });
  expect(got.features).toEqual([0]);
  expect(got.notes).toEqual([
    "1 of 2 features have a |log2 fold change| of at least 1. The nearest min_abs_log2 that selects more is 0.75 (f2).",
  ]);
  const none = rank(foldChange, thread, { options: { data_scale: "log", min_abs_log2: 9 } });
  expect(none.features).toEqual([]);
  expect(none.notes!.join()).toContain("0 of 2 features");
});

test("a sample drawn twice counts twice", () => {
  const thread = testThread([[1, 4, 3, 6]], ["x"], classTarget(y));
  expect(rank(foldChange, thread, { options: { data_scale: "log" }, samples: draw(4, [2, 1, 1, 1]) }).scores).toEqual([2.5]);
});

import { expect, test } from "vitest";
import { cohort, fitOn, rawOf } from "../../test/fit-model.ts";
import { featureNames, testThread } from "../../test/thread.ts";
import { column } from "../matrix.ts";
import { transformMatrix } from "../preprocess/transform.ts";
import { predictRaw } from "./frozen.ts";
import { treatSamples } from "./preprocessing.ts";

test.each(["none", "log2", "log2p1", "clip", "cpm_log"] as const)(
  "transform %s: new samples get what the study's matrix got, bit by bit",
  (transform) => {
    const names = featureNames(4);
    const columns = [0.7, 3.1, 11, 250].map((unit, j) =>
      Float64Array.from({ length: 6 }, (_, i) => Math.fround(unit * (1 + ((i * 7 + j) % 5)))),
    );
    const clip: [number, number] = [1.1, 900];
    const thread = testThread(columns, names, { task: "unsupervised", n: 6 });
    transformMatrix(thread.matrix, transform, clip);
    const treated = { transform, clip, total_of: transform === "cpm_log" ? names : null, impute: "none" as const, fill: null };
    const table = treatSamples(treated, names, { featureNames: names, columns }, "filled");
    table.columns.forEach((values, j) => {
      expect(Array.from(values)).toEqual(Array.from(column(thread.matrix, j)));
    });
  },
);

test("values without a transform name feature, sample and value; twice-named features are refused", () => {
  const treated = { transform: "log2" as const, clip: null, total_of: null, impute: "none" as const, fill: null };
  expect(() => treatSamples(treated, ["a"], { featureNames: ["a"], columns: [[1, -2]] }, "filled")).toThrow(/feature a is -2 in sample 2/);
  expect(() => treatSamples(treated, ["a"], { featureNames: ["a", "a"], columns: [[1], [2]] }, "filled")).toThrow(
    /feature a is there twice/,
  );
});

test("what stands for a gap was learned from the training part, each sample as often as it was drawn", () => {
  const data = cohort("binary");
  const counts = data.columns[0]!.map((_, i) => (i === 0 ? 200 : 1));
  for (const impute of ["median", "mean"] as const) {
    const { features, preprocessing } = fitOn("logistic_regression", data, { counts, treatment: { impute } });
    const first = data.columns[data.names.indexOf(features[0]!)]!;
    const mean = first.reduce((sum, value, i) => sum + counts[i]! * value, 0) / counts.reduce((a, b) => a + b, 0);
    expect(preprocessing.fill![0]).toBeCloseTo(impute === "median" ? first[0]! : mean, 5);
  }
});

test("lambda is chosen by inner cross-validation, with groups whole; l1_ratio 0 keeps every feature", () => {
  const data = cohort("binary");
  const groups = Int32Array.from(data.columns[0]!, (_, i) => i >> 1);
  const lasso = fitOn("logistic_regression", data, { options: { l1_ratio: 1 }, shared: { groups } });
  expect(lasso.features).toContain("f05");
  expect(lasso.summary.cv_deviance).toBeGreaterThan(0);
  const sparse = fitOn("logistic_regression", data, { options: { l1_ratio: 1, lambda: "1se" }, shared: { groups } });
  expect(sparse.features.length).toBeLessThanOrEqual(lasso.features.length);
  const ridge = fitOn("logistic_regression", data, { options: { l1_ratio: 0 } });
  expect(ridge.features).toEqual(data.names);
});

test("class weights move probabilities to the rare class", () => {
  const data = cohort("binary");
  const counts = data.columns[0]!.map((_, i) => ("y" in data.target && data.target.y[i] === 1 ? 1 : 6));
  const meanOf = (classWeight: boolean) =>
    predictRaw(fitOn("logistic_regression", data, { counts, shared: { classWeight } }), rawOf(data)).scores[1]!.reduce((a, b) => a + b, 0) /
    48;
  expect(meanOf(true)).toBeGreaterThan(meanOf(false) + 0.1);
});

test("calibration of numbers is refused, and unknown options are named", () => {
  expect(() => fitOn("linear_regression", cohort("regression"), { calibration: "platt" })).toThrow(/there are none here/);
  expect(() => fitOn("random_forest", cohort("binary"), { options: { mtry: 99 } })).toThrow(/mtry is 99, there are 12 features/);
  expect(() => fitOn("linear_regression", cohort("binary"))).toThrow(/does not do binary/);
});

import { expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/model_calibration/agreement.ts";
import { calibrate, fitCalibration, logOdds } from "./calibration.ts";

test.each(agreements())("$inputs, $quantity: $deviation", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

test("classes that all get 0 share the probability", () => {
  const values = [0, 1, 2].map((k) => Float64Array.from([0, 1, 2, 3, 4, 5], (i) => (i % 3 === k ? 1 : -1)));
  const fitted = fitCalibration("isotonic", values, Int32Array.of(0, 1, 2, 0, 1, 2), new Float64Array(6).fill(1));
  const low = calibrate(fitted, [Float64Array.of(-2), Float64Array.of(-2), Float64Array.of(-2)]);
  expect(low.map((column) => column[0])).toEqual([1 / 3, 1 / 3, 1 / 3]);
});

test("log odds of certain predictions are finite", () => {
  expect(logOdds([Float64Array.of(1, 0.5), Float64Array.of(0, 0.5)])[0]![0]).toBeCloseTo(-27.63, 2);
});

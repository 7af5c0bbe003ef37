import { expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/hvg/agreement.ts";
import { classTarget, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { hvg } from "./hvg.ts";

test.each(agreements())("$oracle: $quantity, $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const target = classTarget(Array.from({ length: 60 }, (_, i) => i % 2));

test("the data's scale picks the flavor", () => {
  const logged = noise(60, 30).map((values) => values.map((value) => 5 + value));
  const counts = logged.map((values) => values.map((value) => Math.max(0, Math.round(20 * value))));
  const flavorOf = (columns: Float64Array[]) => rank(hvg, testThread(columns, featureNames(30), target)).summary!.flavor;
  expect(flavorOf(logged)).toBe("seurat");
  expect(flavorOf(counts)).toBe("seurat_v3");
});

test("a feature that varies more than its mean explains leads in every flavor", () => {
  const columns = noise(60, 400).map((values, j) =>
    values.map((value, i) => Math.max(0, 3 + (j % 40) / 20 + 0.3 * value + (j === 12 ? 2 * (i % 2) - 1 : 0))),
  );
  const thread = testThread(columns, featureNames(400), target);
  for (const flavor of ["seurat_v3", "seurat", "cell_ranger"]) {
    expect(rank(hvg, thread, { options: { flavor } }).features[0], flavor).toBe(12);
  }
});

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Worker } from "node:worker_threads";
import { selectionConfig } from "@omicselector2/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDatasetReader, queueOf } from "./dataset-reader.ts";
import { cohortCsv, datasetOf, type TestDataset } from "./testing/cohort.ts";

const reader = createDatasetReader({ threads: 2 });
let dataset: TestDataset;
beforeAll(async () => {
  dataset = await datasetOf(cohortCsv(20, 5, 1));
});
afterAll(async () => {
  await reader.close();
  await dataset.remove();
});

test("a request that can be run comes back with its plan, by canonical names", async () => {
  const checked = await reader.validateSelection(dataset.path, ["ttest", "anova"], selectionConfig.parse({ cv_folds: 2 }));
  expect(checked).toMatchObject({ canonicalMethods: ["t_test", "anova"], queue: "high_priority", samples: 20, features: 5 });
  expect(checked.config).toMatchObject({ n_features_to_select: 5 });
  // (2 folds + all samples) x 2 methods, and 2 folds x (2 methods + their consensus)
  expect(new Set(checked.units.map(({ id }) => id)).size).toBe(6 + 6);
  expect(checked.estimateSeconds).toBeGreaterThan(0);
  // at least the matrix: 20 samples, 4 bytes each
  expect(checked.estimateBytes).toBeGreaterThan(80 * checked.features);
});

test("a request that cannot be run is refused, and the reader goes on", async () => {
  const refused = reader.validateSelection(dataset.path, ["t_test"], selectionConfig.parse({ target_column: "nothing" }));
  await expect(refused).rejects.toMatchObject({ name: "EngineError", path: ["config", "target_column"] });
  const noLayer = reader.validateSelection(dataset.path, ["t_test"], selectionConfig.parse({ layer: "raw" }));
  await expect(noLayer).rejects.toMatchObject({ name: "EngineError", path: ["config", "layer"], message: expect.stringContaining("raw") });
  expect(await reader.describe(dataset.path)).toEqual({
    classes: { case: 10, control: 10 },
    targetCandidates: ["class", "site"],
    sampleColumns: ["class", "site"],
  });
});

test("a preview shows the first rows and columns, null where missing", async () => {
  const shown = await reader.preview(dataset.path, { rows: 2, columns: 3 });
  expect(shown).toMatchObject({ n_samples: 20, n_features: 5, sample_ids: ["s1", "s2"], feature_names: ["g1", "g2", "g3"] });
  expect(shown.values).toEqual([
    [expect.any(Number), expect.any(Number), null],
    [expect.any(Number), expect.any(Number), expect.any(Number)],
  ]);
  expect(shown.sample_columns).toEqual({ class: ["control", "case"], site: ["site0", "site1"] });
});

test("a summary counts what is missing and places the samples", async () => {
  const summary = await reader.summary(dataset.path);
  expect(summary).toMatchObject({ n_samples: 20, n_features: 5, pca_note: null });
  const lines = (await readFile(await csvOf(), "utf8")).trimEnd().split("\n").slice(1);
  const cells = lines.map((line) => line.split(",").slice(3));
  const missing = cells.flat().filter((cell) => cell === "").length;
  expect(missing).toBeGreaterThan(0);
  expect(summary.missing).toMatchObject({
    cells: missing,
    share: missing / 100,
    complete_samples: cells.filter((row) => !row.includes("")).length,
  });
  expect(summary.missing.samples.reduce((sum, { missing: count }) => sum + count, 0)).toBe(missing);
  expect(summary.missing.features.reduce((sum, { missing: count }) => sum + count, 0)).toBe(missing);
  expect(summary.pca!.samples.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, i) => `s${i + 1}`));
  expect(summary.pca!.explained.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
  for (const { coordinates } of summary.pca!.samples) expect(coordinates).toHaveLength(summary.pca!.explained.length);
});

async function csvOf(): Promise<string> {
  const output = `${dataset.path}.summary.csv`;
  await reader.exportCsv(dataset.path, output);
  return output;
}

test("a dataset is written as CSV, beside whatever else is asked", async () => {
  const output = `${dataset.path}.csv`;
  await reader.exportCsv(dataset.path, output);
  const lines = (await readFile(output, "utf8")).trimEnd().split("\n");
  expect([lines.length, lines[0]]).toEqual([21, "sample_id,class,site,g1,g2,g3,g4,g5"]);
  expect(lines[1]).toMatch(/^s1,control,site0,-?[\d.e-]+,-?[\d.e-]+,,/);
});

test("a thread ends for want of calls, and the next call has another", async () => {
  const ends: Promise<unknown>[] = [];
  const onWorker = (worker: Worker) => ends.push(once(worker, "exit"));
  process.on("worker", onWorker);
  const idle = createDatasetReader({ threads: 1, idleMs: 1 });
  const first = await idle.describe(dataset.path);
  await ends[0];
  expect(await idle.describe(dataset.path)).toEqual(first);
  await ends[1];
  process.off("worker", onWorker);
  expect(ends).toHaveLength(2);
});

test.each([
  [299, "high_priority"],
  [300, "default"],
  [3600, "default"],
  [3601, "low_priority"],
])("%d s go to %s", (seconds, queue) => {
  expect(queueOf(seconds)).toBe(queue);
});

import { selectionConfig } from "@omicselector2/contracts";
import { EngineError } from "@omicselector2/engine";
import type { ExecutorJob } from "@omicselector2/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStudyExecutor } from "./study-executor.ts";
import { cohortCsv, datasetOf, type TestDataset } from "./testing/cohort.ts";

let dataset: TestDataset;
beforeAll(async () => {
  dataset = await datasetOf(cohortCsv(60, 40, 4));
});
afterAll(() => dataset.remove());

const stable = { cv_folds: 3, n_features_to_select: 5, stability: { enabled: true, n_bootstraps: 6, threshold: 0.5 } };

function jobOf(config: object, more: Partial<ExecutorJob> = {}): ExecutorJob {
  return {
    datasetPath: dataset.path,
    datasetHash: dataset.hash,
    methods: ["t_test", "anova"],
    config: selectionConfig.parse(config),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...more,
  };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("finds the planted features, and says what it was computed from", async () => {
  const { result, artifacts } = await createStudyExecutor({ threads: 2 }).run(jobOf(stable));
  const found = JSON.parse(text(result));
  expect([...found.selected_features].sort()).toEqual(expect.arrayContaining(["g1", "g2", "g3", "g4"]));
  expect(found.dataset).toMatchObject({ sha256: dataset.hash, n_samples: 60, n_features: 40, target: "class", positive_class: "case" });
  expect(found.metrics.performance.roc_auc).toBeGreaterThan(0.9);
  expect([...artifacts.keys()]).toEqual(expect.arrayContaining(["result.json", "features.csv"]));
});

test("threads, and who computed a unit in which order, do not change one byte of the result", async () => {
  const alone = await createStudyExecutor({ threads: 1 }).run(jobOf(stable));
  const never = new AbortController().signal;
  const [a, b] = await Promise.all([3, 1].map((threads) => createStudyExecutor({ threads }).open(jobOf(stable), never)));
  const outputs = new Map<string, Uint8Array>();
  for (const [i, { id }] of a!.units
    .toReversed()
    .toSorted((x, y) => x.stage - y.stage)
    .entries()) {
    const study = i % 2 === 0 ? a! : b!;
    expect(study.inputsOf(id).every((input) => outputs.has(input))).toBe(true);
    outputs.set(id, await study.runUnit(id, outputs, never));
  }
  for (const study of [a!, b!]) {
    expect(text((await study.reduce(outputs)).result)).toBe(text(alone.result));
    await study.close();
  }
});

test("a unit is given up at once, and its thread computes the next when it is done", async () => {
  const study = await createStudyExecutor({ threads: 1 }).open(jobOf(stable), new AbortController().signal);
  const [first, second] = study.units;
  const giveUp = new AbortController();
  const given = study.runUnit(first!.id, new Map(), giveUp.signal);
  giveUp.abort(new Error("somebody else has it"));
  await expect(given).rejects.toThrow("somebody else has it");
  expect((await study.runUnit(second!.id, new Map(), new AbortController().signal)).length).toBeGreaterThan(10);
  const late = study.runUnit(first!.id, new Map(), new AbortController().signal);
  const refused = expect(late).rejects.toThrow("the job was cancelled");
  await study.close(new Error("the job was cancelled"));
  await refused;
});

test("a study that needs more memory than there is is refused with the figures", async () => {
  const small = createStudyExecutor({ threads: 2, memory: 1000 }).open(jobOf(stable), new AbortController().signal);
  await expect(small).rejects.toMatchObject({
    name: "EngineError",
    code: "too_large",
    message: expect.stringMatching(/60 samples x 40 features on 2 threads need about \d+ MiB, and the worker has 1 MiB/),
  });
});

test("covariates from the file: a text column and a feature, the same on any number of threads", async () => {
  const config = { cv_folds: 3, n_features_to_select: 5, covariates: ["site", "g1"], transform: "log2" };
  const run = (threads: number) => createStudyExecutor({ threads }).run(jobOf(config, { methods: ["lasso", "moderated_t", "t_test"] }));
  const { result } = await run(2);
  const found = JSON.parse(text(result));
  expect(found.dataset.n_features).toBe(39);
  expect(found.selected_features).not.toContain("g1");
  const { lasso, moderated_t, t_test } = found.metrics.methods;
  expect(lasso.summary).toMatchObject({ covariates: "site=site1, site=site2, g1", coefficient_g1: expect.any(Number) });
  expect(moderated_t.ranking[0].adjusted_difference).toEqual(expect.any(Number));
  expect(t_test.notes).toContain("t_test judges each feature without the covariates site, g1");
  const { roc_auc, covariates_only } = found.metrics.performance;
  expect(covariates_only.roc_auc).toBeGreaterThan(0.6);
  expect(roc_auc).toBeGreaterThan(covariates_only.roc_auc);
  expect(text((await run(1)).result)).toBe(text(result));
  const missing = createStudyExecutor({ threads: 1 }).run(jobOf({ covariates: ["site", "g3"] }));
  await expect(missing).rejects.toMatchObject({ code: "data_unusable", path: ["config", "covariates", 1] });
});

test("progress counts every unit, starting from what is done", async () => {
  const seen: { done: number; total: number; etaSeconds: number | null }[] = [];
  await createStudyExecutor({ threads: 2 }).run(jobOf({ cv_folds: 3 }, { onProgress: (now) => seen.push(now) }));
  const total = 2 * 4 + 3 * 3;
  expect(seen.filter((now) => now.total > 0).map((now) => now.done)).toEqual(Array.from({ length: total + 1 }, (_, i) => i));
  expect(seen.at(-1)).toMatchObject({ done: total, total, etaSeconds: 0 });
});

test("an error of the engine arrives with its code, message and path", async () => {
  const run = createStudyExecutor({ threads: 1 }).run(jobOf({ transform: "log2", clip: [-10, 10], target_column: "class", cv_folds: 40 }));
  const error = await run.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EngineError);
  expect(error).toMatchObject({ code: "target_unusable", path: ["config", "cv_folds"] });
});

test("data in which nothing varies are refused before anything is computed", async () => {
  const flat = createStudyExecutor({ threads: 1 }).run(jobOf({ clip: [1e6, 2e6] }));
  await expect(flat).rejects.toMatchObject({ code: "data_unusable", message: expect.stringMatching(/all 40 features.*clip holds them/) });
});

test("an error in a unit ends the study with it", async () => {
  const lasso = createStudyExecutor({ threads: 2 }).run(jobOf({ impute: "none" }, { methods: ["lasso"] }));
  await expect(lasso).rejects.toMatchObject({ code: "data_unusable", path: ["config", "impute"], message: expect.stringContaining("g3") });
});

test("a cancel ends the threads within a second", async () => {
  const abort = new AbortController();
  const long = { ...stable, stability: { enabled: true, n_bootstraps: 2000 } };
  let at = 0;
  const run = createStudyExecutor({ threads: 2 }).run(
    jobOf(long, {
      signal: abort.signal,
      onProgress: ({ done }) => {
        if (done !== 5) return;
        at = performance.now();
        abort.abort(new Error("cancelled by the user"));
      },
    }),
  );
  await expect(run).rejects.toThrow("cancelled by the user");
  expect(performance.now() - at).toBeLessThan(1000);
});

test("closing the executor ends what runs", async () => {
  const executor = createStudyExecutor({ threads: 1 });
  const run = executor.run(jobOf(stable));
  await executor.close();
  await expect(run).rejects.toThrow("closed");
});

import { selectionConfig } from "@omicselector2/contracts";
import { Rng, selectors } from "@omicselector2/engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStudyExecutor } from "./study-executor.ts";
import { datasetOf, type TestDataset } from "./testing/cohort.ts";

/** 36 samples, 12 features of which g1 to g3 follow what is told, some values missing; a target of each kind beside them. */
function everyTargetCsv(): string {
  const rng = Rng.from(3, "every-method");
  const deviate = () => rng.uniform() + rng.uniform() + rng.uniform() - 1.5;
  const features = Array.from({ length: 12 }, (_, j) => `g${j + 1}`);
  const rows = Array.from({ length: 36 }, (_, i) => {
    const told = (i % 3) - 1;
    const values = features.map((_, j) => (j > 3 && (i + j) % 13 === 0 ? "" : (8 + deviate() + (j < 3 ? told : 0)).toFixed(4)));
    const targets = [told > 0 || (told === 0 && i % 2 === 0) ? "case" : "control", "abc"[i % 3], (told + deviate()).toFixed(4)];
    return [`s${i + 1}`, ...targets, (5 - told + deviate()).toFixed(4), i % 5 === 0 ? 0 : 1, ...values].join(",");
  });
  return [["sample_id", "two", "three", "number", "time", "event", ...features].join(","), ...rows].join("\n");
}

const tasks = [
  { task: "binary", columns: { target_column: "two" } },
  { task: "multiclass", columns: { target_column: "three" } },
  { task: "regression", columns: { target_column: "number", task: "regression" } },
  { task: "survival", columns: { time_column: "time", event_column: "event" } },
] as const;
const supported = tasks.filter(({ task }) => selectors.some((each) => each.tasks.includes(task)));

const cheap = {
  rf_importance: { n_trees: 20 },
  boruta: { n_trees: 20, max_runs: 10, include_tentative: true },
  xgboost: { n_estimators: 10, subsample: 0.8 },
};

let dataset: TestDataset;
beforeAll(async () => {
  dataset = await datasetOf(everyTargetCsv());
});
afterAll(() => dataset.remove());

test.each(supported)("one thread and three give the same bytes: all methods for $task", async ({ task, columns }) => {
  const methods = selectors.filter((each) => each.tasks.some((one) => one === task || one === "unsupervised")).map(({ id }) => id);
  const targets = ["two", "three", "number", "time", "event"];
  const used: readonly string[] = Object.values(columns);
  const config = selectionConfig.parse({
    ...columns,
    cv_folds: 2,
    n_features_to_select: 4,
    exclude_columns: targets.filter((name) => !used.includes(name)),
    method_options: Object.fromEntries(Object.entries(cheap).filter(([id]) => methods.includes(id))),
  });
  const run = async (threads: number) => {
    const { result } = await createStudyExecutor({ threads }).run({
      datasetPath: dataset.path,
      datasetHash: dataset.hash,
      methods,
      config,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    return new TextDecoder().decode(result);
  };
  const alone = await run(1);
  expect(await run(3)).toBe(alone);
  expect(Object.keys(JSON.parse(alone).methods)).toHaveLength(methods.length);
});

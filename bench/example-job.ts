import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { selectionConfig } from "@omicselector2/contracts";
import { planStudy, resolveConfig, type SelectUnit, type StudyInput, shapeOf } from "@omicselector2/engine";
import type { Cohort } from "./cohort.ts";

/** The plan's example job: lasso, elastic net and forest on half-samples, the first q = 50 to enter the path, 500 trees. */
export const exampleMethods = ["lasso", "elastic_net", "rf_importance"] as const;

export interface ExampleTiming {
  seconds: number;
  /** seconds of each method over all resamples, summed over threads */
  byMethod: Record<string, number>;
  /** the drawn samples of each resample, for peers: 0-based */
  resamples: number;
}

/** `resamples` resamples of all three methods on `threads` threads, no outer folds; reading the data is not counted. */
export async function benchExampleJob(cohort: Cohort, resamples: number, threads: number): Promise<ExampleTiming> {
  const config = resolveConfig(selectionConfig.parse({ stability: { enabled: true, n_bootstraps: resamples } }), cohort.matrix.p);
  const input: StudyInput = {
    matrix: cohort.matrix,
    target: cohort.target,
    targetName: "class",
    eventName: null,
    positiveClass: "case",
    groups: undefined,
    datasetHash: "",
    methods: [...exampleMethods],
    config,
    notes: [],
  };
  const plan = planStudy(shapeOf(cohort.matrix.n, cohort.matrix.p, cohort.target), input.methods, config);
  const units = plan
    .filter((unit) => unit.kind === "select")
    .filter((unit) => unit.part === "full")
    .sort((a, b) => b.cost - a.cost);
  const workers = Array.from({ length: threads }, () => new Worker(new URL("./example-job-thread.ts", import.meta.url)));
  await Promise.all(
    workers.map((worker, thread) => {
      worker.postMessage({ input, thread, threads });
      return once(worker, "message");
    }),
  );
  const byMethod: Record<string, number> = {};
  const start = performance.now();
  await Promise.all(workers.map((worker) => work(worker, units, byMethod)));
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { seconds, byMethod, resamples };
}

async function work(worker: Worker, units: SelectUnit[], byMethod: Record<string, number>): Promise<void> {
  for (let unit = units.shift(); unit !== undefined; unit = units.shift()) {
    const start = performance.now();
    worker.postMessage({ unit });
    await once(worker, "message");
    byMethod[unit.method] = (byMethod[unit.method] ?? 0) + (performance.now() - start) / 1000;
  }
}

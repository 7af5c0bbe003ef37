import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type ResolvedSelectionConfig, selectionConfig } from "@omicselector2/contracts";
import {
  decodeOutput,
  planStudy,
  resolveConfig,
  type SelectOutput,
  type SelectUnit,
  type StudyInput,
  shapeOf,
} from "@omicselector2/engine";
import type { Draw } from "../packages/engine/src/part.ts";
import { populationOf } from "../packages/engine/src/study/shape.ts";
import { resampleDraw } from "../packages/engine/src/study/splits.ts";
import { studyRng } from "../packages/engine/src/study/unit.ts";
import type { Cohort } from "./cohort.ts";
import { coreSeconds } from "./pairs.ts";

/** The plan's example job: lasso, elastic net and forest on half-samples, the first q = 50 to enter the path, 500 trees. */
export const exampleMethods = ["lasso", "elastic_net", "rf_importance"] as const;

export interface ExampleTiming {
  /** core-seconds of all threads; reading the data is not counted, the threads' first compilation is */
  seconds: number;
  /** of the clock */
  elapsed: number;
  /** seconds of each method over all resamples, summed over threads */
  byMethod: Record<string, number>;
  /** for each method the features selected in each resample of all samples */
  selected: Record<string, number[][]>;
}

/** `resamples` resamples of all three methods on `threads` threads: of all samples, and with `folds` of the five outer training parts too. */
export async function benchExampleJob(cohort: Cohort, resamples: number, threads: number, folds = false): Promise<ExampleTiming> {
  const config = configOf(cohort, resamples);
  const input = inputOf(cohort, config);
  const plan = planStudy(shapeOf(cohort.matrix.n, cohort.matrix.p, cohort.target), input.methods, config);
  const units = plan
    .filter((unit) => unit.kind === "select")
    .filter((unit) => folds || unit.part === "full")
    .sort((a, b) => b.cost - a.cost);
  const workers = Array.from({ length: threads }, () => new Worker(new URL("./example-job-thread.ts", import.meta.url)));
  await Promise.all(
    workers.map((worker, thread) => {
      worker.postMessage({ input, thread, threads });
      return once(worker, "message");
    }),
  );
  const timing: ExampleTiming = {
    seconds: 0,
    elapsed: 0,
    byMethod: {},
    selected: Object.fromEntries(exampleMethods.map((method) => [method, []])),
  };
  const start = performance.now();
  const core = coreSeconds();
  await Promise.all(workers.map((worker) => work(worker, units, timing)));
  timing.seconds = coreSeconds() - core;
  timing.elapsed = (performance.now() - start) / 1000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return timing;
}

/** The half-samples that the job draws. */
export function exampleDraws(cohort: Cohort, resamples: number): Draw[] {
  const config = configOf(cohort, resamples);
  const population = populationOf(cohort.target, undefined);
  return Array.from({ length: resamples }, (_, b) => resampleDraw(population, config, studyRng({ config }), "full", b));
}

function configOf({ matrix }: Cohort, resamples: number): ResolvedSelectionConfig {
  return resolveConfig(selectionConfig.parse({ stability: { enabled: true, n_bootstraps: resamples } }), matrix.p);
}

function inputOf(cohort: Cohort, config: ResolvedSelectionConfig): StudyInput {
  return {
    matrix: cohort.matrix,
    target: cohort.target,
    targetName: "class",
    eventName: null,
    positiveClass: "case",
    groups: undefined,
    covariates: { names: [], columns: [] },
    datasetHash: "",
    methods: [...exampleMethods],
    config,
    notes: [],
  };
}

async function work(worker: Worker, units: SelectUnit[], { byMethod, selected }: ExampleTiming): Promise<void> {
  for (let unit = units.shift(); unit !== undefined; unit = units.shift()) {
    const start = performance.now();
    worker.postMessage({ unit });
    const [{ output }] = (await once(worker, "message")) as [{ output: Uint8Array }];
    byMethod[unit.method] = (byMethod[unit.method] ?? 0) + (performance.now() - start) / 1000;
    if (unit.part === "full") selected[unit.method]![unit.resample!] = decodeOutput<SelectOutput>(output).features ?? [];
  }
}

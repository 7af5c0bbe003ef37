import { type SelectionConfigInput, type SelectionResult, selectionConfig } from "@omicselector2/contracts";
import { column } from "../src/matrix.ts";
import type { Thread } from "../src/part.ts";
import { metaOf, planStudy, reduceStudy, resolveConfig, runUnit, type StudyInput, shapeOf, type Unit } from "../src/study/index.ts";
import type { Target } from "../src/target.ts";
import { type Covariates, featureNames, testThread } from "./thread.ts";

export interface RunRequest {
  columns: readonly ArrayLike<number>[];
  target: Target;
  methods: string[];
  config?: SelectionConfigInput;
  names?: readonly string[];
  groups?: Int32Array;
  covariates?: Covariates;
  /** order in which the units of a stage are run */
  order?: (units: Unit[]) => Unit[];
}

export interface RunResult {
  result: SelectionResult;
  bytes: Uint8Array;
  plan: Unit[];
  outputs: Map<string, Uint8Array>;
  input: StudyInput;
}

/** A whole study on one thread, as an executor would run it. */
export function runStudy(request: RunRequest): RunResult {
  const names = request.names ?? featureNames(request.columns.length);
  const thread = testThread(request.columns, names, request.target, request.covariates);
  const input = studyInput(thread, request);
  const plan = planStudy(shapeOf(thread.matrix.n, thread.matrix.p, input.target), input.methods, input.config);
  const outputs = new Map<string, Uint8Array>();
  const read = (id: string) => outputs.get(id) ?? missing(id);
  for (const stage of [1, 2]) {
    const units = plan.filter((unit) => unit.stage === stage);
    for (const unit of request.order?.(units) ?? units) outputs.set(unit.id, runUnit(thread, input, unit, read));
  }
  const { result, artifacts } = reduceStudy(metaOf(input), read);
  return { result, bytes: artifacts.get("result.json")!, plan, outputs, input };
}

export function studyInput(thread: Thread, request: RunRequest): StudyInput {
  return {
    matrix: thread.matrix,
    target: request.target,
    targetName: "class",
    eventName: request.target.task === "survival" ? "event" : null,
    positiveClass: "classes" in request.target && request.target.classes.length === 2 ? request.target.classes[1]! : null,
    groups: request.groups,
    covariates: {
      names: thread.matrix.covariates,
      columns: thread.matrix.covariates.map((_, k) => Float64Array.from(column(thread.matrix, thread.matrix.p + k))),
    },
    datasetHash: "0".repeat(64),
    methods: request.methods,
    config: resolveConfig(selectionConfig.parse(request.config ?? {}), thread.matrix.p),
    notes: [],
  };
}

function missing(id: string): never {
  throw new Error(`unit ${id} was read before it was run`);
}

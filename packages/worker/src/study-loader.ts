import type { MessagePort } from "node:worker_threads";
import type { SelectionConfig } from "@omicselector2/contracts";
import {
  allocateMatrix,
  column,
  countMissing,
  EngineError,
  estimateBytes,
  refuseConstant,
  type StudyInput,
  shapeOf,
  transformMatrix,
} from "@omicselector2/engine";
import type { DataFile } from "@omicselector2/formats";
import { openSource, readMatrix } from "./source.ts";
import { type StudySetup, setUpStudy } from "./study-setup.ts";
import { answer, type Reply } from "./thread.ts";

/** The script of the thread that reads the data of a study; apart from those that compute, which need no reader of files. */

export interface Load {
  readonly datasetPath: DataFile;
  readonly datasetHash: string;
  readonly methods: readonly string[];
  readonly config: SelectionConfig;
  /** one for each thread that is to run units; the input goes there without passing the main thread */
  readonly ports: readonly MessagePort[];
  /** bytes that a study may take, Infinity where nobody counts */
  readonly memory: number;
}
export interface Loaded extends Pick<StudySetup, "plan" | "methods" | "config"> {
  /** that the study works in, roughly */
  readonly bytes: number;
}

answer({ load });

/** Reads the data into a new shared matrix, transforms it and hands it to the other threads. */
async function load({ datasetPath, datasetHash, methods, config, ports, memory }: Load): Promise<Reply> {
  const source = await openSource(datasetPath, config);
  const { rows, features, names, plan, ...setup } = setUpStudy(source, methods, config);
  const shape = shapeOf(rows.length, features.length, setup.target);
  const bytes = estimateBytes(shape, setup.methods, setup.config, ports.length);
  if (bytes > memory) throw new EngineError("too_large", tooLarge(shape, ports.length, bytes, memory));
  const matrix = allocateMatrix(rows.length, names, ports.length, setup.covariates.names);
  await readMatrix(datasetPath, config, rows, features, matrix);
  setup.covariates.columns.forEach((values, k) => {
    column(matrix, names.length + k).set(values);
  });
  transformMatrix(matrix, config.transform, config.clip);
  countMissing(matrix);
  refuseConstant(matrix, config.clip !== undefined);
  const ready: StudyInput = { ...setup, matrix, datasetHash };
  for (const port of ports) port.postMessage(ready);
  return { value: { plan, methods: setup.methods, config: setup.config, bytes } satisfies Loaded };
}

function tooLarge({ n, p }: { n: number; p: number }, threads: number, bytes: number, memory: number): string {
  const what = `${n} samples x ${p} features on ${threads} ${threads === 1 ? "thread" : "threads"}`;
  return `${what} need about ${mib(bytes)} MiB, and the worker has ${mib(memory)} MiB for a study; filter features first, or use fewer threads or a larger machine`;
}

const mib = (bytes: number) => Math.ceil(bytes / 2 ** 20);

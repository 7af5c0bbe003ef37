import type { MessagePort } from "node:worker_threads";
import type { SelectionConfig } from "@omicselector2/contracts";
import { allocateMatrix, column, countMissing, refuseConstant, type StudyInput, transformMatrix } from "@omicselector2/engine";
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
}
export type Loaded = Pick<StudySetup, "plan" | "methods" | "config">;

answer({ load });

/** Reads the data into a new shared matrix, transforms it and hands it to the other threads. */
async function load({ datasetPath, datasetHash, methods, config, ports }: Load): Promise<Reply> {
  const source = await openSource(datasetPath, config);
  const { rows, features, names, plan, ...setup } = setUpStudy(source, methods, config);
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
  return { value: { plan, methods: setup.methods, config: setup.config } satisfies Loaded };
}

import type { DataFile } from "@omicselector2/contracts/frames";

/** Runs the units of a job somewhere; the embedded one on threads of this process. */
export interface ExecutorJob {
  readonly jobId: string;
  /** file of the canonical data.h5ad */
  readonly datasetPath: DataFile;
  readonly datasetHash: string;
  readonly methods: readonly string[];
  /** the checked config of the job */
  readonly config: Record<string, unknown>;
  /** outputs that earlier runs left, by unit id; these units are not run again */
  readonly done: ReadonlyMap<string, Uint8Array>;
  readonly signal: AbortSignal;
  /** called once for each unit that ends; its promise is awaited before the job can end */
  onUnit(unitId: string, output: Uint8Array): Promise<void>;
  /** units done and planned, the time left as estimated in seconds */
  onProgress(progress: { done: number; total: number; etaSeconds: number | null; message: string }): void;
}

export interface ExecutorResult {
  /** bytes of result.json */
  readonly result: Uint8Array;
  readonly artifacts: ReadonlyMap<string, Uint8Array>;
}

export interface Executor {
  run(job: ExecutorJob): Promise<ExecutorResult>;
  close(): Promise<void>;
}

import type { DataFile } from "@omicselector2/contracts/frames";

/** Opens studies and computes their units; the adapter does so on threads of this process. */
export interface StudyRequest {
  /** file of the canonical data.h5ad */
  readonly datasetPath: DataFile;
  readonly datasetHash: string;
  readonly methods: readonly string[];
  /** the checked config of the job */
  readonly config: Record<string, unknown>;
}

export interface StudyUnit {
  readonly id: string;
  readonly stage: number;
  /** rough seconds on one thread */
  readonly cost: number;
  /** what it does, in words */
  readonly label: string;
}

/** A study whose data are in memory, until it is closed. */
export interface Study {
  /** in the order of the plan */
  readonly units: readonly StudyUnit[];
  /** that it works in, roughly */
  readonly bytes: number;
  /** Ids of the units whose outputs a unit reads: all of earlier stages. */
  inputsOf(unitId: string): readonly string[];
  /**
   * @param earlier  at least the outputs of `inputsOf`
   * @param signal  gives up waiting; a unit that is under way ends when it is done, or with the study
   */
  runUnit(unitId: string, earlier: ReadonlyMap<string, Uint8Array>, signal: AbortSignal): Promise<Uint8Array>;
  /** @param outputs  of all units */
  reduce(outputs: ReadonlyMap<string, Uint8Array>): Promise<ExecutorResult>;
  /** Ends its threads at once, also in the middle of a unit. @param reason  what calls under way reject with */
  close(reason?: unknown): Promise<void>;
}

/** A study from its data to its result. */
export interface ExecutorJob extends StudyRequest {
  readonly signal: AbortSignal;
  /** units done and planned, the time left as estimated in seconds */
  onProgress(progress: { done: number; total: number; etaSeconds: number | null; message: string }): void;
}

export interface ExecutorResult {
  /** bytes of result.json */
  readonly result: Uint8Array;
  readonly artifacts: ReadonlyMap<string, Uint8Array>;
}

export interface Executor {
  /** @throws EngineError  for a study that cannot be run, or not with the memory that there is */
  open(request: StudyRequest, signal: AbortSignal): Promise<Study>;
  /** Opens, runs, reduces and closes. */
  run(job: ExecutorJob): Promise<ExecutorResult>;
  close(): Promise<void>;
}

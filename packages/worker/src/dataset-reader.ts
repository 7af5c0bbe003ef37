import type { ResolvedSelectionConfig, rest, SelectionConfig } from "@omicselector2/contracts";
import type { DataFile, PlannedUnit, QueueName } from "@omicselector2/platform";
import type { Check, Checked, Export, SampleColumns, Window } from "./dataset-thread.ts";
import { scriptBeside, Thread } from "./thread.ts";

/** A request that can be run, and what it will take. */
export interface CheckedSelection {
  readonly canonicalMethods: readonly string[];
  /** the defaults that depend on the data filled in */
  readonly config: ResolvedSelectionConfig;
  readonly units: readonly PlannedUnit[];
  readonly estimateSeconds: number;
  /** beside the program itself */
  readonly estimateBytes: number;
  readonly queue: QueueName;
  /** samples with a label, and features, that the study will use */
  readonly samples: number;
  readonly features: number;
}

/** Looks into canonical data.h5ad files, on a thread of its own, so that a large one never holds up the main thread. */
export interface DatasetReader {
  /**
   * Checks a study against its dataset and plans it.
   * @param config  parsed by the schema of the wire
   * @throws EngineError  with the path of the field at fault; IngestError for a file that cannot be read
   */
  validateSelection(data: DataFile, methods: readonly string[], config: SelectionConfig): Promise<CheckedSelection>;
  describe(data: DataFile): Promise<SampleColumns>;
  /** The first rows and columns of X. */
  preview(data: DataFile, window: { rows: number; columns: number }): Promise<rest.Preview>;
  /** Writes the dataset as CSV to a file that is not there yet. */
  exportCsv(data: DataFile, output: string): Promise<void>;
  /** What is missing where, and principal components of the samples. */
  summary(data: DataFile): Promise<rest.SummaryBody>;
  close(): Promise<void>;
}

/**
 * @param threads  that will compute, for the estimate of the time
 * @param idleMs   a thread that was not called for so long ends: its 50 MB are somebody else's meanwhile
 */
export function createDatasetReader({ threads, idleMs = 3000 }: { threads: number; idleMs?: number }): DatasetReader {
  const { call, close } = threadOnDemand(idleMs);
  // Seconds of arithmetic: on a thread of its own, or who submits a job would wait for it.
  const slow = threadOnDemand(idleMs);
  return {
    async validateSelection(data, methods, config) {
      const checked = await call<Checked>("check", { data, methods, config, threads } satisfies Check);
      const { methods: canonicalMethods, ...rest } = checked;
      return { ...rest, canonicalMethods, queue: queueOf(checked.estimateSeconds) };
    },
    describe: (data) => call("describe", data),
    preview: (data, window) => call("preview", { data, ...window } satisfies Window),
    async exportCsv(data, output) {
      await call("csv", { data, output } satisfies Export);
    },
    summary: (data) => slow.call("summary", data),
    async close() {
      await close();
      await slow.close();
    },
  };
}

/** Started by a call, ended when none came for a while. */
function threadOnDemand(idleMs: number) {
  let thread: Thread | undefined;
  let calls = 0;
  let idle: NodeJS.Timeout | undefined;
  const end = () => void thread?.stop(new Error("the reader was idle"));
  return {
    async call<T>(kind: string, body: unknown): Promise<T> {
      clearTimeout(idle);
      calls++;
      if (thread === undefined || thread.hasEnded) thread = new Thread(scriptBeside("dataset-thread", import.meta.url));
      try {
        return await thread.call<T>(kind, body);
      } finally {
        if (--calls === 0) idle = setTimeout(end, idleMs).unref();
      }
    },
    async close() {
      clearTimeout(idle);
      await thread?.stop(new Error("the server is closing"));
    },
  };
}

/** Under five minutes, up to an hour, longer. */
export function queueOf(estimateSeconds: number): QueueName {
  if (estimateSeconds < 300) return "high_priority";
  return estimateSeconds <= 3600 ? "default" : "low_priority";
}

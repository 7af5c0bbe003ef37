import type { ResolvedSelectionConfig, SelectionConfig } from "@omicselector2/contracts";
import type { QueueName } from "@omicselector2/platform";
import type { Check, Checked } from "./study-thread.ts";
import { scriptBeside, Thread } from "./thread.ts";

/** A request that can be run, and what it will take. */
export interface CheckedSelection {
  readonly canonicalMethods: readonly string[];
  /** the defaults that depend on the data filled in */
  readonly config: ResolvedSelectionConfig;
  readonly units: readonly string[];
  readonly estimateSeconds: number;
  readonly queue: QueueName;
  /** samples with a label, and features, that the study will use */
  readonly samples: number;
  readonly features: number;
}

export interface SelectionValidator {
  /**
   * @param config  parsed by the schema of the wire
   * @throws EngineError  with the path of the field at fault; IngestError for a dataset that cannot be read
   */
  validate(datasetPath: string, methods: readonly string[], config: SelectionConfig): Promise<CheckedSelection>;
  close(): Promise<void>;
}

/** Checks requests on a thread of its own, so that the names of a large dataset never hold up the main thread. */
export function createSelectionValidator({ threads }: { threads: number }): SelectionValidator {
  let thread: Thread | undefined;
  return {
    async validate(datasetPath, methods, config) {
      if (thread === undefined || thread.hasEnded) thread = new Thread(scriptBeside("study-thread", import.meta.url));
      const checked = await thread.call<Checked>("check", { datasetPath, methods, config, threads } satisfies Check);
      const { methods: canonicalMethods, ...rest } = checked;
      return { ...rest, canonicalMethods, queue: queueOf(checked.estimateSeconds) };
    },
    async close() {
      await thread?.stop(new Error("the validator was closed"));
    },
  };
}

/** Under five minutes, up to an hour, longer. */
export function queueOf(estimateSeconds: number): QueueName {
  if (estimateSeconds < 300) return "high_priority";
  return estimateSeconds <= 3600 ? "default" : "low_priority";
}

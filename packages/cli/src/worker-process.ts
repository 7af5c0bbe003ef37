import { type Config, openPlatform, type QueueName } from "@omicselector2/platform";
import { createJobRunner, createStudyExecutor, memoryForStudies } from "@omicselector2/worker";
import { createJsonLog } from "./json-log.ts";

export interface WorkerProcess {
  readonly id: string;
  /** Takes nothing new, gives back what it had. */
  close(): Promise<void>;
}

/** A process that computes, one of any number in a cluster. @returns when it listens */
export async function startWorker(config: Config, queues: readonly QueueName[]): Promise<WorkerProcess> {
  const platform = await openPlatform(config);
  const memory = memoryForStudies();
  const executor = createStudyExecutor({ threads: config.threads, memory });
  const back = async () => {
    await platform.close();
    await executor.close();
  };
  try {
    const runner = createJobRunner({
      platform,
      executor,
      queues,
      memory,
      onError: (job, error) => log.error({ ...(job !== null && { job }), err: error }, "something failed by a fault of the program"),
      onNews: (job, what, fields) => log.info({ job, ...fields }, what),
    });
    const log = createJsonLog(config.logLevel, { worker: runner.id });
    await runner.start();
    log.info({ queues, threads: config.threads }, "the worker listens");
    const close = async () => {
      await runner.close();
      log.info({}, "the worker has ended");
      await back();
    };
    return { id: runner.id, close };
  } catch (error) {
    await back();
    throw error;
  }
}

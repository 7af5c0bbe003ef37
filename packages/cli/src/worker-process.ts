import { VERSION } from "@omicselector2/engine";
import { type Config, createMetrics, openPlatform, type QueueName } from "@omicselector2/platform";
import { startWorkerEndpoints } from "@omicselector2/server";
import { createJobRunner, createStudyExecutor, memoryForStudies } from "@omicselector2/worker";

export interface WorkerProcess {
  readonly id: string;
  /** Takes nothing new, gives back what it had. */
  close(): Promise<void>;
}

/**
 * A process that computes, one of any number in a cluster.
 * @param drain  aborted when the process is about to end
 * @returns when it listens
 */
export async function startWorker(config: Config, queues: readonly QueueName[], drain?: AbortSignal): Promise<WorkerProcess> {
  const platform = await openPlatform(config, { role: "worker", version: VERSION });
  const memory = memoryForStudies();
  const executor = createStudyExecutor({ threads: config.threads, memory });
  const metrics = config.metricsPort === 0 ? undefined : await createMetrics();
  let endpoints: { close(): Promise<void> } | undefined;
  const back = async () => {
    await endpoints?.close();
    await platform.close();
    await executor.close();
  };
  try {
    if (metrics !== undefined) endpoints = await startWorkerEndpoints({ platform, metrics, ...(drain && { drain }) });
    const runner = createJobRunner({
      platform,
      executor,
      queues,
      memory,
      ...(metrics && { observe: metrics.observe }),
      onError: (job, error) => log.error({ ...(job !== null && { job }), err: error }, "something failed by a fault of the program"),
      onNews: (job, what, fields) => log.info({ job, ...fields }, what),
    });
    const log = platform.log.child({ worker: runner.id });
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

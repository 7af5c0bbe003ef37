import { describeMethod, selectors, VERSION, wrapperDescriptions } from "@omicselector2/engine";
import { blobKeys, type Config, createMetrics, openPlatform } from "@omicselector2/platform";
import { buildApp, type ServerDeps } from "@omicselector2/server";
import { createDatasetReader, createJobRunner, createStudyExecutor, type JobRunner, memoryForStudies } from "@omicselector2/worker";
import { createUploadIngest } from "./upload-ingest.ts";

/** Requests that run when a server is closed have so long to end. */
const requestsEndMs = 15_000;

export interface EmbeddedServer {
  /** where it answers, as in http://127.0.0.1:8000 */
  readonly address: string;
  /** Takes nothing new, lets running jobs come to a checkpoint, gives everything back. */
  close(): Promise<void>;
}

/**
 * The API, and unless told otherwise a worker in the same process; neither knows the other, each gets what it needs from here.
 * @param compute  whether this process works on jobs; embedded it does, in a cluster the workers do
 * @param drain  aborted when the process is about to end: requests are still answered, balancers are sent elsewhere
 * @returns when it answers
 */
export async function startEmbeddedServer(
  config: Config,
  log?: ServerDeps["log"],
  compute = config.cluster === null,
  drain?: AbortSignal,
): Promise<EmbeddedServer> {
  const platform = await openPlatform(config, { version: VERSION });
  const metrics = await createMetrics();
  const memory = memoryForStudies();
  const executor = createStudyExecutor({ threads: config.threads, background: true, memory });
  const reader = createDatasetReader({ threads: config.threads });
  let runner: JobRunner | undefined;
  const back = async () => {
    await runner?.close();
    await platform.close();
    await executor.close();
    await reader.close();
  };
  try {
    const app = await buildApp({ ...depsOf(platform, reader, log), metrics, ...(drain && { drain }) });
    const onError = (job: string | null, error: unknown) =>
      app.log.error({ err: error, ...(job !== null && { job }) }, "something failed by a fault of the program");
    if (compute) runner = createJobRunner({ platform, executor, memory, onError, observe: metrics.observe });
    await runner?.start();
    const address = await app.listen({ port: config.port, host: config.host });
    const close = async () => {
      // An upload or a download without end must not keep the process.
      const late = setTimeout(() => app.server.closeAllConnections(), requestsEndMs).unref();
      await app.close();
      clearTimeout(late);
      await back();
    };
    return { address, close };
  } catch (error) {
    await back();
    throw error;
  }
}

function depsOf(platform: ServerDeps["platform"], reader: ReturnType<typeof createDatasetReader>, log: ServerDeps["log"]): ServerDeps {
  return {
    platform,
    ingest: createUploadIngest(reader),
    preview: (data, window) => reader.preview(data, window),
    summary: (data) => reader.summary(data),
    exportCsv: (data, output) => reader.exportCsv(data, output),
    async validateSelection({ dataset, methods, config }) {
      const data = await platform.blobs.localFile(blobKeys.dataset(dataset.id));
      try {
        return await reader.validateSelection(data.file, methods, config);
      } finally {
        await data.release();
      }
    },
    methods: () => [...selectors.map(({ id }) => describeMethod(id)), ...wrapperDescriptions],
    ...(log && { log }),
  };
}

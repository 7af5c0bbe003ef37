import { describeMethod, selectors, wrapperDescriptions } from "@omicselector2/engine";
import { blobKeys, type Config, openPlatform } from "@omicselector2/platform";
import { buildApp, type ServerDeps } from "@omicselector2/server";
import { createDatasetReader, createJobRunner, createStudyExecutor } from "@omicselector2/worker";
import { createUploadIngest } from "./upload-ingest.ts";

export interface EmbeddedServer {
  /** where it answers, as in http://127.0.0.1:8000 */
  readonly address: string;
  /** Takes nothing new, lets running jobs come to a checkpoint, gives everything back. */
  close(): Promise<void>;
}

/**
 * API and worker in one process on one data folder; neither knows the other, each gets what it needs from here.
 * @returns when it answers
 */
export async function startEmbeddedServer(config: Config, log?: ServerDeps["log"]): Promise<EmbeddedServer> {
  const platform = await openPlatform(config);
  const executor = createStudyExecutor({ threads: config.threads, background: true });
  const reader = createDatasetReader({ threads: config.threads });
  const back = async () => {
    await platform.close();
    await executor.close();
    await reader.close();
  };
  try {
    const app = await buildApp(depsOf(platform, reader, log));
    const onError = (jobId: string, error: unknown) => app.log.error({ err: error, job: jobId }, "a job failed by a fault of the program");
    await createJobRunner({ platform, executor, onError }).start();
    const address = await app.listen({ port: config.port, host: config.host });
    const close = async () => {
      await app.close();
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

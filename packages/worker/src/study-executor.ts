import { MessageChannel } from "node:worker_threads";
import { selectionConfig } from "@omicselector2/contracts";
import type { Executor, ExecutorJob, ExecutorResult, Study, StudyRequest, StudyUnit } from "@omicselector2/platform";
import { Progress } from "./progress.ts";
import { OpenStudy } from "./study.ts";
import type { Load, Loaded } from "./study-loader.ts";
import type { Begin } from "./study-thread.ts";
import { scriptBeside, Thread } from "./thread.ts";

export interface StudyExecutorOptions {
  /** threads that compute, at least 1 */
  readonly threads: number;
  /** the threads make way for the main one, which answers requests; for servers */
  readonly background?: boolean;
  /** bytes that a study may take; a larger one is refused when it is opened. Left out: whatever the machine gives */
  readonly memory?: number;
}

/**
 * Opens studies on threads of this process, each on threads of its own over one shared matrix.
 * The main thread only passes messages; reading, computing and reducing happen elsewhere.
 */
export function createStudyExecutor(options: StudyExecutorOptions): Executor {
  const closing = new AbortController();
  const open = new Set<Study>();
  const openOne = async (request: StudyRequest, signal: AbortSignal): Promise<Study> => {
    const study = await openStudy(request, options, AbortSignal.any([signal, closing.signal]));
    open.add(study);
    const { close } = study;
    study.close = async (reason) => {
      open.delete(study);
      await close.call(study, reason);
    };
    if (closing.signal.aborted) await study.close(closing.signal.reason);
    return study;
  };
  return {
    open: openOne,
    run: (job) => runStudy(job, openOne, options.threads),
    async close() {
      closing.abort(new Error("the executor was closed"));
      await Promise.all([...open].map((study) => study.close(closing.signal.reason)));
    },
  };
}

async function openStudy(request: StudyRequest, options: StudyExecutorOptions, signal: AbortSignal): Promise<OpenStudy> {
  const threads: Thread[] = [];
  const start = (script: string) => {
    signal.throwIfAborted();
    const thread = new Thread(scriptBeside(script, import.meta.url));
    threads.push(thread);
    return thread;
  };
  const stop = (reason: unknown) => Promise.all(threads.map((thread) => thread.stop(reason)));
  const abort = () => void stop(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    const channels = Array.from({ length: options.threads }, () => new MessageChannel());
    const loaded = await loadStudy(request, start("study-loader"), channels, options.memory ?? Number.POSITIVE_INFINITY);
    const crew = channels.map(() => start("study-thread"));
    await beginStudy(crew, channels, options);
    return new OpenStudy(loaded, crew);
  } catch (error) {
    await stop(error);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** A thread reads the data and leaves them in the channels. It is gone before others start: what it worked in is theirs then. */
async function loadStudy(request: StudyRequest, loader: Thread, channels: readonly MessageChannel[], memory: number): Promise<Loaded> {
  const config = selectionConfig.parse(request.config);
  const ports = channels.map(({ port1 }) => port1);
  const { datasetPath, datasetHash, methods } = request;
  const loaded = await loader.call<Loaded>("load", { datasetPath, datasetHash, methods, config, ports, memory } satisfies Load, ports);
  await loader.stop(undefined);
  return loaded;
}

/** Each thread takes the data from its channel. */
async function beginStudy(
  crew: readonly Thread[],
  channels: readonly MessageChannel[],
  { background = false }: StudyExecutorOptions,
): Promise<void> {
  await Promise.all(
    crew.map((thread, i) => {
      const port = channels[i]!.port2;
      return thread.call("begin", { port, thread: i, threads: crew.length, background } satisfies Begin, [port]);
    }),
  );
}

/** First what selects, then what scores; the dearest first, so that no thread ends late. */
async function runStudy({ onProgress, signal, ...request }: ExecutorJob, open: Executor["open"], threads: number): Promise<ExecutorResult> {
  onProgress({ done: 0, total: 0, etaSeconds: null, message: "reading the data" });
  const study = await open(request, signal);
  const abort = () => void study.close(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    const progress = new Progress(onProgress, study.units.length, study.units);
    progress.start("selecting features");
    const outputs = new Map<string, Uint8Array>();
    const runOne = async (unit: StudyUnit) => {
      outputs.set(unit.id, await study.runUnit(unit.id, outputs, signal));
      progress.unitDone(unit);
    };
    for (const units of Map.groupBy(study.units, ({ stage }) => stage).values()) {
      const queue = units.toSorted((a, b) => b.cost - a.cost);
      const work = async () => {
        for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) await runOne(unit);
      };
      await Promise.all(Array.from({ length: threads }, work));
    }
    return await study.reduce(outputs);
  } finally {
    signal.removeEventListener("abort", abort);
    await study.close(new Error("the study has ended"));
  }
}

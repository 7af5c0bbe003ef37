import { MessageChannel } from "node:worker_threads";
import { selectionConfig } from "@omicselector2/contracts";
import { type Unit, unitInputs } from "@omicselector2/engine";
import type { Executor, ExecutorJob, ExecutorResult } from "@omicselector2/platform";
import { Progress } from "./progress.ts";
import type { Load, Loaded } from "./study-loader.ts";
import type { Begin, Reduced, RunUnit, UnitOutputs } from "./study-thread.ts";
import { scriptBeside, Thread } from "./thread.ts";
import { Writes } from "./writes.ts";

export interface StudyExecutorOptions {
  /** threads that compute, at least 1 */
  readonly threads: number;
  /** the threads make way for the main one, which answers requests; for servers */
  readonly background?: boolean;
}

/**
 * Runs studies on threads of this process, each study on threads of its own over one shared matrix.
 * The main thread only passes messages; reading, computing and reducing happen elsewhere.
 */
export function createStudyExecutor(options: StudyExecutorOptions): Executor {
  const running = new Set<AbortController>();
  return {
    async run(job) {
      const closing = new AbortController();
      running.add(closing);
      try {
        return await runStudy({ ...job, signal: AbortSignal.any([job.signal, closing.signal]) }, options);
      } finally {
        running.delete(closing);
      }
    },
    async close() {
      for (const each of running) each.abort(new Error("the executor was closed"));
    },
  };
}

async function runStudy(job: ExecutorJob, options: StudyExecutorOptions): Promise<ExecutorResult> {
  const threads: Thread[] = [];
  const start = (script: string) => {
    job.signal.throwIfAborted();
    const thread = new Thread(scriptBeside(script, import.meta.url));
    threads.push(thread);
    return thread;
  };
  const stop = (reason: unknown) => Promise.all(threads.map((thread) => thread.stop(reason)));
  const abort = () => void stop(job.signal.reason);
  job.signal.addEventListener("abort", abort, { once: true });
  try {
    job.onProgress({ done: 0, total: 0, etaSeconds: null, message: "reading the data" });
    const channels = Array.from({ length: options.threads }, () => new MessageChannel());
    const study = await loadStudy(job, start("study-loader"), channels);
    const crew = channels.map(() => start("study-thread"));
    await beginStudy(crew, channels, options);
    const outputs = await runUnits(job, study, crew);
    const { artifacts } = await crew[0]!.call<Reduced>("reduce", [...outputs] satisfies UnitOutputs);
    return { result: artifacts.get("result.json")!, artifacts };
  } finally {
    job.signal.removeEventListener("abort", abort);
    await stop(new Error("the study has ended"));
  }
}

/** A thread reads the data and leaves them in the channels. It is gone before others start: what it worked in is theirs then. */
async function loadStudy(job: ExecutorJob, loader: Thread, channels: readonly MessageChannel[]): Promise<Loaded> {
  const config = selectionConfig.parse(job.config);
  const ports = channels.map(({ port1 }) => port1);
  const { datasetPath, datasetHash, methods } = job;
  const study = await loader.call<Loaded>("load", { datasetPath, datasetHash, methods, config, ports } satisfies Load, ports);
  await loader.stop(undefined);
  return study;
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

/** Runs what is not done yet: first what selects, then what scores; the dearest first, so that no thread ends late. */
async function runUnits(job: ExecutorJob, { plan, methods, config }: Loaded, crew: readonly Thread[]): Promise<Map<string, Uint8Array>> {
  const outputs = new Map<string, Uint8Array>();
  for (const { id } of plan) {
    const output = job.done.get(id);
    if (output !== undefined) outputs.set(id, output);
  }
  const left = plan.filter(({ id }) => !outputs.has(id));
  const progress = new Progress(job.onProgress, plan.length, left);
  progress.start("selecting features");
  const writes = new Writes();
  const runOne = async (thread: Thread, unit: Unit) => {
    const earlier = unitInputs(methods, config, unit).map((id) => [id, outputs.get(id)!] as const);
    const output = await thread.call<Uint8Array>("unit", { unit, earlier } satisfies RunUnit);
    outputs.set(unit.id, output);
    writes.add(job.onUnit(unit.id, output));
    progress.unitDone(unit);
    await writes.room();
  };
  for (const stage of [1, 2]) {
    const queue = left.filter((unit) => unit.stage === stage).sort((a, b) => b.cost - a.cost);
    await Promise.all(
      crew.map(async (thread) => {
        for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) await runOne(thread, unit);
      }),
    );
  }
  await writes.all();
  return outputs;
}

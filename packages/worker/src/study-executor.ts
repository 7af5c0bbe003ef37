import { MessageChannel } from "node:worker_threads";
import { type SelectionConfig, selectionConfig } from "@omicselector2/contracts";
import { type Unit, unitInputs } from "@omicselector2/engine";
import type { Executor, ExecutorJob, ExecutorResult } from "@omicselector2/platform";
import { Progress } from "./progress.ts";
import type { Begin, Load, Loaded, Reduced, RunUnit, UnitOutputs } from "./study-thread.ts";
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

async function runStudy(job: ExecutorJob, { threads, background = false }: StudyExecutorOptions): Promise<ExecutorResult> {
  job.signal.throwIfAborted();
  const config = selectionConfig.parse(job.config);
  const script = scriptBeside("study-thread", import.meta.url);
  const loader = new Thread(script);
  const crew = Array.from({ length: threads }, () => new Thread(script));
  const stop = (reason: unknown) => Promise.all([loader, ...crew].map((thread) => thread.stop(reason)));
  const abort = () => void stop(job.signal.reason);
  job.signal.addEventListener("abort", abort, { once: true });
  try {
    job.onProgress({ done: 0, total: 0, etaSeconds: null, message: "reading the data" });
    const study = await loadStudy(job, config, loader, crew, background);
    await loader.stop(undefined);
    const outputs = await runUnits(job, study, crew);
    const { artifacts } = await crew[0]!.call<Reduced>("reduce", [...outputs] satisfies UnitOutputs);
    return { result: artifacts.get("result.json")!, artifacts };
  } finally {
    job.signal.removeEventListener("abort", abort);
    await stop(new Error("the study has ended"));
  }
}

/** One thread reads the data and hands them to all others straight away. */
async function loadStudy(
  job: ExecutorJob,
  config: SelectionConfig,
  loader: Thread,
  crew: readonly Thread[],
  background: boolean,
): Promise<Loaded> {
  const channels = crew.map(() => new MessageChannel());
  const begun = crew.map((thread, i) => {
    const port = channels[i]!.port2;
    return thread.call("begin", { port, thread: i, threads: crew.length, background } satisfies Begin, [port]);
  });
  const ports = channels.map(({ port1 }) => port1);
  const { datasetPath, datasetHash, methods } = job;
  const loaded = loader.call<Loaded>("load", { datasetPath, datasetHash, methods, config, ports } satisfies Load, ports);
  const [study] = await Promise.all([loaded, ...begun]);
  return study;
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

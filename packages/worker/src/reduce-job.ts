import { randomUUID } from "node:crypto";
import type { SelectionResult } from "@omicselector2/contracts";
import { blobKeys, completeJob, doneUnits, type ExecutorResult, findJob, type Job, type JobEvent } from "@omicselector2/platform";
import { abortable } from "./abortable.ts";
import { LeaseLost } from "./faults.ts";
import { persistently } from "./lost-service.ts";
import { announce, progressOf, type WorkerContext, withStudy } from "./worker-context.ts";

/**
 * Folds the outputs of all units into the result, and completes the job.
 * @throws CheckpointsLost  naming the units that are to be run again
 */
export async function reduceJob(context: WorkerContext, job: Job, signal: AbortSignal): Promise<void> {
  const { platform, checkpoints, slots, observe } = context;
  const hashes = await persistently(() => doneUnits(platform.db, job.id), signal);
  const outputs = await checkpoints.readAll(job.id, [...hashes.keys()], hashes, signal);
  if (!context.studies.has(job.id)) progressOf(context, job.id).say("reading the data");
  const result = await withStudy(context, job, signal, async (study) => {
    const slot = await slots.take(signal);
    const started = performance.now();
    try {
      return await abortable(study.reduce(outputs), signal);
    } finally {
      observe("reduce", (performance.now() - started) / 1000, {});
      slots.give(slot);
    }
  });
  await progressOf(context, job.id).end();
  const event = await complete(context, job.id, result, signal);
  if (job.startedAt !== null) {
    observe("job", (Date.now() - job.startedAt.getTime()) / 1000, { job_type: job.jobType, status: "completed" });
  }
  if (event !== undefined) await announce(context, job.id, event.seq);
}

/**
 * Files first, row last: a result that can be seen has its files.
 * @returns undefined when the answer to the commit was lost, and with it the event
 * @throws LeaseLost  the job has ended otherwise, be it by another worker's result; the files are gone again
 */
async function complete(
  { platform: { db, blobs } }: WorkerContext,
  jobId: string,
  { result, artifacts }: ExecutorResult,
  signal: AbortSignal,
): Promise<JobEvent | undefined> {
  const resultId = randomUUID();
  const prefix = blobKeys.resultPrefix(resultId);
  const { selected_features, metrics } = JSON.parse(new TextDecoder().decode(result)) as SelectionResult;
  const count = selected_features.length;
  const message = count === 1 ? "1 feature selected" : `${count} features selected`;
  const outcome = { resultId, selectedFeatures: selected_features, metrics, artifactsPath: blobs.uri(prefix), message };
  // Until the commit is asked for, nobody knows of the files; from then on only the row says whose they are.
  let unknown = false;
  try {
    for (const [name, bytes] of artifacts) await persistently(() => blobs.put(`${prefix}${name}`, bytes), signal);
    const done = await persistently(() => {
      unknown = true;
      return completeJob(db, jobId, outcome);
    }, signal);
    if (done !== undefined) return done.event;
    const job = await persistently(() => findJob(db, jobId), signal);
    if (job?.resultId === resultId) return undefined;
    unknown = false;
    throw new LeaseLost("the job has ended");
  } catch (error) {
    // Better files without a row than a row without its files.
    if (!unknown || !signal.aborted) await blobs.deletePrefix(prefix).catch(() => undefined);
    throw error;
  }
}

import { createHash, randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { jobTopic, type SelectionResult } from "@omicselector2/contracts";
import {
  blobKeys,
  claimJob,
  completeJob,
  type Dataset,
  doneUnits,
  type Executor,
  type ExecutorResult,
  failJob,
  findDataset,
  type Job,
  JobCancelled,
  markUnitDone,
  type Platform,
  QueueClosing,
  queueNames,
  releaseJob,
  reopenUnits,
} from "@omicselector2/platform";
import { ProgressWriter } from "./progress-writer.ts";

export interface JobRunnerOptions {
  readonly platform: Pick<Platform, "db" | "blobs" | "queue" | "events">;
  readonly executor: Executor;
  /** told of what went wrong by no fault of the user */
  readonly onError?: (jobId: string, error: unknown) => void;
}

export interface JobRunner {
  /** Takes jobs from all queues from now on. */
  start(): Promise<void>;
}

/** A job that took this many processes down with it is not tried again. */
const MOST_ATTEMPTS = 3;

/**
 * Works on the jobs of this process: each unit's output is a checkpoint before the unit counts as done, and a job that was
 * interrupted goes on from its checkpoints.
 */
export function createJobRunner(options: JobRunnerOptions): JobRunner {
  return {
    start: () => options.platform.queue.listen(queueNames, (jobId, signal) => work(options, jobId, signal)),
  };
}

async function work(options: JobRunnerOptions, jobId: string, signal: AbortSignal): Promise<void> {
  const { db, blobs } = options.platform;
  const owner = randomUUID();
  const job = await claimJob(db, jobId, owner);
  if (job === undefined) return;
  await announce(options, jobId, job.eventSeq);
  // A cancel that the queue could not pass on shows by a row that does not run any more.
  const gone = new AbortController();
  const stop = AbortSignal.any([signal, gone.signal]);
  try {
    await runJob(options, job, stop, () => gone.abort(new JobCancelled(jobId)));
    await blobs.deletePrefix(blobKeys.checkpointPrefix(jobId));
  } catch (error) {
    if (stop.aborted && stop.reason instanceof QueueClosing) {
      await releaseJob(db, jobId, owner);
      return;
    }
    if (!(stop.aborted && stop.reason instanceof JobCancelled)) await fail(options, jobId, error);
    await blobs.deletePrefix(blobKeys.checkpointPrefix(jobId));
  }
}

async function runJob(options: JobRunnerOptions, job: Job, signal: AbortSignal, onGone: () => void): Promise<void> {
  const { platform, executor } = options;
  const { db, blobs } = platform;
  if (job.attempts > MOST_ATTEMPTS) throw new JobFault(`the server went down ${MOST_ATTEMPTS} times while it worked on this job`);
  if (job.jobType !== "feature_selection") throw new JobFault(`jobs of type ${job.jobType} cannot be run by this release`);
  const dataset = await readyDataset(options, job);
  const file = await blobs.localFile(blobKeys.dataset(dataset.id));
  const progress = new ProgressWriter({ db, jobId: job.id, onEvent: (event) => announce(options, job.id, event.seq), onGone });
  try {
    const { methods, ...config } = job.config;
    const result = await executor.run({
      jobId: job.id,
      datasetPath: file.file,
      datasetHash: dataset.contentHash ?? "",
      methods: methods as string[],
      config,
      done: await checkpoints(options, job.id),
      signal,
      onUnit: (unitId, output) => checkpoint(options, job.id, unitId, output),
      onProgress: (now) => progress.set(now),
    });
    await progress.end();
    await complete(options, job.id, result);
  } finally {
    await progress.end();
    await file.release();
  }
}

/** What the user can read of a job that cannot be run. */
class JobFault extends Error {}

async function readyDataset({ platform }: JobRunnerOptions, job: Job): Promise<Dataset> {
  const dataset = job.datasetId === null ? undefined : await findDataset(platform.db, job.datasetId);
  if (dataset === undefined) throw new JobFault("the dataset was deleted before the job could run");
  if (dataset.status !== "ready") throw new JobFault(`the dataset is not ready: it is ${dataset.status}`);
  return dataset;
}

/** Outputs that earlier runs left; a unit whose checkpoint is gone or damaged is run again. */
async function checkpoints({ platform: { db, blobs } }: JobRunnerOptions, jobId: string): Promise<Map<string, Uint8Array>> {
  const outputs = new Map<string, Uint8Array>();
  const lost: string[] = [];
  for (const [unitId, hash] of await doneUnits(db, jobId)) {
    const key = blobKeys.checkpoint(jobId, unitId);
    const output = (await blobs.exists(key)) ? await buffer(await blobs.get(key)) : undefined;
    if (output !== undefined && sha256(output) === hash) outputs.set(unitId, output);
    else lost.push(unitId);
  }
  await reopenUnits(db, jobId, lost);
  return outputs;
}

async function checkpoint({ platform: { db, blobs } }: JobRunnerOptions, jobId: string, unitId: string, output: Uint8Array): Promise<void> {
  await blobs.put(blobKeys.checkpoint(jobId, unitId), output);
  await markUnitDone(db, jobId, unitId, sha256(output));
}

/** Files first, row last: a result that can be seen has its files. */
async function complete(options: JobRunnerOptions, jobId: string, { result, artifacts }: ExecutorResult): Promise<void> {
  const { db, blobs } = options.platform;
  const resultId = randomUUID();
  const prefix = blobKeys.resultPrefix(resultId);
  for (const [name, bytes] of artifacts) await blobs.put(`${prefix}${name}`, bytes);
  const { selected_features, metrics } = JSON.parse(new TextDecoder().decode(result)) as SelectionResult;
  const outcome = { resultId, selectedFeatures: selected_features, metrics, artifactsPath: blobs.uri(prefix) };
  const count = selected_features.length;
  const message = count === 1 ? "1 feature selected" : `${count} features selected`;
  const done = await completeJob(db, jobId, { ...outcome, message });
  if (done === undefined) await blobs.deletePrefix(prefix);
  else await announce(options, jobId, done.event.seq);
}

async function fail(options: JobRunnerOptions, jobId: string, error: unknown): Promise<void> {
  const failed = await failJob(options.platform.db, jobId, messageOf(error));
  if (failed !== undefined) await announce(options, jobId, failed.event.seq);
  if (!isForUser(error)) options.onError?.(jobId, error);
}

/** Tells whoever watches that there is news in the database; a lost message loses nothing. */
async function announce({ platform }: JobRunnerOptions, jobId: string, seq: number): Promise<void> {
  await platform.events.publish(jobTopic(jobId), String(seq)).catch(() => undefined);
}

function isForUser(error: unknown): error is Error {
  return error instanceof JobFault || (error instanceof Error && ["EngineError", "IngestError"].includes(error.name));
}

/** What went wrong inside is for the log, not for the user. */
function messageOf(error: unknown): string {
  return isForUser(error) ? error.message : "the job failed by a fault of the program; the server's log says more. Submit it again.";
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

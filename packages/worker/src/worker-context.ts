import { jobTopic } from "@omicselector2/contracts";
import {
  blobKeys,
  type Executor,
  findDataset,
  type Job,
  type JobEvent,
  type Observe,
  type Platform,
  type RangeName,
  type Study,
} from "@omicselector2/platform";
import type { Checkpoints } from "./checkpoints.ts";
import { JobFault } from "./faults.ts";
import { persistently } from "./lost-service.ts";
import type { OpenStudies } from "./open-studies.ts";
import type { Pool } from "./pool.ts";
import { ProgressWriter } from "./progress-writer.ts";

/** Times of a worker, in milliseconds; shorter in tests. */
export interface WorkerTimes {
  /** between two heartbeats, and between two rounds of the reconciler */
  readonly beat: number;
  /** for which a range is leased, and without contact for which a worker is taken for dead */
  readonly lease: number;
  /** after which a message is looked for that nobody has acted on */
  readonly sent: number;
  /** between two events of progress of a job */
  readonly progress: number;
  /** a study that nobody used for so long is closed */
  readonly idle: number;
}

export const usualTimes: WorkerTimes = { beat: 5000, lease: 20_000, sent: 15_000, progress: 250, idle: 30_000 };

export type { Observe };

/** Steps of a job, for the log. */
export type OnNews = (jobId: string, what: string, fields: Readonly<Record<string, unknown>>) => void;

/** What the parts of one worker share. */
export interface WorkerContext {
  readonly id: string;
  readonly platform: Pick<Platform, "db" | "blobs" | "queue" | "events"> & Partial<Pick<Platform, "tracer">>;
  readonly executor: Pick<Executor, "open">;
  readonly threads: number;
  readonly times: WorkerTimes;
  readonly studies: OpenStudies;
  readonly checkpoints: Checkpoints;
  /** who holds one computes: as many as threads, for all studies together */
  readonly slots: Pool<null>;
  readonly progress: Map<string, ProgressWriter>;
  /** ranges that this worker holds, each with the way to stop the work on it */
  readonly held: Map<string, HeldRange>;
  readonly onError: (jobId: string, error: unknown) => void;
  readonly onNews: OnNews;
  readonly observe: Observe;
}

export interface HeldRange extends RangeName {
  readonly stop: AbortController;
}

export const nameOf = ({ jobId, range }: RangeName): string => `${jobId} ${range}`;

/** Tells whoever watches that there is news in the database; a lost message loses nothing. */
export async function announce({ platform }: Pick<WorkerContext, "platform">, jobId: string, seq: number): Promise<void> {
  await platform.events.publish(jobTopic(jobId), String(seq)).catch(() => undefined);
}

/** Works with the study of a job, which stays open for the job's next range. */
export async function withStudy<T>(context: WorkerContext, job: Job, signal: AbortSignal, work: (study: Study) => Promise<T>): Promise<T> {
  const bytes = typeof job.estimate?.bytes === "number" ? job.estimate.bytes : 0;
  return await context.studies.use(job.id, bytes, (closed) => openStudy(context, job, closed), signal, work);
}

async function openStudy({ platform, executor, observe }: WorkerContext, job: Job, signal: AbortSignal): Promise<Study> {
  if (job.jobType !== "feature_selection") throw new JobFault(`jobs of type ${job.jobType} cannot be run by this release`);
  const { id, datasetId } = job;
  const dataset = datasetId === null ? undefined : await persistently(() => findDataset(platform.db, datasetId), signal);
  if (dataset === undefined) throw new JobFault("the dataset was deleted before the job could run");
  if (dataset.status !== "ready") throw new JobFault(`the dataset of job ${id} is not ready: it is ${dataset.status}`);
  const started = performance.now();
  const { methods, ...config } = job.config;
  const file = await persistently(() => platform.blobs.localFile(blobKeys.dataset(dataset.id)), signal);
  try {
    const datasetHash = dataset.contentHash ?? "";
    const study = await executor.open({ datasetPath: file.file, datasetHash, methods: methods as string[], config }, signal);
    observe("open", (performance.now() - started) / 1000, {});
    return study;
  } finally {
    await file.release();
  }
}

/** The one writer of a job's progress in this process. */
export function progressOf(context: WorkerContext, jobId: string): ProgressWriter {
  const known = context.progress.get(jobId);
  if (known !== undefined) return known;
  const { db } = context.platform;
  const onEvent = (event: JobEvent) => announce(context, jobId, event.seq);
  const writer = new ProgressWriter({ db, jobId, onEvent, leastMs: context.times.progress });
  context.progress.set(jobId, writer);
  return writer;
}

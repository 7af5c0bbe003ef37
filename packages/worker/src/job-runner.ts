import { randomUUID } from "node:crypto";
import {
  type Executor,
  failJob,
  findJob,
  finishRange,
  type Job,
  JobCancelled,
  type JobRange,
  leaseRange,
  type Platform,
  promoteRanges,
  QueueClosing,
  type QueueName,
  queueNames,
  releaseAll,
  releaseRange,
  reopenUnits,
  sayGoodbye,
  sendRanges,
  silentTracer,
  traced,
  type WorkMessage,
} from "@omicselector2/platform";
import { Checkpoints } from "./checkpoints.ts";
import { CheckpointsLost, isForUser, JobFault, LeaseLost, messageOf } from "./faults.ts";
import { type Heartbeat, startHeartbeat } from "./heartbeat.ts";
import { isLostService, persistently } from "./lost-service.ts";
import { OpenStudies } from "./open-studies.ts";
import { Pool } from "./pool.ts";
import type { ProgressWriter } from "./progress-writer.ts";
import { runUnits } from "./range-units.ts";
import { startReconciler } from "./reconciler.ts";
import { reduceJob } from "./reduce-job.ts";
import {
  announce,
  type HeldRange,
  nameOf,
  type Observe,
  type OnNews,
  usualTimes,
  type WorkerContext,
  type WorkerTimes,
} from "./worker-context.ts";

export interface JobRunnerOptions {
  readonly platform: Pick<Platform, "db" | "blobs" | "queue" | "events" | "config"> & Partial<Pick<Platform, "tracer">>;
  readonly executor: Pick<Executor, "open">;
  /** units computed at a time; those of the configuration unless given */
  readonly threads?: number;
  /** bytes that studies may take together; Infinity where nobody counts */
  readonly memory?: number;
  /** all unless given */
  readonly queues?: readonly QueueName[];
  /** no other process works on this database; so it is when embedded */
  readonly alone?: boolean;
  readonly times?: Partial<WorkerTimes>;
  /** told of what went wrong by no fault of the user; null: of no job in particular */
  readonly onError?: (jobId: string | null, error: unknown) => void;
  readonly onNews?: OnNews;
  readonly observe?: Observe;
}

export interface JobRunner {
  /** of this worker, in the table of workers and in logs */
  readonly id: string;
  /** Sets right what was left, then takes ranges from the queues from now on. */
  start(): Promise<void>;
  /** Takes nothing new, abandons what runs and gives it back; closes the queue. */
  close(): Promise<void>;
}

/** Ranges worked on at a time: the second one fills the threads that the end of the first leaves idle. */
const AT_ONCE = 2;
/** Checkpoints of a range that are lost so many times: the store is not to be trusted. */
const MOST_LOSSES = 3;
/** For the last words of a worker, when a service is away too. */
const GOODBYE_MS = 5000;

/**
 * Works on ranges of jobs, one among any number of workers. Each unit's output is a checkpoint before the unit counts as done; whoever
 * ends the last range of a stage lets the next begin, and whoever ends the last of all makes the result.
 */
export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { platform, queues = queueNames, alone = platform.config.cluster === null } = options;
  const context = contextOf(options);
  const { id, times, onError, observe } = context;
  const rounds: Heartbeat[] = [];
  return {
    id,
    async start() {
      rounds.push(
        await startReconciler({ platform, alone, jobHours: platform.config.jobHours, times, onError: options.onError ?? ignore, observe }),
      );
      rounds.push(await startHeartbeat(context, queues));
      await platform.queue.listen(
        queues,
        (message, signal) => traceWork(context, message, signal).catch((error) => onError(message.jobId, error)),
        AT_ONCE,
      );
    },
    async close() {
      await rounds.shift()?.stop();
      await platform.queue.close();
      await rounds.shift()?.stop();
      await context.studies.close(new QueueClosing());
      await Promise.all([...context.progress.values()].map((writer) => writer.end()));
      const soon = AbortSignal.timeout(GOODBYE_MS);
      await persistently(() => releaseAll(platform.db, id), soon).catch(ignore);
      await persistently(() => sayGoodbye(platform.db, id), soon).catch(ignore);
    },
  };
}

const ignore = () => undefined;

function contextOf({ platform, executor, ...options }: JobRunnerOptions): WorkerContext {
  const times = { ...usualTimes, ...options.times };
  const progress = new Map<string, ProgressWriter>();
  const onClosed = (jobId: string) => {
    void progress.get(jobId)?.end();
    progress.delete(jobId);
  };
  const threads = options.threads ?? platform.config.threads;
  return {
    id: randomUUID(),
    platform,
    executor,
    threads,
    times,
    studies: new OpenStudies({ memory: options.memory ?? Number.POSITIVE_INFINITY, idleMs: times.idle, onClosed }),
    checkpoints: new Checkpoints(platform.blobs),
    slots: new Pool<null>(Array.from({ length: threads }, () => null)),
    progress,
    held: new Map(),
    onError: options.onError ?? ignore,
    onNews: options.onNews ?? ignore,
    observe: options.observe ?? ignore,
  };
}

/** In the trace of the job, whichever worker it is. */
async function traceWork(context: WorkerContext, message: WorkMessage, signal: AbortSignal): Promise<void> {
  const { tracer = silentTracer } = context.platform;
  const attributes = { range: message.range, "worker.id": context.id };
  await traced(tracer, "range", { kind: "consumer", parent: { jobId: message.jobId }, attributes }, () => work(context, message, signal));
}

/** Works on one range: from its lease until it is done, or given back, or somebody else's. */
async function work(context: WorkerContext, message: WorkMessage, signal: AbortSignal): Promise<void> {
  const { platform, id, times, held } = context;
  const name = nameOf(message);
  if (held.has(name)) return;
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const lease = await persistently(() => leaseRange(platform.db, message, id, times.lease / 1000), both).catch((error) => {
    if (!both.aborted) throw error;
  });
  if (lease === undefined) return;
  const { range, job, started } = lease;
  held.set(name, { jobId: job.id, range: range.range, stop } satisfies HeldRange);
  if (started !== undefined) await announce(context, job.id, started.seq);
  const began = performance.now();
  let next: JobRange | undefined;
  try {
    if (range.first === range.end) await reduceJob(context, job, both);
    else next = await finish(context, job, range, both);
    held.delete(name);
    const fields = { range: range.range, seconds: (performance.now() - began) / 1000 };
    context.onNews(job.id, range.first === range.end ? "job completed" : "range done", fields);
    if (range.first === range.end) await leave(context, job.id);
  } catch (error) {
    held.delete(name);
    await giveUp(context, job, range, both.aborted ? both.reason : error, signal);
  }
  if (next !== undefined) await work(context, next, signal);
}

/** @returns the reduce, when it may begin: it is worked on here and now, and not sent */
async function finish(context: WorkerContext, job: Job, range: JobRange, signal: AbortSignal): Promise<JobRange | undefined> {
  const { platform, id } = context;
  for (;;) {
    await runUnits(context, job, range, signal);
    const end = await persistently(() => finishRange(platform.db, range, id), signal);
    if (end === "lost") throw new LeaseLost();
    if (end === "done") break;
    // A checkpoint was found damaged, and its unit reopened, meanwhile.
  }
  const promoted = await persistently(() => promoteRanges(platform.db, job.id), signal);
  const reduce = promoted.find(({ first, end }) => first === end);
  await send(
    context,
    job,
    promoted.filter((each) => each !== reduce),
  );
  return reduce;
}

/** What cannot be sent now, the reconciler sends. */
async function send({ platform }: WorkerContext, job: Job, ranges: readonly JobRange[]): Promise<void> {
  await sendRanges(platform.db, platform.queue, job.queue, ranges).catch(ignore);
}

/** The work on a range has ended before its time: why decides what becomes of the range and of its job. */
async function giveUp(context: WorkerContext, job: Job, range: JobRange, reason: unknown, signal: AbortSignal): Promise<void> {
  // Last words may take as long as the database is away, unless this process is ending.
  const patience = signal.aborted ? AbortSignal.timeout(GOODBYE_MS) : signal;
  if (reason instanceof QueueClosing || isLostService(reason)) return await giveBack(context, job, range, patience);
  if (reason instanceof CheckpointsLost) return await runAgain(context, job, range, reason, patience);
  if (!(reason instanceof JobCancelled || reason instanceof LeaseLost)) return await fail(context, job, reason, patience);
  const now = await persistently(() => findJob(context.platform.db, job.id), patience);
  if (now?.status === "running") await giveBack(context, job, range, patience);
  else await leave(context, job.id);
}

/** Somebody else goes on where this worker was, at once. */
async function giveBack(context: WorkerContext, job: Job, range: JobRange, signal: AbortSignal): Promise<void> {
  const given = await persistently(() => releaseRange(context.platform.db, range, context.id), signal);
  if (given === undefined) return;
  context.onNews(job.id, "range given back", { range: range.range });
  await send(context, job, [given]);
}

async function runAgain(context: WorkerContext, job: Job, range: JobRange, { lost }: CheckpointsLost, signal: AbortSignal): Promise<void> {
  const ranges = await persistently(() => reopenUnits(context.platform.db, job.id, lost), signal);
  if (ranges.some(({ attempts }) => attempts >= MOST_LOSSES)) {
    const what = `outputs of ${lost.length} units were lost or damaged ${MOST_LOSSES} times, ${lost[0]!.unitId} among them`;
    return await fail(
      context,
      job,
      new JobFault(`${what}: have the administrator look at the blob store, then submit the job again`),
      signal,
    );
  }
  await send(context, job, ranges);
  // Not needed when it was blocked just now; when somebody else was faster, it is sent again behind what they reopened.
  await giveBack(context, job, range, signal);
}

async function fail(context: WorkerContext, job: Job, error: unknown, signal: AbortSignal): Promise<void> {
  const { platform, observe, onError } = context;
  const failed = await persistently(() => failJob(platform.db, job.id, messageOf(error)), signal);
  if (failed !== undefined) {
    if (job.startedAt !== null) {
      observe("job", (Date.now() - job.startedAt.getTime()) / 1000, { job_type: job.jobType, status: "failed" });
    }
    context.onNews(job.id, "job failed", { error: messageOf(error) });
    await announce(context, job.id, failed.event.seq);
    await platform.queue.cancel(job.id).catch(ignore);
    if (!isForUser(error)) onError(job.id, error);
  }
  await leave(context, job.id);
}

/** The job has ended: what this worker has of it goes, and its checkpoints go. */
async function leave({ studies, checkpoints }: WorkerContext, jobId: string): Promise<void> {
  await studies.discard(jobId, new LeaseLost("the job has ended"));
  await checkpoints.drop(jobId);
}

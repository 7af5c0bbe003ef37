import {
  blobKeys,
  type Db,
  type Doomed,
  doomedJobs,
  dropLostWorkers,
  dropUnits,
  endedWithRanges,
  expireLeases,
  failJob,
  lockRecovery,
  markUnsent,
  overdueJobs,
  type Platform,
  promoteRanges,
  type QueueName,
  queueNames,
  sendRanges,
  takeUnsent,
  type Unsent,
} from "@omicselector2/platform";
import { every, type Heartbeat } from "./heartbeat.ts";
import { announce, type Observe, type WorkerTimes } from "./worker-context.ts";

export interface ReconcilerOptions {
  readonly platform: Pick<Platform, "db" | "blobs" | "queue" | "events">;
  /** no other process works on this database: at start all leases are those of the dead */
  readonly alone: boolean;
  /** hours after its start at which a job is failed */
  readonly jobHours: number;
  readonly times: WorkerTimes;
  /** for trouble of the reconciler itself, and of the jobs that it ends */
  readonly onError: (jobId: string | null, error: unknown) => void;
  readonly observe?: Observe;
}

/** A unit that took so many workers down with it is not tried again. */
const MOST_ATTEMPTS = 3;
/**
 * Nor is a job whose data could not be read, or whose result not be made. Among many workers more are allowed: it is not one unit that is
 * suspected, and a worker that dies by itself takes whatever it was just about to begin along.
 */
const MOST_BEGINNINGS = { alone: 3, together: 5 };
/** What is left of jobs that ended so many minutes ago goes; the worker that ended them has done so already unless something was away. */
const SWEEP_AFTER_MINUTES = 60;
/** Rounds between two looks for what is left behind. */
const SWEEP_EVERY = 12;

/**
 * Sets right what crashes, lost messages and lost answers leave. Every process that works runs one; a lock in the database lets one
 * of them act at a time, and every step is conditional, so that two would do no harm either.
 */
export async function startReconciler(options: ReconcilerOptions): Promise<Heartbeat> {
  const reconciler = new Reconciler(options);
  await reconciler.round().catch((error) => options.onError(null, error));
  return every(options.times.beat, () => reconciler.round());
}

interface Findings {
  readonly doomed: readonly Doomed[];
  readonly overdue: readonly string[];
  readonly unsent: readonly Unsent[];
  readonly ended: readonly string[];
}

class Reconciler {
  readonly #options: ReconcilerOptions;
  #rounds = 0;
  /** since when the database has answered without a pause; null: it did not, the last time */
  #inContact: { since: number; last: number } | null = null;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  async round(): Promise<void> {
    const { platform, alone, onError } = this.#options;
    const first = this.#rounds++ === 0;
    const all = first && alone;
    const mayExpire = all || this.#hasBeenInContact();
    let found: Findings | undefined;
    try {
      found = await platform.db.transaction((tx) => this.#look(tx, { mayExpire, all, first }));
      this.#noteContact();
    } catch (error) {
      this.#inContact = null;
      throw error;
    }
    if (found === undefined) return;
    for (const each of found.doomed) await this.#fail(each.jobId, deathsOf(each, this.#mostBeginnings()));
    for (const jobId of found.overdue) await this.#fail(jobId, overdueMessage(this.#options.jobHours));
    for (const queue of queueNames) {
      const unsent = found.unsent.filter((each) => each.queue === queue);
      await this.#send(queue, unsent).catch((error) => onError(null, error));
    }
    for (const jobId of found.ended) await this.#sweep(jobId);
  }

  #mostBeginnings(): number {
    return this.#options.alone ? MOST_BEGINNINGS.alone : MOST_BEGINNINGS.together;
  }

  async #look(tx: Db, { mayExpire, all, first }: { mayExpire: boolean; all: boolean; first: boolean }): Promise<Findings | undefined> {
    const { times, jobHours } = this.#options;
    if (!(await lockRecovery(tx))) return undefined;
    const dead = mayExpire ? await expireLeases(tx, all) : [];
    const most = { unit: MOST_ATTEMPTS, range: this.#mostBeginnings() };
    const doomed = await doomedJobs(tx, [...new Set(dead.map(({ jobId }) => jobId))], most);
    // Nobody else is about to send what was promoted here.
    await markUnsent(tx, await promoteRanges(tx));
    const unsent = await takeUnsent(tx, all ? 0 : times.sent / 1000);
    const sweeping = first || this.#rounds % SWEEP_EVERY === 0;
    if (sweeping) await dropLostWorkers(tx);
    return {
      doomed,
      overdue: await overdueJobs(tx, jobHours),
      unsent,
      ended: sweeping ? await endedWithRanges(tx, SWEEP_AFTER_MINUTES) : [],
    };
  }

  /** Not before this process has heard of every living worker: after an outage all leases have run out, and nobody is dead. */
  #hasBeenInContact(): boolean {
    return this.#inContact !== null && Date.now() - this.#inContact.since >= this.#options.times.lease && !this.#wasAway();
  }

  #noteContact(): void {
    const now = Date.now();
    const since = this.#inContact === null || this.#wasAway() ? now : this.#inContact.since;
    this.#inContact = { since, last: now };
  }

  /** This process itself stood still, as when a laptop sleeps. */
  #wasAway(): boolean {
    const { beat, lease } = this.#options.times;
    return this.#inContact !== null && Date.now() - this.#inContact.last > Math.max(3 * beat, lease / 2);
  }

  async #send(queue: QueueName, unsent: readonly Unsent[]): Promise<void> {
    if (unsent.length === 0) return;
    const { db, queue: jobQueue } = this.#options.platform;
    try {
      const ids = unsent.flatMap(({ messageId }) => messageId ?? []);
      const missing = new Set(ids.length === 0 ? [] : await jobQueue.missing(queue, ids));
      const lost = unsent.filter(({ messageId }) => messageId === null || missing.has(messageId));
      await sendRanges(db, jobQueue, queue, lost);
    } catch (error) {
      await markUnsent(
        db,
        unsent.filter(({ messageId }) => messageId === null),
      );
      throw error;
    }
  }

  async #fail(jobId: string, message: string): Promise<void> {
    const { platform, observe } = this.#options;
    const failed = await failJob(platform.db, jobId, message);
    if (failed === undefined) return;
    const { job, event } = failed;
    if (job.startedAt !== null) {
      observe?.("job", (Date.now() - job.startedAt.getTime()) / 1000, { job_type: job.jobType, status: "failed" });
    }
    await announce({ platform }, jobId, event.seq);
    await platform.queue.cancel(jobId).catch(() => undefined);
    await platform.blobs.deletePrefix(blobKeys.checkpointPrefix(jobId)).catch(() => undefined);
  }

  /** Only what belongs to a job that has ended: whatever other processes do meanwhile, it is not with these. */
  async #sweep(jobId: string): Promise<void> {
    const { db, blobs } = this.#options.platform;
    await blobs.deletePrefix(blobKeys.checkpointPrefix(jobId));
    await dropUnits(db, jobId);
  }
}

function deathsOf({ unitId }: Doomed, mostBeginnings: number): string {
  const what =
    unitId === null
      ? `${mostBeginnings} times while they read its data or made its result`
      : `${MOST_ATTEMPTS} times while they computed ${unitId}`;
  return `processes that worked on this job went down ${what}, most likely for want of memory: filter features first, use fewer threads, or leave that method out`;
}

function overdueMessage(hours: number): string {
  return `the job did not end within ${hours} hours, the limit of this server (JOB_HOURS): use fewer methods, resamples or features`;
}

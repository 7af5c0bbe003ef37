import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createRedisBackend, type Job, Worker } from "bullmq";
import { QueueClosing, type QueueName, queueNames, type Work, type WorkMessage } from "../../ports/job-queue.ts";
import { commandLimit, type RedisConnection } from "../redis/connection.ts";
import { bullOptions } from "./bull-queues.ts";

export interface BullListenerOptions {
  readonly redis: RedisConnection;
  readonly prefix: string;
  /** milliseconds for which a message is ours without our saying so again */
  readonly lease: number;
  /** a message has left its queue */
  readonly onDone: (jobId: string, queue: QueueName, messageId: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** work that throws */
  readonly onFailure: (error: unknown, jobId: string) => void;
}

export interface BullListener {
  listen(queues: readonly QueueName[], work: Work, atOnce: number): Promise<void>;
  /** Something may wait: takes as much as there are places for. */
  look(): void;
  /** Tells the work on all ranges of a job to stop. */
  abort(jobId: string, reason: Error): void;
  /** Tells all work to stop, waits for it, hands its messages back for others. */
  close(): Promise<void>;
}

interface Place {
  readonly work: Work;
  /** higher ones first */
  readonly queues: readonly Worker[];
  free: number;
}

interface Running {
  readonly message: WorkMessage;
  readonly job: Job;
  readonly token: string;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** milliseconds between two looks where nobody said that something was sent: a lost word, a message of a dead process */
const lookEvery = 1000;

/** Takes messages one by one and by hand: BullMQ's own loop would serve each queue by itself, the lower ones as eagerly as the higher. */
export function createBullListener({ redis, prefix, lease, onDone, onError, onFailure }: BullListenerOptions): BullListener {
  const workers = new Map<QueueName, Worker>();
  const places: Place[] = [];
  const running = new Set<Running>();
  let closing = false;
  let looking: Promise<void> | undefined;
  let busy = false;
  let lookAgain = false;
  let looks: NodeJS.Timeout | undefined;
  let locks: NodeJS.Timeout | undefined;

  const openWorker = (name: QueueName): Worker => {
    const options = {
      ...bullOptions(redis, prefix),
      autorun: false,
      lockDuration: lease,
      stalledInterval: lease,
      // BullMQ gives up no message; whether a range is still tried stands in the database.
      maxStalledCount: 1_000_000,
    };
    // Nobody waits here for a message, so there is no connection for waiting either.
    const worker = new Worker(name, null, options, (queue, given) => createRedisBackend(queue, given));
    worker.on("error", onError);
    return worker;
  };

  const take = async ({ queues }: Place, token: string): Promise<[Job, Worker] | undefined> => {
    for (const worker of queues) {
      const job = await worker.getNextJob(token, { block: false });
      if (job !== undefined) return [job, worker];
    }
    return undefined;
  };

  const fill = async () => {
    for (const place of places) {
      while (place.free > 0 && !closing) {
        const token = randomUUID();
        const taken = await take(place, token);
        if (taken === undefined) break;
        if (closing) return await giveBack(taken[0], token);
        start(place, taken[1].name as QueueName, taken[0], token);
      }
    }
  };

  const look = () => {
    lookAgain = true;
    if (!busy) looking = lookWhileAsked();
  };

  const lookWhileAsked = async () => {
    busy = true;
    while (lookAgain && !closing && redis.ready()) {
      lookAgain = false;
      await fill().catch(onError);
    }
    busy = false;
  };

  const start = (place: Place, queue: QueueName, job: Job, token: string) => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const one: Running = { message: job.data as WorkMessage, job, token, abort: new AbortController(), ended };
    const twins = [...running].filter(({ message }) => message.jobId === one.message.jobId && message.range === one.message.range);
    running.add(one);
    place.free--;
    void run(place, queue, one, twins).finally(resolve);
  };

  const run = async (place: Place, queue: QueueName, one: Running, twins: readonly Running[]) => {
    const { message, job, token, abort } = one;
    try {
      // The same range is being worked on here: this message adds nothing, unless that work is about to be dropped.
      const repeats = twins.some((twin) => !twin.abort.signal.aborted);
      await Promise.all(repeats ? [] : twins.map((twin) => twin.ended));
      if (!repeats && !closing) await place.work(message, abort.signal);
    } catch (error) {
      onFailure(error, message.jobId);
    }
    running.delete(one);
    if (abort.signal.reason instanceof QueueClosing) await giveBack(job, token);
    else await finish(job, token, queue, message);
    place.free++;
    look();
  };

  // Where this fails the message was lost with Redis, or comes again and is found done.
  const finish = async (job: Job, token: string, queue: QueueName, { jobId }: WorkMessage) => {
    await job.moveToCompleted(null, token, false).catch(() => undefined);
    await onDone(jobId, queue, job.id!).catch(() => undefined);
  };
  const giveBack = async (job: Job, token: string) => {
    await job.moveToWait(token).catch(() => undefined);
  };

  const keepLocks = () => {
    if (!redis.ready()) return;
    // What is not ours any more goes on all the same: the range is leased in the database.
    for (const { job, token } of running) job.extendLock(token, lease).catch(() => undefined);
  };

  return {
    async listen(queues, work, atOnce) {
      const taken = queues.find((queue) => workers.has(queue));
      if (taken !== undefined) throw new Error(`somebody listens to ${taken} already`);
      const names = queueNames.filter((name) => queues.includes(name));
      for (const name of names) {
        const worker = openWorker(name);
        workers.set(name, worker);
        await worker.startStalledCheckTimer();
      }
      looks ??= setInterval(look, lookEvery);
      locks ??= setInterval(keepLocks, lease / 3);
      places.push({ work, queues: names.map((name) => workers.get(name)!), free: atOnce });
    },
    look,
    abort(jobId, reason) {
      for (const { message, abort } of running) if (message.jobId === jobId) abort.abort(reason);
    },
    async close() {
      closing = true;
      clearInterval(looks);
      for (const { abort } of running) abort.abort(new QueueClosing());
      await Promise.all([...running].map(({ ended }) => ended));
      clearInterval(locks);
      const closed = Promise.allSettled([looking, ...[...workers.values()].map((worker) => worker.close(true))]);
      await Promise.race([closed, sleep(commandLimit, undefined, { ref: false })]);
    },
  };
}

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Queue } from "bullmq";
import { ConfigError } from "../../config.ts";
import { JobCancelled, type JobQueue, QueueClosing, type QueueDepth, type QueueName, queueNames } from "../../ports/job-queue.ts";
import { createRedisEventBus } from "../event-bus/redis.ts";
import { commandLimit, connectRedis, onceAMinute, type RedisConnection } from "../redis/connection.ts";
import { createBullListener } from "./bull-listener.ts";
import { bullPrefix, openBullQueues } from "./bull-queues.ts";

export interface BullQueueOptions {
  /** redis://:password@host:6379/0, or rediss:// */
  readonly url: string;
  /** before every key; processes with the same one share their queues */
  readonly prefix?: string;
  /** work that throws, with its job, and what goes wrong with Redis, at most once a minute: the queue goes on */
  readonly onError?: (error: unknown, jobId?: string) => void;
  /** milliseconds for which a message stays with a process that does not say so again */
  readonly lease?: number;
}

/** the largest that BullMQ keeps; later turns than that go in order of sending */
const lastTurn = 2 ** 21 - 1;
/** seconds for which it is known which messages are a job's; longer than any job lasts */
const membersKept = 31 * 24 * 3600;

/**
 * Messages in Redis, for any number of processes.
 *
 * A process takes a message of a lower queue only when it has just found the higher ones that it listens to empty, and of a queue
 * the one of the lowest turn, then the one sent first. A message that was being worked on when its process died, or was cut off
 * from Redis for the time of a lease, comes again within two of them, before those that wait. Whoever receives a message asks the database whether
 * it is still to be done: it may come twice, or after its cancel, and Redis may lose all of them.
 *
 * @throws ConfigError  Redis may throw away what it holds when its memory is full
 */
export async function createBullQueue(options: BullQueueOptions): Promise<JobQueue> {
  const { url, prefix = bullPrefix, onError = () => undefined, lease = 30_000 } = options;
  const complain = onceAMinute(onError);
  const redis = await connectRedis(url, { onError: complain });
  const away = () => !redis.ready();
  // What fails while Redis is away is told by the connection.
  const quietly = (error: unknown) => (away() ? undefined : complain(error));
  try {
    await refuseEviction(redis);
  } catch (error) {
    await redis.close();
    throw error;
  }
  const queues = openBullQueues(redis, prefix, quietly);
  const bus = createRedisEventBus({ redis, prefix: `${prefix}:tell:`, onError });
  const members = membersOf(redis, prefix, queues);
  const listener = createBullListener({
    redis,
    prefix,
    lease,
    onDone: members.forget,
    onError: quietly,
    onFailure: (error, jobId) => onError(error, jobId),
  });
  let closing: Promise<void> | undefined;

  const close = async () => {
    await listener.close();
    await bus.close();
    const closed = Promise.allSettled(queueNames.map((name) => queues[name].close()));
    await Promise.race([closed, sleep(commandLimit, undefined, { ref: false })]);
    await redis.close();
  };

  return {
    async send(queue, { jobId, range }, turn) {
      if (closing !== undefined) throw new QueueClosing();
      if (away()) throw new Error("Redis cannot be reached: the message was not sent");
      const id = randomUUID();
      const priority = Math.min(Math.max(turn, 0) + 1, lastTurn);
      const options = { jobId: id, priority, removeOnComplete: true, removeOnFail: true };
      const sent = members.add(jobId, queue, id).then(() => queues[queue].add("range", { jobId, range }, options));
      await within(commandLimit, sent);
      void bus.publish("sent", queue);
      return id;
    },
    async listen(names, work, atOnce) {
      await listener.listen(names, work, atOnce);
      await bus.subscribe("sent", listener.look);
      await bus.subscribe("cancel", (jobId) => listener.abort(jobId, new JobCancelled(jobId)));
      listener.look();
    },
    async cancel(jobId) {
      // First those that wait, or the places of those that stop would be taken by them.
      await within(commandLimit, members.drop(jobId)).catch(quietly);
      listener.abort(jobId, new JobCancelled(jobId));
      await bus.publish("cancel", jobId);
    },
    async missing(queue, messageIds) {
      if (messageIds.length === 0) return [];
      const pipeline = redis.commands.pipeline();
      for (const id of messageIds) pipeline.exists(queues[queue].toKey(id));
      const answers = (await pipeline.exec()) ?? [];
      const failed = answers.find(([error]) => error !== null);
      if (failed !== undefined) throw failed[0];
      return messageIds.filter((_, at) => answers[at]![1] === 0);
    },
    async depth() {
      if (away()) throw new Error("Redis cannot be reached: nobody knows what waits");
      const [high, normal, low] = await within(commandLimit, Promise.all(queueNames.map((name) => depthOf(queues[name]))));
      return { high_priority: high!, default: normal!, low_priority: low! };
    },
    close: () => (closing ??= close()),
  };
}

/** Which messages belong to a job: BullMQ finds a message by its id alone. Lost with the rest of Redis, which does no harm. */
function membersOf(redis: RedisConnection, prefix: string, queues: Record<QueueName, Queue>) {
  const key = (jobId: string) => `${prefix}:messages:${jobId}`;
  return {
    async add(jobId: string, queue: QueueName, id: string): Promise<void> {
      await redis.commands.multi().sadd(key(jobId), `${queue} ${id}`).expire(key(jobId), membersKept).exec();
    },
    async forget(jobId: string, queue: QueueName, id: string): Promise<void> {
      await redis.commands.srem(key(jobId), `${queue} ${id}`);
    },
    /** Those that are being worked on stay. */
    async drop(jobId: string): Promise<void> {
      const all = await redis.commands.smembers(key(jobId));
      await Promise.all(
        all.map((member) => {
          const [queue, id] = member.split(" ") as [QueueName, string];
          return queues[queue].remove(id);
        }),
      );
      await redis.commands.del(key(jobId));
    },
  };
}

async function depthOf(queue: Queue): Promise<QueueDepth> {
  const { waiting = 0, prioritized = 0, delayed = 0, active = 0 } = await queue.getJobCounts("waiting", "prioritized", "delayed", "active");
  return { waiting: waiting + prioritized + delayed, active };
}

/** Redis drops keys of its choice when it is full, unless told not to; half a queue is worse than an error. */
async function refuseEviction({ ready, commands }: RedisConnection): Promise<void> {
  if (!ready()) return;
  // Some providers forbid the question.
  const info = await commands.info("memory").catch(() => "");
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (policy === undefined || policy === "noeviction") return;
  throw new ConfigError(
    `REDIS_URL names a Redis that drops what it holds (maxmemory-policy ${policy}): set maxmemory-policy noeviction there`,
  );
}

/** BullMQ itself waits for Redis without end. */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Redis did not answer in ${milliseconds / 1000} s`)), milliseconds);
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

import { Queue } from "bullmq";
import { type QueueName, queueNames } from "../../ports/job-queue.ts";
import type { RedisConnection } from "../redis/connection.ts";

/** before every key of the queues */
export const bullPrefix = "omicselector2";

/** What every BullMQ object is given: our connection, and nothing that would wait for Redis by itself. */
export const bullOptions = (redis: RedisConnection, prefix: string) => ({
  connection: redis.commands,
  prefix,
  // A question at each start that fails for good when the connection breaks just then.
  skipVersionCheck: true,
});

/** One plain queue for each name. The connection stays the caller's. @param onError  what goes wrong behind their backs */
export function openBullQueues(redis: RedisConnection, prefix: string, onError: (error: Error) => void): Record<QueueName, Queue> {
  const open = (name: QueueName) => new Queue(name, bullOptions(redis, prefix)).on("error", onError);
  return Object.fromEntries(queueNames.map((name) => [name, open(name)])) as Record<QueueName, Queue>;
}

import type { Queue } from "bullmq";

/** The queues of a cluster, for a page that shows them. */
export interface ShownQueues {
  readonly queues: readonly Queue[];
  /** Redis can be asked at this moment. */
  ready(): boolean;
  close(): Promise<void>;
}

/**
 * Opens them on a connection of their own; what that takes is loaded here, so that an embedded start stays small.
 * @param prefix  as in `createBullQueue`
 */
export async function openShownQueues(redisUrl: string, onError: (error: unknown) => void, prefix?: string): Promise<ShownQueues> {
  const { connectRedis, onceAMinute } = await import("./adapters/redis/connection.ts");
  const { bullPrefix, openBullQueues } = await import("./adapters/job-queue/bull-queues.ts");
  const complain = onceAMinute(onError);
  const redis = await connectRedis(redisUrl, { onError: complain });
  const queues = Object.values(openBullQueues(redis, prefix ?? bullPrefix, (error) => (redis.ready() ? complain(error) : undefined)));
  return {
    queues,
    ready: redis.ready,
    async close() {
      await redis.close();
      await Promise.allSettled(queues.map((queue) => queue.close()));
    },
  };
}

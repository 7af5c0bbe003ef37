import { join } from "node:path";
import { checkSecret, encryptedBlobStore } from "./adapters/index.ts";
import type { Parts, Role, Undo } from "./compose.ts";
import { type Config, ConfigError } from "./config.ts";
import { openDatabase } from "./database/open.ts";
import { databaseLimits } from "./database/server.ts";
import type { Log } from "./operations/log.ts";

/**
 * One process of many: the database, Redis and the blob store are shared, and nothing here assumes to be alone. The data folder
 * holds uploads while they arrive and copies of blobs, both of which may be lost.
 */
export async function openCluster(config: Config, log: Log, undo: Undo, role: Role): Promise<Parts> {
  const { databaseUrl, redisUrl, s3, secret } = config.cluster!;
  const database = await openDatabase({ url: databaseUrl, limits: databaseLimits[role] });
  undo.push(() => database.close());
  const { connectRedis, createRedisEventBus, createRedisCache, createRedisRateCounter, createBullQueue, openS3BlobStore } =
    await adapters();
  const store = await openS3BlobStore({ s3, cacheDir: join(config.dataDir, "cache") });
  const blobs = encryptedBlobStore(store, secret);
  await checkSecret(blobs);
  let refused: Error | undefined;
  const onError = (error: Error) => {
    if (/WRONGPASS|NOAUTH|invalid password/i.test(error.message)) refused ??= error;
    else log.warn({ err: error }, "Redis is away");
  };
  const redis = await connectRedis(redisUrl, { onError });
  undo.push(() => redis.close());
  // Away it may come back, and is waited for; whoever it refuses it will refuse for ever.
  if (refused !== undefined) throw new ConfigError(`${refused.message}; check REDIS_URL`);
  const events = createRedisEventBus({ redis, onError: (error) => log.error({ err: error }, "a listener failed") });
  undo.push(() => events.close());
  const queue = await createBullQueue({
    url: redisUrl,
    onError: (error, jobId) => log.warn({ err: error, ...(jobId !== undefined && { job: jobId }) }, "the queue met an error"),
  });
  undo.push(() => queue.close());
  return {
    database,
    blobs,
    queue,
    events,
    cache: createRedisCache({ redis }),
    rates: createRedisRateCounter({ redis }),
    secret,
    probes: { redis: () => redis.ping(), blobs: () => blobs.exists("datasets/none") },
  };
}

async function adapters() {
  const [redis, bus, cache, rates, queue, s3] = await Promise.all([
    import("./adapters/redis/connection.ts"),
    import("./adapters/event-bus/redis.ts"),
    import("./adapters/cache/redis.ts"),
    import("./adapters/rate-counter/redis.ts"),
    import("./adapters/job-queue/bullmq.ts"),
    import("./adapters/blob-store/s3.ts"),
  ]);
  return { ...redis, ...bus, ...cache, ...rates, ...queue, ...s3 };
}

import type { Cache } from "../../ports/cache.ts";
import type { RedisConnection } from "../redis/connection.ts";

export interface RedisCacheOptions {
  readonly redis: RedisConnection;
  /** before every key */
  readonly prefix?: string;
}

/** Shared by all processes. While Redis is away nothing is there and nothing is kept, quietly; the connection is the caller's. */
export function createRedisCache({ redis, prefix = "omicselector2:cache:" }: RedisCacheOptions): Cache {
  const { commands } = redis;
  return {
    async get(key) {
      return (await commands.get(prefix + key).catch(() => null)) ?? undefined;
    },
    async set(key, value, ttlSeconds) {
      const milliseconds = Math.max(1, Math.ceil(ttlSeconds * 1000));
      await commands.set(prefix + key, value, "PX", milliseconds).catch(() => undefined);
    },
    async delete(key) {
      await commands.del(prefix + key).catch(() => undefined);
    },
  };
}

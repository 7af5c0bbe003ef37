import type { RateCounter } from "../../ports/rate-counter.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { createMemoryRateCounter } from "./memory.ts";

export interface RedisRateCounterOptions {
  readonly redis: RedisConnection;
  /** before every key */
  readonly prefix?: string;
}

// In one piece: a process that dies between counting and limiting the time would leave a key that counts for ever.
const hit = `
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}`;

/**
 * Over all processes. While Redis is away each process counts for itself, beginning at nothing: with n of them a limit is
 * up to n times as wide, never gone. The connection is the caller's.
 */
export function createRedisRateCounter({ redis, prefix = "omicselector2:rate:" }: RedisRateCounterOptions): RateCounter {
  const alone = createMemoryRateCounter();
  return {
    async hit(key, windowMs) {
      try {
        const [count, resetMs] = (await redis.commands.eval(hit, 1, prefix + key, Math.ceil(windowMs))) as [number, number];
        return { count, resetMs };
      } catch {
        return await alone.hit(key, windowMs);
      }
    },
  };
}

import type { Cache } from "../../ports/cache.ts";

/** In this process; the entry that was used longest ago goes when there are too many. */
export function createMemoryCache(maxEntries = 10_000, now: () => number = () => performance.now()): Cache {
  // A Map keeps the order of insertion: its first entry is the one used longest ago.
  const entries = new Map<string, { value: string; until: number }>();

  return {
    async get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (entry.until <= now()) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    async set(key, value, ttlSeconds) {
      entries.delete(key);
      entries.set(key, { value, until: now() + ttlSeconds * 1000 });
      if (entries.size > maxEntries) entries.delete(entries.keys().next().value!);
    },
    async delete(key) {
      entries.delete(key);
    },
  };
}

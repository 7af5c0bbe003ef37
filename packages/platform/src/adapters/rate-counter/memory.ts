import type { RateCounter } from "../../ports/rate-counter.ts";

interface Window {
  count: number;
  /** on the clock of `now` */
  readonly until: number;
}

/** In this process; with too many keys the windows that have ended go, then the oldest. O(1) a hit, but for that. */
export function createMemoryRateCounter(maxKeys = 100_000, now: () => number = () => performance.now()): RateCounter {
  const windows = new Map<string, Window>();

  const makeRoom = () => {
    for (const [key, { until }] of windows) if (until <= now()) windows.delete(key);
    // A tenth at once, or a flood of new keys would be searched through for each of them.
    const excess = windows.size - Math.floor(maxKeys * 0.9);
    for (const key of [...windows.keys()].slice(0, Math.max(0, excess))) windows.delete(key);
  };

  return {
    async hit(key, windowMs) {
      let window = windows.get(key);
      if (window === undefined || window.until <= now()) {
        window = { count: 0, until: now() + windowMs };
        windows.delete(key);
        if (windows.size >= maxKeys) makeRoom();
        windows.set(key, window);
      }
      window.count++;
      return { count: window.count, resetMs: window.until - now() };
    },
  };
}

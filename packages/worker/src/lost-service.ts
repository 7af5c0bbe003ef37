import { setTimeout as sleep } from "node:timers/promises";
import { isUnavailable } from "@omicselector2/platform";

/*
 * A service that is away (database, blob store, queue) is no fault of a job: what needs it waits and is done again.
 */

export const isLostService = isUnavailable;

const FIRST_MS = 100;
const LONGEST_MS = 5000;

/**
 * Does something again, less and less often, as long as it fails for want of a service.
 * @throws the signal's reason; any other error at once
 */
export async function persistently<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let wait = FIRST_MS; ; wait = Math.min(LONGEST_MS, 2 * wait)) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!isLostService(error)) throw error;
    }
    await sleep(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

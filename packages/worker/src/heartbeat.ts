import { hostname } from "node:os";
import { extendLeases, greet, type QueueName } from "@omicselector2/platform";
import { LeaseLost } from "./faults.ts";
import { nameOf, type WorkerContext } from "./worker-context.ts";

export interface Heartbeat {
  stop(): Promise<void>;
}

/**
 * Says every few seconds that this worker is there and prolongs its leases. What is not its own any more (cancelled, failed, taken over)
 * is stopped. While the database is away the computing goes on: a lease is lost when somebody else has it, not when time is up.
 */
export async function startHeartbeat(context: WorkerContext, queues: readonly QueueName[]): Promise<Heartbeat> {
  const { platform, id, threads, times, held } = context;
  const beat = async () => {
    await greet(platform.db, { id, host: hostname(), threads, queues: [...queues] });
    const asked = [...held.values()];
    const kept = new Set((await extendLeases(platform.db, id, asked, times.lease / 1000)).map(nameOf));
    for (const range of asked) {
      // Given up meanwhile and perhaps taken anew: then it is another one.
      if (!kept.has(nameOf(range)) && held.get(nameOf(range)) === range) range.stop.abort(new LeaseLost());
    }
  };
  await beat();
  return every(times.beat, beat);
}

/** Does something again and again, with a pause in between; an error is as good as a lost round. */
export function every(milliseconds: number, work: () => Promise<void>): Heartbeat {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const next = () => {
    timer = setTimeout(() => {
      running = work()
        .catch(() => undefined)
        .finally(() => {
          if (!stopped) next();
        });
    }, milliseconds).unref();
  };
  next();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

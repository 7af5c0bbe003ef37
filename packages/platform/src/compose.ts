import { join } from "node:path";
import {
  createInProcessQueue,
  createMemoryCache,
  createMemoryEventBus,
  createMemoryRateCounter,
  openFileBlobStore,
} from "./adapters/index.ts";
import type { Config } from "./config.ts";
import type { Db } from "./database/db.ts";
import { openDatabase } from "./database/open.ts";
import type { BlobStore } from "./ports/blob-store.ts";
import type { Cache } from "./ports/cache.ts";
import type { EventBus } from "./ports/event-bus.ts";
import type { JobQueue } from "./ports/job-queue.ts";
import type { RateCounter } from "./ports/rate-counter.ts";
import { loadSecret } from "./secret.ts";
import { failInterruptedIngests } from "./stores/datasets.ts";
import { dropOldEvents } from "./stores/events.ts";
import { dropExpiredKeys, releaseInterruptedKeys } from "./stores/idempotency.ts";
import { requeueInterrupted } from "./stores/jobs.ts";
import { dropExpiredTokens } from "./stores/refresh-tokens.ts";
import { sweepOrphans } from "./sweep.ts";

/** Everything that the parts are given; made here and nowhere else. */
export interface Platform {
  readonly config: Config;
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly queue: JobQueue;
  readonly events: EventBus;
  readonly cache: Cache;
  readonly rates: RateCounter;
  /** for signing tokens; at least 256 random bits */
  readonly secret: string;
  /** Drains the queue, then gives everything back. */
  close(): Promise<void>;
}

/**
 * Opens the data folder, sets right what a crash left in it, and hands unfinished jobs to the queue, which keeps them
 * until somebody listens.
 * @throws ConfigError, DataFolderError, MigrationError  each with one line for the user
 */
export async function openPlatform(config: Config): Promise<Platform> {
  const database = await openDatabase({ dataDir: config.dataDir });
  try {
    const { db } = database;
    const secret = await loadSecret(config.dataDir);
    const blobs = await openFileBlobStore(join(config.dataDir, "blobs"));
    const events = createMemoryEventBus(report);
    const queue = createInProcessQueue({ onError: (jobId, error) => report(error, `job ${jobId}: `) });
    await recover(db, blobs);
    for (const job of await requeueInterrupted(db)) await queue.send(job.queue, job.id);
    const close = async () => {
      await queue.close();
      await events.close();
      await database.close();
    };
    return { config, db, blobs, queue, events, cache: createMemoryCache(), rates: createMemoryRateCounter(), secret, close };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** This process is alone on its data: whatever looks like being under way belonged to one that is dead. */
async function recover(db: Db, blobs: BlobStore): Promise<void> {
  await failInterruptedIngests(db, "the server was stopped while it read this file: upload it again");
  await releaseInterruptedKeys(db);
  await dropExpiredKeys(db);
  await dropExpiredTokens(db);
  await dropOldEvents(db);
  await sweepOrphans(db, blobs);
}

function report(error: unknown, where = ""): void {
  process.stderr.write(`${where}${error instanceof Error ? error.message : String(error)}\n`);
}

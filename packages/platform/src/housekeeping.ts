import type { Db } from "./database/db.ts";
import { sql } from "./database/drizzle.ts";
import type { Database } from "./database/open.ts";
import type { BlobStore } from "./ports/blob-store.ts";
import { failInterruptedIngests, failStaleIngests } from "./stores/datasets.ts";
import { dropOldEvents } from "./stores/events.ts";
import { dropExpiredKeys, releaseInterruptedKeys } from "./stores/idempotency.ts";
import { dropExpiredTokens } from "./stores/refresh-tokens.ts";
import { sweepOrphans } from "./sweep.ts";

type House = { database: Pick<Database, "db" | "unhurried">; blobs: BlobStore };

const everyHour = 3600_000;
/** After so long nobody is between a blob and its row any more. */
const oneDay = 24 * 3600_000;
const ingestHours = 6;
// Any number; it must only be the same in every process and differ from those of the migrations, the audit log and the reconciler.
const lock = 7_201_933_021;

/** For the start of a process that is alone on its data: whatever looks like being under way belonged to one that is dead. */
export async function recoverAlone({ database: { db }, blobs }: House): Promise<void> {
  await failInterruptedIngests(db, "the server was stopped while it read this file: upload it again");
  await releaseInterruptedKeys(db);
  await dropExpired(db);
  await sweepOrphans(db, blobs);
}

export interface HousekeepingReport {
  ingestsFailed: number;
  blobsSwept: number;
}

/**
 * What goes wrong or grows old in a running system, whoever else runs: one process at a time.
 * @returns undefined when another process is at it
 */
export async function keepHouse({ database, blobs }: House): Promise<HousekeepingReport | undefined> {
  return await database.unhurried(async (db) => {
    // Of the session, not of a transaction: a look through the blob store may take minutes, in which no row must stay locked.
    const { rows } = await db.execute<{ locked: boolean }>(sql`select pg_try_advisory_lock(${lock}) as locked`);
    if (!rows[0]!.locked) return undefined;
    try {
      const failed = await failStaleIngests(db, ingestHours, "reading this file was interrupted: upload it again");
      await dropExpired(db);
      return { ingestsFailed: failed.length, blobsSwept: (await sweepOrphans(db, blobs, oneDay)).length };
    } finally {
      await db.execute(sql`select pg_advisory_unlock(${lock})`);
    }
  });
}

async function dropExpired(db: Db): Promise<void> {
  await dropExpiredKeys(db);
  await dropExpiredTokens(db);
  await dropOldEvents(db);
}

export interface Housekeeping {
  /** Waits for a round that is under way. */
  stop(): Promise<void>;
}

/**
 * A round every hour, the first one after a tenth of that.
 * @param onError  told of a round that failed; the next one comes all the same
 */
export function startHousekeeping(house: House, onError: (error: unknown) => void, every = everyHour): Housekeeping {
  let round: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const after = (milliseconds: number) => {
    if (stopped) return;
    timer = setTimeout(() => {
      round = keepHouse(house).catch(onError);
      // Processes that started together drift apart.
      void round.then(() => after(every * (0.9 + 0.2 * Math.random())));
    }, milliseconds).unref();
  };
  after(every / 10);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}

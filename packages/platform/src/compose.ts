import { join } from "node:path";
import {
  checkSecret,
  createInProcessQueue,
  createMemoryCache,
  createMemoryEventBus,
  createMemoryRateCounter,
  encryptedBlobStore,
  openFileBlobStore,
} from "./adapters/index.ts";
import type { Config } from "./config.ts";
import type { Db } from "./database/db.ts";
import { type Database, openDatabase } from "./database/open.ts";
import { recoverAlone, startHousekeeping } from "./housekeeping.ts";
import { createLog, type Log } from "./operations/log.ts";
import type { Probe } from "./operations/probes.ts";
import { createRedact, type Redact } from "./operations/redact.ts";
import { openTracer } from "./operations/tracing.ts";
import type { BlobStore } from "./ports/blob-store.ts";
import type { Cache } from "./ports/cache.ts";
import type { EventBus } from "./ports/event-bus.ts";
import type { JobQueue } from "./ports/job-queue.ts";
import type { RateCounter } from "./ports/rate-counter.ts";
import type { Tracer } from "./ports/tracer.ts";
import { loadSecret } from "./secret.ts";

/** What a process of a cluster is for; an embedded one is both. */
export type Role = "api" | "worker";

/** Everything that the parts are given; made here and nowhere else. */
export interface Platform {
  readonly config: Config;
  readonly db: Db;
  /** Work whose statements may take minutes; `db` has the limits of requests. */
  readonly unhurried: Database["unhurried"];
  readonly blobs: BlobStore;
  readonly queue: JobQueue;
  readonly events: EventBus;
  readonly cache: Cache;
  readonly rates: RateCounter;
  readonly tracer: Tracer;
  /** for lines that belong to no request */
  readonly log: Log;
  /** takes secrets out of a line */
  readonly redact: Redact;
  /** whether each thing that the process stands on answers: database, blobs, and in a cluster redis */
  readonly probes: Readonly<Record<string, Probe>>;
  /** connections to the database */
  connections(): { open: number; idle: number; waiting: number };
  /** for signing tokens and wrapping the keys of blobs; at least 256 random bits */
  readonly secret: string;
  /** Drains the queue, then gives everything back. */
  close(): Promise<void>;
}

export interface PlatformOptions {
  /** in a cluster: how patient the database's connections are, and what traces call this process; api unless said */
  role?: Role;
  /** takes the lines of the log; standard output unless said, standard error in an embedded server */
  write?: (line: string) => void;
  version?: string;
}

/**
 * Connects to what the configuration names, and sets right what a crash left. Unfinished jobs are sent to the queue again by
 * the reconciler of whoever works.
 * @throws ConfigError, DataFolderError, MigrationError, DatabaseStartError, Error of the blob store  each with one line for the user
 */
export async function openPlatform(config: Config, options: PlatformOptions = {}): Promise<Platform> {
  const redact = createRedact(config);
  const write = options.write ?? ((line: string) => void process[config.cluster === null ? "stderr" : "stdout"].write(line));
  const log = createLog({ level: config.logLevel, redact, write });
  const undo: (() => Promise<unknown>)[] = [];
  const close = async () => {
    // What cannot be closed, because it is away, must not keep the rest open.
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
      await step().catch((error: unknown) => log.warn({ err: error }, "something could not be closed in good order"));
    }
  };
  const role = options.role ?? "api";
  try {
    const parts = config.cluster === null ? await openAlone(config, log, undo) : await openTogether(config, log, undo, role);
    const { database } = parts;
    const tracer = await openTracer({ endpoint: config.otlpEndpoint, service: role, version: options.version ?? "unknown" });
    undo.push(() => tracer.close());
    // In a cluster the API keeps the house, not each of many workers.
    if (role === "api") {
      const housekeeping = startHousekeeping(parts, (error) =>
        log.warn({ err: error }, "housekeeping failed; it is done again in an hour"),
      );
      undo.push(() => housekeeping.stop());
    }
    const { db, pool, unhurried } = database;
    const probes = { database: () => pool.query("select 1"), ...parts.probes };
    const connections = () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount });
    return { ...parts, config, db, unhurried, tracer, log, redact, probes, connections, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What differs between one process that is alone and one of many. */
export interface Parts extends Pick<Platform, "blobs" | "queue" | "events" | "cache" | "rates" | "secret" | "probes"> {
  readonly database: Database;
}

export type Undo = (() => Promise<unknown>)[];

/** Loaded when it is asked for: an embedded server has no use for the clients of services. */
async function openTogether(config: Config, log: Log, undo: Undo, role: Role): Promise<Parts> {
  const { openCluster } = await import("./compose-cluster.ts");
  return await openCluster(config, log, undo, role);
}

async function openAlone({ dataDir }: Config, log: Log, undo: Undo): Promise<Parts> {
  const database = await openDatabase({ dataDir });
  undo.push(() => database.close());
  const secret = await loadSecret(dataDir);
  const blobs = encryptedBlobStore(await openFileBlobStore(join(dataDir, "blobs")), secret);
  await checkSecret(blobs);
  const events = createMemoryEventBus((error) => log.error({ err: error }, "a listener failed"));
  undo.push(() => events.close());
  const queue = createInProcessQueue({ onError: (jobId, error) => log.error({ err: error, job: jobId }, "work on a job failed") });
  undo.push(() => queue.close());
  await recoverAlone({ database, blobs });
  const probes = { blobs: () => blobs.exists("datasets/none") };
  return { database, blobs, queue, events, cache: createMemoryCache(), rates: createMemoryRateCounter(), secret, probes };
}

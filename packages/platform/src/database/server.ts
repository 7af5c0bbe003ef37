import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { LimitedClient, type LimitedConfig } from "./limited-client.ts";

/** How long things may take, in milliseconds. */
export interface DatabaseLimits {
  /** until a connection is there, whether new or given back by somebody */
  connect: number;
  /** until a query is answered, as seen from here: the server may be frozen or cut off */
  query: number;
  /** a statement, by the server; below `query`, so that a slow statement costs no connection */
  statement: number;
  /** waiting for a lock, by the server */
  lock: number;
  /** a transaction that does nothing, by the server: its process may be frozen, and others wait for its locks */
  idleInTransaction: number;
  /** connections of a process */
  most: number;
}

/** `api`: who waits for a connection and for its query has its answer within two seconds, a 503 if need be. */
export const databaseLimits = {
  api: { connect: 750, query: 1100, statement: 1000, lock: 900, idleInTransaction: 10_000, most: 10 },
  worker: { connect: 10_000, query: 60_000, statement: 50_000, lock: 30_000, idleInTransaction: 20_000, most: 10 },
} as const satisfies Record<string, DatabaseLimits>;

/** Migrations and housekeeping: ten minutes a statement. */
const unhurried: DatabaseLimits = {
  connect: 5000,
  query: 610_000,
  statement: 600_000,
  lock: 600_000,
  idleInTransaction: 600_000,
  most: 1,
};

const oldestVersion = 15;

/** One line for whoever starts the process; never with the password. */
export class DatabaseStartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DatabaseStartError";
  }
}

export interface DatabaseServer {
  readonly pool: pg.Pool;
  /** A connection of its own, with much time, given back when the work ends. */
  unhurried<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * PostgreSQL by address.
 * @throws DatabaseStartError  it cannot be reached, refuses the user, or is too old
 */
export async function connectServer(url: string, limits: DatabaseLimits): Promise<DatabaseServer> {
  const long = async <T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> => {
    const client = new LimitedClient(optionsOf(url, unhurried));
    try {
      await client.connect();
      return await work(client);
    } finally {
      await endWithin(1000, [client], client.end());
    }
  };
  await long(checkVersion).catch((error: unknown) => {
    throw startError(url, error);
  });
  const pool = new pg.Pool({ ...optionsOf(url, limits), max: limits.most, Client: LimitedClient as typeof pg.Client });
  const clients = new Set<LimitedClient>();
  pool.on("connect", (client) => clients.add(client as unknown as LimitedClient));
  pool.on("remove", (client) => clients.delete(client as unknown as LimitedClient));
  giveBackBroken(pool);
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => undefined);
  return { pool, unhurried: long, close: () => endWithin(5000, clients, pool.end()) };
}

/**
 * A connection that ends while somebody has it goes back at once: Drizzle does not release the one on which `begin` failed, and
 * ten such would be the whole pool.
 */
function giveBackBroken(pool: pg.Pool): void {
  const taken = new Set<pg.PoolClient>();
  pool.on("acquire", (client) => taken.add(client));
  pool.on("release", (_error, client) => taken.delete(client));
  pool.on("connect", (client) =>
    client.once("end", () => {
      if (!taken.has(client)) return;
      client.release(true);
      // Whoever had it may still give it back.
      client.release = () => undefined;
    }),
  );
}

function optionsOf(url: string, { connect, query, statement, lock, idleInTransaction }: DatabaseLimits): LimitedConfig {
  return {
    connectionString: url,
    application_name: "omicselector2",
    connectionTimeoutMillis: connect,
    queryLimit: query,
    statement_timeout: statement,
    lock_timeout: lock,
    idle_in_transaction_session_timeout: idleInTransaction,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** A frozen server never says goodbye: after a while its connections are dropped. */
async function endWithin(milliseconds: number, clients: Iterable<LimitedClient>, ended: Promise<void>): Promise<void> {
  const giveUp = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: giveUp.signal }).then(
    () => {
      for (const client of clients) client.destroy();
    },
    () => undefined,
  );
  await Promise.race([ended.catch(() => undefined), late]);
  giveUp.abort();
}

async function checkVersion(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query("select current_setting('server_version_num')::int / 10000 as major");
  const { major } = rows[0] as { major: number };
  if (major < oldestVersion) throw new DatabaseStartError(`it is PostgreSQL ${major}, and ${oldestVersion} or newer is needed`);
}

function startError(url: string, error: unknown): DatabaseStartError {
  const { host, port, user, database } = new pg.Client({ connectionString: url });
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const text = error instanceof AggregateError ? code : error instanceof Error ? error.message : String(error);
  const what: Record<string, string> = {
    "28P01": `refuses the password of the user ${user}`,
    "28000": `lets the user ${user} not in: ${text}`,
    "3D000": `has no database ${database}: create it`,
  };
  const why = error instanceof DatabaseStartError ? `cannot be used: ${text}` : (what[code] ?? `cannot be reached: ${text}`);
  return new DatabaseStartError(`the database at ${host}:${port} ${why}; check DATABASE_URL`, { cause: error });
}

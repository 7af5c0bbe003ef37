import type pg from "pg";
import * as schema from "../schema.ts";
import type { Db } from "./db.ts";
import { drizzle } from "./drizzle.ts";
import { openEmbedded } from "./embedded.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { connectServer, type DatabaseLimits, databaseLimits } from "./server.ts";

export interface Database {
  db: Db;
  pool: pg.Pool;
  /** names of the migrations that this opening applied */
  applied: string[];
  /** Work whose statements may take minutes, as housekeeping does: by address on a connection of its own, for the limits are for requests. */
  unhurried<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Waits for what runs, then frees the data folder or the connections. */
  close(): Promise<void>;
}

export type Where =
  | { url: string /** those of a server of the API unless said */; limits?: DatabaseLimits }
  | { dataDir: string; template?: string };

/**
 * The database, migrated: PostgreSQL 15 or newer by `url`, or the embedded one in a data folder that no other process may use.
 * @throws DataFolderError, MigrationError, DatabaseStartError  each with one line for the user
 */
export async function openDatabase(where: Where): Promise<Database> {
  return "url" in where ? await openByAddress(where.url, where.limits ?? databaseLimits.api) : await openFolder(where);
}

async function openByAddress(url: string, limits: DatabaseLimits): Promise<Database> {
  const migrations = await readMigrations();
  const { pool, unhurried, close } = await connectServer(url, limits);
  let applied: string[];
  try {
    applied = await unhurried((client) => migrate(client, migrations));
  } catch (error) {
    await close();
    throw error;
  }
  return { db: drizzle(pool, { schema }), pool, applied, unhurried: (work) => unhurried((client) => work(on(client))), close };
}

async function openFolder({ dataDir, template }: { dataDir: string; template?: string }): Promise<Database> {
  const migrations = await readMigrations();
  const { pool, close } = await openEmbedded(dataDir, migrations, template);
  try {
    const client = await pool.connect();
    let applied: string[];
    try {
      applied = await migrate(client, migrations);
    } finally {
      client.release();
    }
    const db: Db = drizzle(pool, { schema });
    return { db, pool, applied, unhurried: (work) => work(db), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const on = (client: pg.ClientBase): Db => drizzle(client as pg.Client, { schema });

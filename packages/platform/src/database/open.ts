import pg from "pg";
import * as schema from "../schema.ts";
import type { Db } from "./db.ts";
import { drizzle } from "./drizzle.ts";
import { openEmbedded } from "./embedded.ts";
import { migrate, readMigrations } from "./migrate.ts";

export interface Database {
  db: Db;
  pool: pg.Pool;
  /** names of the migrations that this opening applied */
  applied: string[];
  /** Waits for what runs, then frees the data folder or the connections. */
  close(): Promise<void>;
}

/**
 * The database, migrated: PostgreSQL 15 or newer by `url`, or the embedded one in a data folder that no other process may use.
 * @throws DataFolderError, MigrationError
 */
export async function openDatabase(where: { url: string } | { dataDir: string; template?: string }): Promise<Database> {
  const migrations = await readMigrations();
  const { pool, close } = "url" in where ? connect(where.url) : await openEmbedded(where.dataDir, migrations, where.template);
  try {
    const client = await pool.connect();
    let applied: string[];
    try {
      applied = await migrate(client, migrations);
    } finally {
      client.release();
    }
    return { db: drizzle(pool, { schema }), pool, applied, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function connect(url: string): { pool: pg.Pool; close(): Promise<void> } {
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 2_000 });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => undefined);
  return { pool, close: () => pool.end() };
}

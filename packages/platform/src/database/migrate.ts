import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What a migration needs of a connection: pg's client and PGlite both have it. */
export interface Connection {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

export interface Migration {
  /** `0000_tables` */
  name: string;
  statements: string[];
  /** SHA-256 of the file with Unix line ends, so that a checkout on Windows is the same migration */
  hash: string;
}

export const migrationsFolder = join(import.meta.dirname, "..", "migrations");
// Any number; it must only be the same in every process and differ from the audit log's.
const lock = 7_201_933_001;

export class MigrationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MigrationError";
  }
}

/** In the order of drizzle-kit's journal. */
export async function readMigrations(folder = migrationsFolder): Promise<Migration[]> {
  const journal = JSON.parse(await readFile(join(folder, "meta", "_journal.json"), "utf8")) as { entries: { tag: string }[] };
  return await Promise.all(
    journal.entries.map(async ({ tag }) => {
      const text = (await readFile(join(folder, `${tag}.sql`), "utf8")).replaceAll("\r\n", "\n");
      return { name: tag, statements: text.split("--> statement-breakpoint"), hash: createHash("sha256").update(text).digest("hex") };
    }),
  );
}

/**
 * Brings the database up to the newest migration. Any number of processes may do so at once: each migration is
 * a transaction that waits for the advisory lock and then looks whether somebody else was quicker.
 * @returns names of those applied by this call
 * @throws MigrationError  the database knows migrations that this program does not, or an applied one was edited
 */
export async function migrate(connection: Connection, migrations: readonly Migration[]): Promise<string[]> {
  const applied: string[] = [];
  for (const [index, migration] of migrations.entries()) {
    await connection.query("begin");
    try {
      const known = await appliedSoFar(connection);
      if (index === 0) compare(known, migrations);
      if (index === known.length) {
        for (const statement of migration.statements) await connection.query(statement);
        await connection.query("insert into schema_migrations (position, name, hash) values ($1, $2, $3)", [
          index,
          migration.name,
          migration.hash,
        ]);
        applied.push(migration.name);
      }
      await connection.query("commit");
    } catch (error) {
      await connection.query("rollback").catch(() => undefined);
      throw error;
    }
  }
  return applied;
}

interface Applied {
  name: string;
  hash: string;
}

async function appliedSoFar(connection: Connection): Promise<Applied[]> {
  await connection.query("select pg_advisory_xact_lock($1::bigint)", [lock]);
  const { rows: found } = await connection.query("select to_regclass('schema_migrations') is not null as there");
  if (!(found[0] as { there: boolean }).there) {
    await connection.query(
      "create table schema_migrations (position integer primary key, name text not null unique, hash text not null, at timestamptz not null default now())",
    );
  }
  const { rows } = await connection.query("select name, hash from schema_migrations order by position");
  return rows as Applied[];
}

function compare(known: readonly Applied[], migrations: readonly Migration[]): void {
  for (const [index, { name, hash }] of known.entries()) {
    const mine = migrations[index];
    if (mine === undefined || mine.name !== name) {
      throw new MigrationError(`the database was made by another release (migration ${name}): start that one, or a newer one`);
    }
    if (mine.hash !== hash) throw new MigrationError(`migration ${name} was edited after this database had applied it: restore the file`);
  }
}

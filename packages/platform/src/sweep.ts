import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Db } from "./database/db.ts";
import { inArray } from "./database/drizzle.ts";
import type { BlobStore, ListedBlob } from "./ports/blob-store.ts";
import { datasets, jobs, results } from "./schema.ts";

/**
 * Deletes the blobs that no row speaks of: a crash between blob and row leaves them, as does a delete while the store was away.
 * @param olderThan  only what has been there for so many milliseconds: others may be between blob and row just now. 0 is for who is
 *                   alone on the store, at start, and takes what the store knows no age of as well
 * @returns the prefixes that went
 */
export async function sweepOrphans(db: Db, blobs: BlobStore, olderThan = 0): Promise<string[]> {
  const gone: string[] = [];
  const latest = Date.now() - olderThan;
  const old = ({ modifiedAt }: ListedBlob) => olderThan === 0 || (modifiedAt !== undefined && modifiedAt.getTime() < latest);
  const drop = async (prefix: string, keep: (ids: string[]) => Promise<Set<string>>) => {
    const found = Map.groupBy(await blobs.list(prefix), ({ key }) => key.slice(prefix.length).split("/")[0]!);
    const ids = [...found].filter(([, files]) => files.every(old)).map(([id]) => id);
    const kept = await keep(ids);
    for (const id of ids.filter((each) => !kept.has(each))) {
      await blobs.delete(`${prefix}${id}`).catch(() => undefined);
      await blobs.deletePrefix(`${prefix}${id}/`);
      gone.push(`${prefix}${id}`);
    }
  };
  await drop("uploads/", async () => new Set());
  await drop("datasets/", (ids) => known(db, datasets, datasets.id, ids));
  await drop("results/", (ids) => known(db, results, results.id, ids));
  await drop("checkpoints/", (ids) => unfinished(db, ids));
  return gone;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function known(db: Db, table: PgTable, column: PgColumn, ids: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const proper = ids.filter((id) => uuid.test(id));
  for (let at = 0; at < proper.length; at += 1000) {
    const rows = await db
      .select({ id: column })
      .from(table)
      .where(inArray(column, proper.slice(at, at + 1000)));
    for (const row of rows) found.add(String(row.id));
  }
  return found;
}

/** Checkpoints end with their job. */
async function unfinished(db: Db, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(inArray(jobs.status, ["pending", "running"]));
  return new Set(rows.map((row) => row.id));
}

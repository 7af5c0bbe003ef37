import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DataFolderError } from "./folder-lock.ts";
import { type Migration, migrate } from "./migrate.ts";
import { untar } from "./untar.ts";

/** Of the PostgreSQL inside PGlite; a test compares it with what the server says. */
export const postgresMajor = "18";

const templateFolder = join(import.meta.dirname, "..", "..", "dist");

/** Named after its contents: a template of other migrations is never taken for this one. */
export function templatePath(migrations: readonly Migration[], folder = templateFolder): string {
  const hash = createHash("sha256").update(postgresMajor);
  for (const migration of migrations) hash.update(migration.hash);
  return join(folder, `pgdata-${hash.digest("hex").slice(0, 16)}.tar.gz`);
}

/** An archive of a fresh database with all migrations applied. About 5 MB, 4 s. */
export async function makeTemplate(migrations: readonly Migration[]): Promise<Uint8Array> {
  const { PGlite } = await import("@electric-sql/pglite");
  const database = await PGlite.create();
  try {
    await migrate(database, migrations);
    await database.query("checkpoint");
    return new Uint8Array(await (await database.dumpDataDir("gzip")).arrayBuffer());
  } finally {
    await database.close();
  }
}

/**
 * Makes sure that `folder` holds a database that this release can open. A new one is laid out beside its place and
 * renamed, for a process that is killed halfway would leave a folder which looks like a database and is none.
 * @param template  archive to unpack; when there is none the database is initialised anew, some seconds slower
 * @throws DataFolderError  the folder belongs to another major version of PostgreSQL
 */
export async function prepareFolder(folder: string, template: string): Promise<"found" | "unpacked" | "initialised"> {
  const found = await readFile(join(folder, "PG_VERSION"), "utf8").catch(() => undefined);
  if (found !== undefined) {
    checkVersion(folder, found.trim());
    return "found";
  }
  await removeLeftovers(folder);
  if ((await readdir(folder).catch(() => [])).length > 0) {
    throw new DataFolderError(`${folder} is neither empty nor a database: move it away, or set OMICSELECTOR_DATA_DIR to another folder`);
  }
  const beside = `${folder}.new-${process.pid}`;
  await mkdir(beside, { recursive: true, mode: 0o700 });
  const archive = await readFile(template).catch(() => undefined);
  if (archive === undefined) await initialise(beside);
  else await untar(await promisify(gunzip)(archive), beside);
  await rm(folder, { recursive: true, force: true });
  await rename(beside, folder);
  return archive === undefined ? "initialised" : "unpacked";
}

// PGlite is loaded here only when there is no template: a start that finds its folder needs it in the thread alone.
async function initialise(folder: string): Promise<void> {
  const { PGlite } = await import("@electric-sql/pglite");
  await (await PGlite.create(folder)).close();
}

function checkVersion(folder: string, version: string): void {
  if (version === postgresMajor) return;
  throw new DataFolderError(
    `${folder} was written by PostgreSQL ${version}, this release reads ${postgresMajor}: save it with pg_dump from the release that wrote it ` +
      "and restore it into a new folder, or set OMICSELECTOR_DATA_DIR to another one",
  );
}

async function removeLeftovers(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent).catch(() => [])) {
    if (name.startsWith(`${basename(folder)}.new-`)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Db } from "@omicselector2/platform";
import { Fault } from "./fault.ts";

/**
 * Works on the database of DATABASE_URL, or on that of the data folder, which no server may be using.
 * @throws Fault  there is no data folder; ConfigError, DataFolderError
 */
export async function withDatabase<T>(
  work: (db: Db) => Promise<T>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<T> {
  // Loaded here, not above: other commands need no database.
  const { openDatabase, readDatabasePlace } = await import("@omicselector2/platform");
  const place = readDatabasePlace(env);
  if ("dataDir" in place && !existsSync(join(place.dataDir, "postgres"))) {
    throw new Fault(
      `there is no data folder ${place.dataDir}: set OMICSELECTOR_DATA_DIR to the server's, or DATABASE_URL to a cluster's database`,
    );
  }
  const { db, close } = await openDatabase(place);
  try {
    return await work(db);
  } finally {
    await close();
  }
}

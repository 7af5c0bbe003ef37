import type { Config } from "@omicselector2/platform";
import { Command } from "commander";
import { Fault } from "../fault.ts";

export function migrateCommand(): Command {
  return new Command("migrate")
    .description("bring the database of DATABASE_URL up to this release; serve and worker do so too when they start")
    .action(async () => {
      // Loaded here, not above: other commands need no database.
      const { readConfig } = await import("@omicselector2/platform");
      for (const line of await migrateDatabase(readConfig(process.env))) process.stdout.write(`${line}\n`);
    });
}

/**
 * Any number of processes may do so at once: an advisory lock lines them up.
 * @returns what to tell the user, a line for each migration that was applied
 * @throws Fault  there is no database of a cluster to migrate
 * @throws MigrationError  the database belongs to a newer release
 */
export async function migrateDatabase({ cluster }: Config): Promise<string[]> {
  if (cluster === null) throw new Fault("DATABASE_URL is not set: the embedded database is migrated by serve when it starts");
  const { openDatabase } = await import("@omicselector2/platform");
  const { applied, close } = await openDatabase({ url: cluster.databaseUrl });
  await close();
  return applied.length > 0 ? applied.map((name) => `applied ${name}`) : ["the database is up to date"];
}

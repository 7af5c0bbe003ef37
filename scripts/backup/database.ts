import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { postgresPrograms } from "../services/postgres.ts";

/** One consistent picture of the whole database, while others go on writing. */
export function dumpDatabase(url: string, file: string): void {
  run("pg_dump", ["--format=custom", "--no-owner", `--file=${file}`], url);
}

/** Into an empty database; all of it or nothing. */
export function restoreDatabase(url: string, file: string): void {
  run("pg_restore", ["--no-owner", "--exit-on-error", "--single-transaction", `--dbname=${new URL(url).pathname.slice(1)}`, file], url);
}

function run(program: string, args: string[], url: string): void {
  const { hostname, port, username, password, pathname } = new URL(url);
  // Not among the arguments, which every process list shows.
  const env = { ...process.env, PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password, PGDATABASE: pathname.slice(1) };
  execFileSync(join(postgresPrograms()!, program), args, { env, stdio: ["ignore", "ignore", "inherit"] });
}

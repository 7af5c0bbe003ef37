import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { postgresPrograms, startPostgres } from "../../../scripts/services/postgres.ts";

type Postgres = Awaited<ReturnType<typeof startPostgres>>;

const missing =
  postgresPrograms() === undefined
    ? "PostgreSQL is not installed"
    : process.platform === "linux"
      ? undefined
      : "freezing it needs Linux's /proc";

/** Tests with a PostgreSQL of their own, which they may kill and freeze; skipped where it is not installed. */
export function describeWithPostgres(name: string, tests: (server: () => Postgres) => void): void {
  if (missing !== undefined) return void describe.skip(`${name} (skipped: ${missing})`, () => tests(none));
  describe(name, () => {
    let folder = "";
    let server: Postgres | undefined;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "omicselector2-postgres-"));
      // PostgreSQL refuses root: the user that it runs as must come through.
      await chmod(folder, 0o755);
      server = await startPostgres(join(folder, "postgres"));
    });
    afterAll(async () => {
      await server?.stop();
      await rm(folder, { recursive: true, force: true });
    });
    tests(() => server ?? none());
  });
}

function none(): never {
  throw new Error("PostgreSQL has not been started");
}

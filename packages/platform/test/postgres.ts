import { readdirSync, readFileSync } from "node:fs";
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
      const started = await startPostgres(join(folder, "postgres"));
      const data = join(folder, "postgres", "data");
      server = { ...started, freeze: () => signalAll(data, "SIGSTOP"), thaw: () => signalAll(data, "SIGCONT") };
    });
    afterAll(async () => {
      await server?.stop();
      await rm(folder, { recursive: true, force: true });
    });
    tests(() => server ?? none());
  });
}

/** The server and the processes of its connections: each of these leads a group of its own, which no signal to the server's reaches. */
function signalAll(data: string, signal: NodeJS.Signals): void {
  const [leader] = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
  process.kill(Number(leader), signal);
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (parentOf(pid) === leader) process.kill(Number(pid), signal);
  }
}

function parentOf(pid: string): string | undefined {
  try {
    // "4711 (name) S 1234 ...": the name may hold anything, parentheses too
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(")").at(-1)?.trim().split(" ")[1];
  } catch {
    return undefined;
  }
}

function none(): never {
  throw new Error("PostgreSQL has not been started");
}

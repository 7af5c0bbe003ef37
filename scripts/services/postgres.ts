import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { findProgram, freePort, type Service, startService } from "./process.ts";

const debian = "/usr/lib/postgresql";

/** Folder of initdb and postgres, 15 or newer; undefined where they are not installed. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(debian) ? readdirSync(debian).filter((name) => Number(name) >= 15) : [];
  const found = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(debian, version, "bin"))[0];
  const onPath = findProgram("initdb");
  return found ?? (onPath === undefined ? undefined : join(onPath, ".."));
}

/** A new PostgreSQL in `folder`, for its owner alone: on 127.0.0.1, with a random password. */
export async function startPostgres(folder: string): Promise<Service & { url: string }> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  mkdirSync(folder, { recursive: true });
  const data = join(folder, "data");
  const password = randomBytes(12).toString("hex");
  const port = await freePort();
  const as = asUser();
  if (as.length > 0) {
    chmodSync(folder, 0o755);
    execFileSync("chown", ["postgres", folder]);
  }
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const init = [
    join(programs, "initdb"),
    "-D",
    data,
    "-U",
    "omics",
    "-A",
    "scram-sha-256",
    `--pwfile=${passwordFile}`,
    "-E",
    "UTF8",
    "--no-sync",
  ];
  const [program, ...args] = [...as, ...init] as [string, ...string[]];
  execFileSync(program, [...args, "--locale=C.UTF-8"], { stdio: "pipe" });
  rmSync(passwordFile);
  const url = `postgres://omics:${password}@127.0.0.1:${port}/postgres`;
  const options = ["-p", port, "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "shared_buffers=256MB"];
  const service = await startService({
    name: "PostgreSQL",
    port,
    command: [...as, join(programs, "postgres"), "-D", data, ...options.map(String)] as [string, ...string[]],
    log: join(folder, "..", "postgres.log"),
    group: true,
    gently: "SIGINT",
    answers: () => answers(url),
  });
  const signal = (name: NodeJS.Signals, pids = family(data)) => {
    for (const pid of pids) quietly(() => process.kill(pid, name));
  };
  return {
    ...service,
    url,
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    async kill() {
      const all = family(data);
      signal("SIGKILL", all);
      await service.kill();
    },
    async stop() {
      signal("SIGCONT");
      await service.stop();
    },
  };
}

/** Process ids of the server and of its connections: each of these leads a group of its own, which no signal to the server's reaches. */
function family(data: string): number[] {
  const [leader] = (quietly(() => readFileSync(join(data, "postmaster.pid"), "utf8")) ?? "").split("\n");
  if (!leader) return [];
  const pids = (quietly(() => readdirSync("/proc")) ?? []).filter((name) => /^\d+$/.test(name));
  return [leader, ...pids.filter((pid) => parentOf(pid) === leader)].map(Number);
}

function parentOf(pid: string): string | undefined {
  // "4711 (name) S 1234 ...": the name may hold anything, parentheses too
  return quietly(() => readFileSync(`/proc/${pid}/stat`, "utf8").split(")").at(-1)?.trim().split(" ")[1]);
}

/** A process may end between being seen and being asked. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** PostgreSQL refuses root. */
function asUser(): string[] {
  return process.getuid?.() === 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] : [];
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

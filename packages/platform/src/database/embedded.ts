import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import pg from "pg";
import { lockFolder } from "./folder-lock.ts";
import type { Migration } from "./migrate.ts";
import { prepareFolder, templatePath } from "./template.ts";

export interface WorkerInput {
  folder: string;
  /** path of a Unix socket; null: a free port of 127.0.0.1 */
  socket: string | null;
}
export interface Listening {
  port: number;
}

export interface Embedded {
  pool: pg.Pool;
  /** how the folder came to be */
  folder: "found" | "unpacked" | "initialised";
  close(): Promise<void>;
}

/**
 * PostgreSQL in this process, on `dataDir`/postgres; the folder is this process's alone until close.
 * @throws DataFolderError  in use, of another version, or no database
 */
export async function openEmbedded(dataDir: string, migrations: readonly Migration[], template?: string): Promise<Embedded> {
  const root = resolve(dataDir);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(root);
  const undo: (() => Promise<void>)[] = [async () => unlock()];
  const close = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const pgdata = join(root, "postgres");
    const folder = await prepareFolder(pgdata, template ?? templatePath(migrations));
    const socketFolder = await makeSocketFolder(root);
    if (socketFolder !== null) undo.push(() => rm(socketFolder, { recursive: true, force: true }));
    const { worker, port } = await startWorker({ folder: pgdata, socket: socketFolder === null ? null : join(socketFolder, socketName) });
    undo.push(() => stopWorker(worker));
    const pool = new pg.Pool({
      host: socketFolder ?? "127.0.0.1",
      port,
      user: "postgres",
      database: "postgres",
      ssl: false,
      // One connection, kept for ever: PGlite is a single session, and the pool lines transactions up before it.
      max: 1,
      idleTimeoutMillis: 0,
      // Whoever asks for the pool inside a transaction would wait for itself; better an error than silence.
      connectionTimeoutMillis: 60_000,
      // The one session outlives its connections, and with it the statements that a former one has named.
      onConnect: async (client) => void (await client.query("deallocate all")),
    });
    pool.on("error", () => undefined);
    undo.push(() => pool.end());
    await pool.query("select 1");
    return { pool, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

// The name that libpq and pg look for in a folder, at port 5432.
const socketName = ".s.PGSQL.5432";
// sockaddr_un holds 104 bytes on macOS, 108 on Linux.
const longestSocketPath = 103;

/** A folder that only this user can enter; on Windows there is none. */
async function makeSocketFolder(root: string): Promise<string | null> {
  if (process.platform === "win32") return null;
  const folder = join(root, "socket");
  if (Buffer.byteLength(join(folder, socketName)) > longestSocketPath) return await mkdtemp(join(tmpdir(), "omicselector2-"));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

async function startWorker(input: WorkerInput): Promise<{ worker: Worker; port: number }> {
  const worker = new Worker(new URL(`./pglite-worker${extname(import.meta.url)}`, import.meta.url), { workerData: input });
  const port = await new Promise<number>((done, failed) => {
    worker.once("error", failed);
    worker.once("exit", (code) => failed(new Error(`the database thread ended with ${code} before it was ready`)));
    worker.once("message", (listening: Listening) => done(listening.port));
  });
  worker.removeAllListeners();
  // Without a listener an error of the thread would end the process; queries fail from then on, and say so.
  worker.on("error", (error) => process.stderr.write(`the database thread failed: ${error instanceof Error ? error.message : error}\n`));
  return { worker, port };
}

async function stopWorker(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return;
  const ended = new Promise((done) => worker.once("exit", done));
  worker.postMessage("close");
  await ended;
}

import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import type { Listening, WorkerInput } from "./embedded.ts";

/** PGlite in its own thread, so that a long query does not stop the loop that answers requests. */
const port = parentPort!;
const { folder, socket } = workerData as WorkerInput;

// PostgreSQL's own 128 MB of buffers and 1 GB of log are meant for a server; job rows need neither.
const small = ["-c", "shared_buffers=16MB", "-c", "min_wal_size=32MB", "-c", "max_wal_size=64MB"];
const database = await PGlite.create(folder, { startParams: [...PGlite.defaultStartParams, ...small] });
// PGlite is one session: two clients' messages would mix in it. The pool opens one; a second may overlap with it for
// the moment in which a broken connection is replaced. On TCP there is no second: the place is taken, nobody else gets in.
const server =
  socket === null
    ? new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: 0, maxConnections: 1 })
    : new PGLiteSocketServer({ db: database, path: socket, maxConnections: 2 });
await server.start();

port.once("message", async () => {
  await server.stop();
  await database.close();
  port.close();
});
port.postMessage({ port: socket === null ? Number(server.getServerConn().split(":").at(-1)) : 5432 } satisfies Listening);

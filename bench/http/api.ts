/*
 * Our API as one process of a cluster runs it, for the benchmark: on PostgreSQL, no limits of rate, no worker.
 *
 *   DATABASE_URL=... SECRET_KEY=... OMICSELECTOR_DATA_DIR=... PORT=... node bench/http/api.ts
 */
import { join } from "node:path";
import {
  createInProcessQueue,
  createLog,
  createMemoryCache,
  createMemoryEventBus,
  createMemoryRateCounter,
  createRedact,
  openDatabase,
  openFileBlobStore,
  readConfig,
  silentTracer,
} from "@omicselector2/platform";
import { buildApp } from "@omicselector2/server";

const { DATABASE_URL: url = "", SECRET_KEY: secret = "", ...env } = process.env;
const config = readConfig({ ...env, RATE_LIMIT: "off", LOG_LEVEL: "warn" });
const { db, pool, unhurried } = await openDatabase({ url });
const redact = createRedact(config, secret);
const unused = () => Promise.reject(new Error("the benchmark does not ask for this"));
const app = await buildApp({
  platform: {
    config,
    db,
    secret,
    blobs: await openFileBlobStore(join(config.dataDir, "blobs")),
    events: createMemoryEventBus(() => undefined),
    queue: createInProcessQueue(),
    cache: createMemoryCache(),
    rates: createMemoryRateCounter(),
    unhurried,
    redact,
    log: createLog({ level: config.logLevel, redact }),
    tracer: silentTracer,
    probes: { database: () => pool.query("select 1") },
    connections: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
  },
  ingest: unused,
  preview: unused,
  exportCsv: unused,
  validateSelection: unused,
  methods: () => [],
  log: { level: config.logLevel },
});
await app.listen({ port: config.port, host: config.host });
process.once("SIGTERM", () => void app.close().then(() => process.exit(0)));

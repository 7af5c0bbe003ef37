/*
 * Our API as one process of a cluster runs it, for the benchmark: on PostgreSQL, no limits of rate, no worker. What the two routes
 * do not touch (blobs, queue, events) is that of an embedded server.
 *
 *   DATABASE_URL=... TOKEN_SECRET=... OMICSELECTOR_DATA_DIR=... PORT=... node bench/http/api.ts
 */
import { openDatabase, openPlatform, readConfig } from "@omicselector2/platform";
import { buildApp } from "@omicselector2/server";

const { DATABASE_URL: url = "", TOKEN_SECRET: secret = "", ...env } = process.env;
const config = readConfig({ ...env, RATE_LIMIT: "off", LOG_LEVEL: "warn" });
const platform = await openPlatform(config);
const { db, unhurried } = await openDatabase({ url });
const unused = () => Promise.reject(new Error("the benchmark does not ask for this"));
const app = await buildApp({
  platform: { ...platform, db, unhurried, secret },
  ingest: unused,
  preview: unused,
  summary: unused,
  exportCsv: unused,
  validateSelection: unused,
  methods: () => [],
  log: { level: config.logLevel },
});
await app.listen({ port: config.port, host: config.host });
process.once("SIGTERM", async () => {
  await app.close();
  process.exit(0);
});

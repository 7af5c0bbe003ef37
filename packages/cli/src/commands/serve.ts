import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { endWithin, untilStopped } from "../shutdown.ts";

/** What manages processes kills after half a minute. */
const longestEndMs = 28_000;

interface Flags {
  port?: string;
  host?: string;
  dataDir?: string;
  threads?: string;
  withWorker?: true;
}

export function serveCommand(): Command {
  return new Command("serve")
    .description("the REST API, and its worker unless this is a cluster; settings come from the environment, see docs/configuration.md")
    .option("--port <number>", "port (PORT, 8000)")
    .option("--host <address>", "address to listen on (HOST, 127.0.0.1)")
    .option("--data-dir <folder>", "where everything is kept (OMICSELECTOR_DATA_DIR, .omicselector)")
    .option("--threads <count>", "threads that compute (THREADS, all cores)")
    .option("--with-worker", "in a cluster: compute in this process too")
    .action(serve);
}

async function serve({ port, host, dataDir, threads, withWorker }: Flags): Promise<void> {
  const given = { PORT: port, HOST: host, OMICSELECTOR_DATA_DIR: dataDir, THREADS: threads };
  const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  // Loaded here, not above: other commands need neither database nor server.
  const { readConfig } = await import("@omicselector2/platform");
  const { startEmbeddedServer } = await import("../embedded-server.ts");
  const config = readConfig({ ...process.env, ...flags });
  const stopped = untilStopped();
  const drain = new AbortController();
  const compute = config.cluster === null || withWorker === true;
  const server = await startEmbeddedServer(config, { level: config.logLevel }, compute, drain.signal);
  const where = config.cluster === null ? `data in ${config.dataDir}` : "one of a cluster";
  process.stdout.write(`OmicSelector2 answers at ${server.address} (documentation at ${server.address}/docs); ${where}\n`);
  process.stdout.write(`${await stopped}: finishing\n`);
  drain.abort();
  // Balancers hear of it by /ready; until they do, requests still come and are answered.
  await sleep(config.drainSeconds * 1000);
  await endWithin(longestEndMs - config.drainSeconds * 1000, server.close());
}

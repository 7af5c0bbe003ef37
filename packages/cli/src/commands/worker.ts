import { Command } from "commander";
import { Fault } from "../fault.ts";
import { endWithin, untilStopped } from "../shutdown.ts";

interface Flags {
  queues?: string;
  threads?: string;
}

export function workerCommand(): Command {
  return new Command("worker")
    .description("a process that computes, one of any number in a cluster; settings come from the environment, see docs/configuration.md")
    .option("--queues <names>", "queues to work on, separated by commas (all)")
    .option("--threads <count>", "threads that compute (THREADS, all cores)")
    .action(work);
}

async function work({ queues, threads }: Flags): Promise<void> {
  // Loaded here, not above: other commands need neither database nor worker.
  const { queueNames, readConfig } = await import("@omicselector2/platform");
  const wanted = queues === undefined ? [...queueNames] : queues.split(",").map((name) => name.trim());
  const known = queueNames.filter((name) => wanted.includes(name));
  const unknown = wanted.find((name) => !known.some((each) => each === name));
  if (unknown !== undefined) throw new Fault(`--queues: there is no queue ${JSON.stringify(unknown)}; there are ${queueNames.join(", ")}`);
  const config = readConfig({ ...process.env, ...(threads !== undefined && { THREADS: threads }) });
  if (config.cluster === null) {
    throw new Fault(
      "a worker joins a cluster: set DATABASE_URL, REDIS_URL, MINIO_ENDPOINT and what goes with them; without a cluster serve computes itself",
    );
  }
  const { startWorker } = await import("../worker-process.ts");
  const stopped = untilStopped();
  const drain = new AbortController();
  const worker = await startWorker(config, known, drain.signal);
  await stopped;
  drain.abort();
  await endWithin(28_000, worker.close());
}

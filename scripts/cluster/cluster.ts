import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../services/process.ts";
import { type Services, startServices } from "../services/start.ts";
import { type ClusterNode, startNode } from "./node.ts";

/** An API and workers on services that somebody else started. */
export interface Nodes {
  readonly address: string;
  readonly api: ClusterNode;
  readonly workers: readonly ClusterNode[];
  addWorker(): ClusterNode;
  /** @returns exit codes, the API's first; 0 where a process ended in good order */
  stop(): Promise<(number | null)[]>;
}

export interface NodesOptions {
  readonly workers: number;
  /** of each worker */
  readonly threads: number;
  /** DATABASE_URL, REDIS_URL, S3, and what else they should know */
  readonly env: Readonly<Record<string, string>>;
  /** for their data folders and logs */
  readonly folder: string;
}

export async function startNodes({ workers: count, threads, env: given, folder }: NodesOptions): Promise<Nodes> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const env = { SECRET_KEY: randomBytes(32).toString("hex"), RATE_LIMIT: "off", LOG_LEVEL: "warn", ...given };
  const node = (name: string, args: string[], own: Record<string, string>) => {
    const dataDir = join(folder, name);
    mkdirSync(dataDir, { recursive: true });
    return startNode({ name, args, env: { ...env, OMICSELECTOR_DATA_DIR: dataDir, ...own }, log: join(folder, `${name}.log`) });
  };
  const api = node("api", ["serve"], { PORT: String(port), HOST: "127.0.0.1", THREADS: "1" });
  const workers: ClusterNode[] = [];
  const addWorker = () => {
    const args = ["worker", "--queues", "high_priority,default,low_priority"];
    const worker = node(`worker-${workers.length + 1}`, args, { THREADS: String(threads) });
    workers.push(worker);
    return worker;
  };
  const stop = () => Promise.all([api, ...workers].map((each) => each.stop()));
  try {
    await untilHealthy(address);
    for (let k = 0; k < count; k++) addWorker();
    return { address, api, workers, addWorker, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export interface Cluster extends Omit<Nodes, "stop"> {
  readonly services: Services;
  stop(): Promise<void>;
}

/** The same on PostgreSQL, Redis and MinIO of its own; logs lie beside theirs. */
export async function startCluster({
  say,
  ...options
}: Pick<NodesOptions, "workers" | "threads"> & { say?: (line: string) => void }): Promise<Cluster> {
  const services = await startServices(say);
  try {
    const { stop, ...nodes } = await startNodes({ ...options, env: services.env, folder: services.folder });
    return {
      ...nodes,
      services,
      async stop() {
        await stop();
        await services.stop();
      },
    };
  } catch (error) {
    await services.stop();
    throw error;
  }
}

export async function untilHealthy(address: string, seconds = 60): Promise<void> {
  for (let waited = 0; waited < seconds * 10; waited++) {
    const answer = await fetch(`${address}/health`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(100);
  }
  throw new Error(`the API at ${address} did not answer in ${seconds} s`);
}

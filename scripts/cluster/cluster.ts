import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../services/process.ts";
import { type Services, startServices } from "../services/start.ts";
import { type ClusterNode, startNode } from "./node.ts";

export interface Cluster {
  readonly services: Services;
  readonly address: string;
  readonly api: ClusterNode;
  readonly workers: readonly ClusterNode[];
  /** environment of its processes */
  readonly env: Readonly<Record<string, string>>;
  addWorker(): ClusterNode;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly workers: number;
  /** of each worker */
  readonly threads: number;
  readonly env?: Readonly<Record<string, string>>;
  say?(line: string): void;
}

/** PostgreSQL, Redis, MinIO, one API and workers, all on this machine; logs beside the services' own. */
export async function startCluster({ workers: count, threads, env: more = {}, say }: ClusterOptions): Promise<Cluster> {
  const services = await startServices(say);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const env = { ...services.env, SECRET_KEY: randomBytes(32).toString("hex"), RATE_LIMIT: "off", LOG_LEVEL: "warn", ...more };
  const folder = (name: string) => {
    const path = join(services.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const node = (name: string, args: string[], own: Record<string, string> = {}) =>
    startNode({ name, args, env: { ...env, OMICSELECTOR_DATA_DIR: folder(name), ...own }, log: join(services.folder, `${name}.log`) });
  const api = node("api", ["serve"], { PORT: String(port), HOST: "127.0.0.1", THREADS: "1" });
  const workers: ClusterNode[] = [];
  const addWorker = () => {
    const queues = ["--queues", "high_priority,default,low_priority"];
    const worker = node(`worker-${workers.length + 1}`, ["worker", ...queues], { THREADS: String(threads) });
    workers.push(worker);
    return worker;
  };
  const stop = async () => {
    await Promise.all([api, ...workers].map((each) => each.stop()));
    await services.stop();
  };
  try {
    await untilHealthy(address);
    for (let k = 0; k < count; k++) addWorker();
    return { services, address, api, workers, env, addWorker, stop };
  } catch (error) {
    await stop();
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

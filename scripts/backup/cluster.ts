import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../services/process.ts";

const program = join(dirname(dirname(import.meta.dirname)), "packages", "cli", "bin", "omicselector2.js");

/** An API and one worker, as two processes on the same services. */
export interface Cluster {
  readonly address: string;
  stop(): Promise<void>;
}

/** Whether this release has the commands of a cluster. */
export function hasCommand(...args: string[]): boolean {
  const help = execFileSync(process.execPath, [program, ...args.slice(0, -1), "--help"], { encoding: "utf8" });
  return new RegExp(`^\\s+${args.at(-1)}\\b`, "m").test(help);
}

export function runCommand(env: Readonly<Record<string, string>>, ...args: string[]): string {
  return execFileSync(process.execPath, [program, ...args], { env: { ...process.env, ...env }, encoding: "utf8" });
}

/** @param folder  for the caches of the two. @throws Error  the API does not answer in a minute */
export async function startCluster(env: Readonly<Record<string, string>>, folder: string): Promise<Cluster> {
  const port = await freePort();
  const start = (name: string, args: string[]) => {
    const data = join(folder, name);
    mkdirSync(data, { recursive: true });
    const own = { PORT: String(port), OMICSELECTOR_DATA_DIR: data, LOG_LEVEL: "warn", THREADS: "2" };
    return spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env, ...own }, stdio: ["ignore", "ignore", "inherit"] });
  };
  const processes = [start("api", ["serve"]), start("worker", ["worker", "--queues", "high_priority,default,low_priority"])];
  const stop = async () => {
    await Promise.all(processes.map(end));
  };
  const address = `http://127.0.0.1:${port}`;
  for (let waited = 0; waited < 300; waited++) {
    if (processes.some(({ exitCode }) => exitCode !== null)) break;
    const ready = await fetch(`${address}/ready`).catch(() => undefined);
    if (ready?.ok) return { address, stop };
    await sleep(200);
  }
  await stop();
  throw new Error("the API or the worker ended by itself, or /ready did not answer in a minute");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

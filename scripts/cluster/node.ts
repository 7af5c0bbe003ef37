import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";

const bin = join(import.meta.dirname, "..", "..", "packages", "cli", "bin", "omicselector2.js");

/** One process of the cluster, an API or a worker, that is started again when it ends: what Kubernetes or systemd would do. */
export interface ClusterNode {
  readonly name: string;
  /** how often it was started again */
  readonly restarts: () => number;
  pid(): number | undefined;
  signal(name: NodeJS.Signals): void;
  /** Ends it in good order, and for good. @returns its exit code */
  stop(): Promise<number | null>;
}

export interface NodeOptions {
  readonly name: string;
  /** as behind `omicselector2` */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  /** before it is started again */
  readonly restartAfterMs?: number;
}

export function startNode({ name, args, env, log, restartAfterMs = 1000 }: NodeOptions): ClusterNode {
  let child: ChildProcess;
  let restarts = -1;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    restarts++;
    const file = openSync(log, "a");
    child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, ...env }, stdio: ["ignore", file, file] });
    closeSync(file);
    child.once("exit", () => {
      if (!stopping) timer = setTimeout(start, restartAfterMs);
    });
  };
  start();
  const running = () => child.exitCode === null && child.signalCode === null;
  process.once("exit", () => running() && child.kill("SIGKILL"));
  return {
    name,
    restarts: () => restarts,
    pid: () => (running() ? child.pid : undefined),
    signal(signal) {
      if (running()) child.kill(signal);
    },
    async stop() {
      stopping = true;
      clearTimeout(timer);
      if (!running()) return child.exitCode;
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 40_000);
      const [code] = (await once(child, "exit")) as [number | null];
      clearTimeout(late);
      return code;
    },
  };
}

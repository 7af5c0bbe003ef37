import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A server that this process started; it can be broken on purpose, and started again on the same port and data. */
export interface Service {
  readonly port: number;
  /** Starts it again after `kill` or `stop`; resolves when it answers. */
  start(): Promise<void>;
  /** As a power cut would. */
  kill(): Promise<void>;
  /** Freezes it, or lets it go on. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly name: string;
  readonly port: number;
  /** program and arguments */
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** what it prints goes here */
  readonly log: string;
  /** resolves to true when it answers */
  answers(): Promise<boolean>;
  /** signal that ends it in good order */
  readonly gently?: NodeJS.Signals;
  /** the group goes down together: a server with children of its own */
  readonly group?: boolean;
}

const mostSeconds = 60;

/** @throws Error  with the end of the log: it ended by itself, or did not answer in a minute */
export async function startService(options: ServiceOptions): Promise<Service> {
  let child: ChildProcess | undefined;
  const signal = (name: NodeJS.Signals) => {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    if (options.group === true) process.kill(-child.pid, name);
    else child.kill(name);
  };
  const ended = async () => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
  const start = async () => {
    const log = openSync(options.log, "a");
    const [program, ...args] = options.command;
    child = spawn(program, args, {
      stdio: ["ignore", log, log],
      env: { ...process.env, ...options.env },
      detached: options.group === true,
    });
    closeSync(log);
    await untilAnswers(child, options);
  };
  // A Ctrl-C, or a test that throws, must not leave servers behind.
  process.once("exit", () => signal("SIGKILL"));
  await start();
  return {
    port: options.port,
    start,
    async kill() {
      signal("SIGKILL");
      await ended();
    },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    async stop() {
      signal("SIGCONT");
      signal(options.gently ?? "SIGTERM");
      const late = setTimeout(() => signal("SIGKILL"), 10_000);
      await ended();
      clearTimeout(late);
    },
  };
}

async function untilAnswers(child: ChildProcess, { name, log, answers }: ServiceOptions): Promise<void> {
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
  });
  for (let waited = 0; waited < 10 * mostSeconds; waited++) {
    if (failure !== undefined) throw new Error(`${name} cannot be started: ${failure.message}`);
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} ended by itself:\n${lastLines(log)}`);
    if (await answers().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error(`${name} did not answer in ${mostSeconds} seconds:\n${lastLines(log)}`);
}

function lastLines(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n").slice(-15).join("\n") : "(no log)";
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Path of a program: on PATH, or in one of the folders where it is when it is not. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  return [...(process.env.PATH ?? "").split(delimiter), ...folders].map((folder) => join(folder, name)).find((path) => existsSync(path));
}

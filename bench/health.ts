/*
 * Asks a server for /health every 5 ms over one connection, from a process of its own.
 *
 * On a busy machine most of a long wait is a thread that stands in line for a core. Linux counts that for each thread. What is left
 * when it is taken off is the event loop's own work and reading, and its waits for locks of V8 that another thread holds which has
 * no core: so with more threads than cores only the work, processor time of the loop's thread, says what the program does.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** ms */
export interface Waits {
  requests: number;
  longest: number;
  /** without the time in which the two threads waited for a core */
  longestOwn: number;
  /** most processor time that the server's main thread took during one wait: what its event loop was busy with */
  busiest: number;
  /** of a bare server that does nothing, asked in the same way at the same time */
  longestBare: number;
}

export class HealthPoll {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param pid  the process whose main thread answers */
  static async start(address: string, pid: number): Promise<HealthPoll> {
    const child = fork(import.meta.filename, [address, String(pid)]);
    await once(child, "message");
    return new HealthPoll(child);
  }

  /** The waits since the last call, or the start. */
  async take(): Promise<Waits> {
    this.#child.send("take");
    const [waits] = (await once(this.#child, "message")) as [Waits];
    return waits;
  }

  stop(): void {
    this.#child.kill();
  }
}

const EVERY_MS = 5;
const none = (): Waits => ({ requests: 0, longest: 0, longestOwn: 0, busiest: 0, longestBare: 0 });

async function poll(address: string, pid: number): Promise<void> {
  let waits = none();
  const bare = fork(import.meta.filename, ["bare"]);
  const [{ port }] = (await once(bare, "message")) as [{ port: number }];
  process.on("disconnect", () => process.exit());
  process.on("message", () => {
    process.send!(waits);
    waits = none();
  });
  process.send!("ready");
  void every(`http://127.0.0.1:${port}/`, bare.pid!, ({ raw }) => {
    waits.longestBare = Math.max(waits.longestBare, raw);
  });
  await every(`${address}/health`, pid, ({ raw, own, busy }) => {
    waits.requests++;
    waits.longest = Math.max(waits.longest, raw);
    waits.longestOwn = Math.max(waits.longestOwn, own);
    waits.busiest = Math.max(waits.busiest, busy);
  });
}

interface Wait {
  raw: number;
  own: number;
  busy: number;
}

async function every(url: string, pid: number, take: (wait: Wait) => void): Promise<never> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    const start = performance.now();
    const [server, client] = [scheduled(pid), scheduled(process.pid)];
    await answered(url, agent);
    const raw = performance.now() - start;
    const [serverNow, clientNow] = [scheduled(pid), scheduled(process.pid)];
    const inLine = serverNow.inLine - server.inLine + clientNow.inLine - client.inLine;
    take({ raw, own: Math.max(0, raw - inLine), busy: serverNow.running - server.running });
    await sleep(EVERY_MS);
  }
}

/** ms that the main thread of a process has run, and stood in line for a core. */
function scheduled(pid: number): { running: number; inLine: number } {
  const [running, inLine] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ");
  return { running: Number(running) / 1e6, inLine: Number(inLine) / 1e6 };
}

function answered(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      response.resume();
      response.once("end", resolve);
    }).once("error", reject);
  });
}

function serveBare(): void {
  const server = createServer((_request, response) => response.end("{}"));
  server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
  process.on("disconnect", () => process.exit());
}

const [first, second] = process.argv.slice(2);
if (import.meta.main && first === "bare") serveBare();
else if (import.meta.main) await poll(first!, Number(second));

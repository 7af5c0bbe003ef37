import { once } from "node:events";
import { jobTopic } from "@omicselector2/contracts";
import { appendEvent, type Platform } from "@omicselector2/platform";
import { expect } from "vitest";
import WebSocket from "ws";

interface Message {
  type: string;
  seq: number;
}

/** Somebody who watches a job, may lose the connection, and comes back with the number of the last event that was seen. */
export class JobWatcher {
  /** numbers of the events, in the order in which they came, over all connections */
  readonly seen: number[] = [];
  /** codes with which connections were closed by the server */
  readonly closed: number[] = [];
  /** resolves when the server has said that the job has ended */
  readonly ended: Promise<void>;
  readonly #address: () => string;
  readonly #end: () => void;
  #socket: WebSocket;

  /** @param address  of the job's socket with its token, asked for each connection */
  constructor(address: () => string) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    this.#address = address;
    this.#socket = this.#connect();
  }

  async connected(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CONNECTING) await once(this.#socket, "open");
  }

  /** As when the network goes: no close, nothing that was still to come. */
  cut(): void {
    this.#socket.removeAllListeners().on("error", () => undefined);
    this.#socket.terminate();
    this.#socket = this.#connect();
  }

  #connect(): WebSocket {
    const socket = new WebSocket(`${this.#address()}&after=${this.seen.at(-1) ?? 0}`);
    socket.on("message", (data) => {
      const { type, seq } = JSON.parse(String(data)) as Message;
      if (type !== "snapshot") this.seen.push(seq);
    });
    socket.on("close", (code) => {
      this.closed.push(code);
      this.#end();
    });
    return socket;
  }
}

/**
 * Events of a job, one after another; meanwhile every watcher of `unlucky` is cut off several times.
 * @returns how many cuts there were
 */
export async function emitAndCut(
  platforms: readonly Pick<Platform, "db" | "events">[],
  jobId: string,
  count: number,
  unlucky: readonly JobWatcher[],
  random: () => number,
): Promise<number> {
  let cuts = 0;
  for (let i = 0; i < count; i++) {
    const { db, events } = platforms[i % platforms.length]!;
    const event = await appendEvent(db, jobId, "progress", {
      job_id: jobId,
      status: "running",
      progress: 0,
      message: `step ${i}`,
      eta_seconds: null,
    });
    await events.publish(jobTopic(jobId), String(event!.seq));
    for (const watcher of unlucky) {
      if (random() > 4 / count) continue;
      watcher.cut();
      cuts += 1;
    }
  }
  return cuts;
}

/** Every one from the first to the last, in order, none twice. */
export function expectEveryEventOnce(watchers: readonly JobWatcher[], last: number): void {
  const all = Array.from({ length: last }, (_, i) => i + 1);
  for (const { seen, closed } of watchers) {
    expect(seen).toEqual(all);
    expect(closed).toEqual([1000]);
  }
}

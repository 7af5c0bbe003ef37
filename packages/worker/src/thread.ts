import { type MessagePort, parentPort, type Transferable, Worker } from "node:worker_threads";
import { fromWire, toWire, type WireError } from "./wire-error.ts";

/*
 * Calls to a thread: a request has a kind and a body, the answer is a value or an error. A thread answers one request
 * after another.
 */

interface Request {
  readonly id: number;
  readonly kind: string;
  readonly body: unknown;
}

type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: WireError };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What is new in a thread's heap is looked through this often: numbers lie elsewhere, so that more room would only be filled. */
const YOUNG_MB = 6;

/** A thread that answers calls, as its owner sees it. */
export class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #ended: { reason: unknown } | undefined;

  /** @param script  a module that calls `answer`; the process does not stay up for a thread that waits for calls */
  constructor(script: URL) {
    this.#worker = new Worker(script, { stdin: false, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("messageerror", (error) => this.#end(error));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", (code) => this.#end(new Error(`a thread ended by itself with code ${code}`)));
    this.#worker.unref();
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  call<T>(kind: string, body: unknown, transfer: Transferable[] = []): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended.reason);
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      this.#worker.ref();
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, kind, body } satisfies Request, [...transfer]);
    });
  }

  /** Ends the thread at once, also in the middle of a loop; calls that wait reject with `reason`. */
  async stop(reason: unknown): Promise<void> {
    this.#end(reason);
    await this.#worker.terminate();
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("error" in answer) waiting?.reject(fromWire(answer.error));
    else waiting?.resolve(answer.value);
  }

  #end(reason: unknown): void {
    this.#ended ??= { reason };
    for (const { reject } of this.#waiting.values()) reject(this.#ended.reason);
    this.#waiting.clear();
  }
}

/** What a handler gives back: the value, and what of it moves instead of being copied. */
export interface Reply {
  readonly value: unknown;
  readonly transfer?: Transferable[];
}

export type Handlers = Record<string, (body: never) => Reply | Promise<Reply>>;

/** The other end: answers the calls of the owner of this thread, one after another. */
export function answer(handlers: Handlers, port: MessagePort | null = parentPort): void {
  let last: Promise<void> = Promise.resolve();
  port?.on("message", (request: Request) => {
    last = last.then(() => respond(handlers, port, request));
  });
}

async function respond(handlers: Handlers, port: MessagePort, { id, kind, body }: Request): Promise<void> {
  try {
    const handler = handlers[kind];
    if (handler === undefined) throw new Error(`a thread was asked for ${kind}, which it does not know`);
    const { value, transfer = [] } = await handler(body as never);
    port.postMessage({ id, value } satisfies Answer, [...transfer]);
  } catch (error) {
    port.postMessage({ id, error: toWire(error) } satisfies Answer);
  }
}

/** A module beside the one of `base`, with the same suffix: `.ts` in the workspace, `.js` when compiled. */
export function scriptBeside(name: string, base: string): URL {
  return new URL(`./${name}${base.slice(base.lastIndexOf("."))}`, base);
}

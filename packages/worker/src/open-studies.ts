import type { Study } from "@omicselector2/platform";
import { abortable } from "./abortable.ts";

interface Entry {
  readonly jobId: string;
  readonly study: Promise<Study>;
  readonly abort: AbortController;
  bytes: number;
  users: number;
  usedAt: number;
  idle: NodeJS.Timeout | undefined;
}

export interface OpenStudiesOptions {
  /** bytes that all of them may take together */
  readonly memory: number;
  /** studies that are open at a time */
  readonly most?: number;
  /** one that nobody used for so long is closed */
  readonly idleMs?: number;
  readonly onClosed?: (jobId: string) => void;
}

/** Studies stay open between ranges of the same job: reading the data again for each would cost more than many a range. */
export class OpenStudies {
  readonly #memory: number;
  readonly #most: number;
  readonly #idleMs: number;
  readonly #onClosed: (jobId: string) => void;
  readonly #entries = new Map<string, Entry>();
  #changed = Promise.withResolvers<void>();
  #admitting: Promise<unknown> = Promise.resolve();
  #closing: { reason: unknown } | undefined;

  constructor({ memory, most = 2, idleMs = 30_000, onClosed = () => undefined }: OpenStudiesOptions) {
    this.#onClosed = onClosed;
    this.#memory = memory;
    this.#most = most;
    this.#idleMs = idleMs;
  }

  has(jobId: string): boolean {
    return this.#entries.has(jobId);
  }

  /**
   * Works with the study of a job, opened by `open` unless it is open already.
   * @param bytes  that it will take, as far as known
   * @param signal  ends the waiting, not a study that others wait for too
   */
  async use<T>(
    jobId: string,
    bytes: number,
    open: (signal: AbortSignal) => Promise<Study>,
    signal: AbortSignal,
    work: (study: Study) => Promise<T>,
  ): Promise<T> {
    const entry = await this.#enter(jobId, bytes, open, signal);
    try {
      return await work(await abortable(entry.study, signal));
    } finally {
      this.#leave(entry);
    }
  }

  /** Ends the study of a job at once, whoever uses it. */
  async discard(jobId: string, reason: unknown): Promise<void> {
    const entry = this.#entries.get(jobId);
    if (entry !== undefined) await this.#close(entry, reason);
  }

  async close(reason: unknown): Promise<void> {
    this.#closing = { reason };
    this.#tell();
    await Promise.all([...this.#entries.values()].map((entry) => this.#close(entry, reason)));
  }

  /** One after another, or two would take the same last room. */
  async #enter(jobId: string, bytes: number, open: (signal: AbortSignal) => Promise<Study>, signal: AbortSignal): Promise<Entry> {
    const turn = this.#admitting.then(async () => {
      const known = this.#entries.get(jobId);
      if (known === undefined) await this.#makeRoom(bytes, signal);
      signal.throwIfAborted();
      if (this.#closing !== undefined) throw this.#closing.reason;
      const entry = this.#entries.get(jobId) ?? this.#open(jobId, bytes, open);
      clearTimeout(entry.idle);
      entry.users++;
      return entry;
    });
    this.#admitting = turn.catch(() => undefined);
    return await turn;
  }

  #open(jobId: string, bytes: number, open: (signal: AbortSignal) => Promise<Study>): Entry {
    const abort = new AbortController();
    const study = open(abort.signal);
    const entry: Entry = { jobId, study, abort, bytes, users: 0, usedAt: 0, idle: undefined };
    this.#entries.set(jobId, entry);
    study.then(
      (opened) => {
        entry.bytes = opened.bytes;
      },
      () => this.#forget(entry),
    );
    return entry;
  }

  /** Closes what nobody uses, the longest unused first, and else waits until somebody leaves. */
  async #makeRoom(bytes: number, signal: AbortSignal): Promise<void> {
    while (!this.#fits(bytes)) {
      const idle = [...this.#entries.values()].filter(({ users }) => users === 0).sort((a, b) => a.usedAt - b.usedAt)[0];
      if (idle !== undefined) await this.#close(idle, new Error("the study made room for another"));
      else await abortable(this.#changed.promise, signal);
      if (this.#closing !== undefined) throw this.#closing.reason;
    }
  }

  /** A study that is alone always fits: if it is too large at all, that is found when it is opened. */
  #fits(bytes: number): boolean {
    const used = [...this.#entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    return this.#entries.size === 0 || (this.#entries.size < this.#most && used + bytes <= this.#memory);
  }

  #leave(entry: Entry): void {
    entry.users--;
    entry.usedAt = performance.now();
    if (entry.users > 0) return;
    entry.idle = setTimeout(() => void this.#close(entry, new Error("the study was idle")), this.#idleMs).unref();
    this.#tell();
  }

  async #close(entry: Entry, reason: unknown): Promise<void> {
    this.#forget(entry);
    entry.abort.abort(reason);
    const study = await entry.study.catch(() => undefined);
    await study?.close(reason);
  }

  #forget(entry: Entry): void {
    clearTimeout(entry.idle);
    if (this.#entries.get(entry.jobId) !== entry) return;
    this.#entries.delete(entry.jobId);
    this.#onClosed(entry.jobId);
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

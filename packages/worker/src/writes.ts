/** Writes under way at a time: more, and a slow disk would fill the memory. */
const MOST = 64;

/** Checkpoints that are being written while computing goes on; the first that fails is thrown to whoever waits next. */
export class Writes {
  readonly #pending = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  add(write: Promise<void>): void {
    const settled: Promise<void> = write
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }

  /** Waits until one more may begin. */
  async room(): Promise<void> {
    while (this.#pending.size >= MOST) await Promise.race(this.#pending);
    this.#check();
  }

  async all(): Promise<void> {
    await Promise.all(this.#pending);
    this.#check();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** Seconds of work that are begun by one statement. */
const WORTH_SECONDS = 1;

/**
 * Hands out units in order, after `begin` was told of them: several at once, so that a thousand cheap units do not need a thousand
 * statements, and few, because all that are begun count an attempt when the worker dies.
 */
export class UnitStarts<T extends { readonly cost: number }> {
  readonly #left: T[];
  readonly #least: number;
  readonly #begin: (units: readonly T[]) => Promise<void>;
  #begun: T[] = [];
  #beginning: Promise<void> | undefined;

  /** @param atOnce  units that are computed at a time */
  constructor(units: readonly T[], atOnce: number, begin: (units: readonly T[]) => Promise<void>) {
    this.#left = [...units];
    this.#least = atOnce;
    this.#begin = begin;
  }

  /** @returns undefined when all have been handed out */
  async next(): Promise<T | undefined> {
    while (this.#begun.length === 0) {
      if (this.#beginning === undefined) {
        if (this.#left.length === 0) return undefined;
        this.#beginning = this.#beginMore().finally(() => {
          this.#beginning = undefined;
        });
      }
      await this.#beginning;
    }
    return this.#begun.shift();
  }

  async #beginMore(): Promise<void> {
    let end = 0;
    for (let cost = 0; end < this.#left.length && (end < this.#least || cost < WORTH_SECONDS); end++) cost += this.#left[end]!.cost;
    const units = this.#left.splice(0, end);
    await this.#begin(units);
    this.#begun.push(...units);
  }
}

/** Milliseconds that a batch of units should keep the threads busy: estimates of cheap units may be far off, so it is measured. */
const SHORT = 250;
const LONG = 1000;
const MOST = 256;

export interface UnitStartsOptions<T> {
  /** units that are computed at a time */
  readonly atOnce: number;
  readonly begin: (units: readonly T[]) => Promise<void>;
  readonly now?: () => number;
}

/**
 * Hands out units in order, after `begin` was told of them: several at once, so that a thousand cheap units do not need a thousand
 * statements, and few, because all that are begun count an attempt when the worker dies.
 */
export class UnitStarts<T> {
  readonly #left: T[];
  readonly #options: UnitStartsOptions<T>;
  #size: number;
  #begunAt: number | undefined;
  #begun: T[] = [];
  #beginning: Promise<void> | undefined;

  constructor(units: readonly T[], options: UnitStartsOptions<T>) {
    this.#left = [...units];
    this.#options = options;
    this.#size = options.atOnce;
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
    const { begin, now = () => performance.now() } = this.#options;
    if (this.#begunAt !== undefined) this.#resize(now() - this.#begunAt);
    const units = this.#left.splice(0, this.#size);
    await begin(units);
    this.#begunAt = now();
    this.#begun.push(...units);
  }

  #resize(lasted: number): void {
    if (lasted < SHORT) this.#size = Math.min(MOST, 2 * this.#size);
    else if (lasted > LONG) this.#size = Math.max(this.#options.atOnce, Math.floor(this.#size / 2));
  }
}

import { abortable } from "./abortable.ts";

/** Things that are lent out one by one; whoever finds none waits, the one with the lowest turn first. */
export class Pool<T> {
  readonly #free: T[];
  readonly #line: { turn: number; give(item: T): void }[] = [];

  constructor(items: readonly T[]) {
    this.#free = [...items];
  }

  /** @throws the signal's reason, when it comes before the turn does */
  async take(signal: AbortSignal, turn = 0): Promise<T> {
    signal.throwIfAborted();
    const item = this.#free.pop();
    if (item !== undefined) return item;
    const turned = Promise.withResolvers<T>();
    const waiting = { turn, give: turned.resolve };
    const after = this.#line.findLastIndex((other) => other.turn <= turn);
    this.#line.splice(after + 1, 0, waiting);
    try {
      return await abortable(turned.promise, signal);
    } catch (error) {
      const at = this.#line.indexOf(waiting);
      if (at >= 0) this.#line.splice(at, 1);
      // It was given in the very moment in which the signal came.
      else void turned.promise.then((given) => this.give(given));
      throw error;
    }
  }

  give(item: T): void {
    const next = this.#line.shift();
    if (next === undefined) this.#free.push(item);
    else next.give(item);
  }
}

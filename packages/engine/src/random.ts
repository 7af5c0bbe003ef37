/**
 * Counter-based random numbers: Philox 4x32-10.
 * Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC11.
 *
 * A stream is a 64-bit key hashed from (seed, path of labels), so that what a unit draws depends on
 * neither threads nor order, and streams of neighbouring seeds share nothing.
 */
export class Rng {
  /** The stream's key, two unsigned 32-bit words; a kernel that draws by itself takes these. */
  readonly key: readonly [number, number];
  #counter = 0;
  readonly #block = new Uint32Array(4);
  #left = 0;

  private constructor(key: readonly [number, number]) {
    this.key = key;
  }

  /** @param seed  integer, 0 to 2^53 - 1 */
  static from(seed: number, ...path: (string | number)[]): Rng {
    return new Rng([Math.floor(seed / 4294967296) >>> 0, seed >>> 0]).child(...path);
  }

  /** The stream of a label below this one; independent of what was drawn here before. */
  child(...path: (string | number)[]): Rng {
    let key = this.key;
    for (const label of path) key = hashLabel(key, String(label));
    return new Rng(key);
  }

  /** Uniform on 0 .. 2^32 - 1. */
  uint32(): number {
    if (this.#left === 0) {
      philox(this.#counter, 0, 0, this.key, this.#block);
      this.#counter++;
      this.#left = 4;
    }
    return this.#block[4 - this.#left--]!;
  }

  /** Uniform on [0, 1), 53 bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    return (high * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** Uniform on 0 .. bound - 1, without bias (Lemire 2019). @param bound  1 .. 2^32 */
  below(bound: number): number {
    const threshold = (4294967296 - bound) % bound;
    for (;;) {
      const product = BigInt(this.uint32()) * BigInt(bound);
      if (Number(product & 0xffffffffn) >= threshold) return Number(product >> 32n);
    }
  }

  /** Fisher-Yates, in place. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = items[i];
      items[i] = items[j];
      items[j] = held;
    }
    return items;
  }
}

/** Ten rounds on the counter (c0, c1, c2, 0); `out` gets four words. */
export function philox(c0: number, c1: number, c2: number, key: readonly [number, number], out: Uint32Array): void {
  let x0 = c0 >>> 0;
  let x1 = c1 >>> 0;
  let x2 = c2 >>> 0;
  let x3 = 0;
  let k0 = key[0];
  let k1 = key[1];
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(0xd2511f53, x0);
    const low0 = Math.imul(0xd2511f53, x0);
    const high1 = mulHigh(0xcd9e8d57, x2);
    const low1 = Math.imul(0xcd9e8d57, x2);
    x0 = (high1 ^ x1 ^ k0) >>> 0;
    x1 = low1 >>> 0;
    x2 = (high0 ^ x3 ^ k1) >>> 0;
    x3 = low0 >>> 0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/** High 32 bits of an unsigned 32 x 32 product. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle2 = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(middle2 / 65536)) >>> 0;
}

/** The label's UTF-16 units, four words at a time, through Philox under the key; Davies-Meyer, length first. */
function hashLabel(key: readonly [number, number], label: string): readonly [number, number] {
  const out = new Uint32Array(4);
  let state = key;
  for (let at = -1; at < label.length; at += at < 0 ? 1 : 3) {
    const unit = (i: number) => (i < label.length ? label.charCodeAt(i) + 1 : 0);
    if (at < 0) philox(label.length, 0x6f6d6963, 0x73656c32, state, out);
    else philox(unit(at), unit(at + 1), unit(at + 2), state, out);
    state = [(out[0]! ^ out[2]! ^ state[0]) >>> 0, (out[1]! ^ out[3]! ^ state[1]) >>> 0];
  }
  return state;
}

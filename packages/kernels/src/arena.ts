/** A part of a WebAssembly memory that one owner hands out from bottom to top, and takes back by marks. */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly #end: number;
  #top: number;

  /** @param start, end  byte addresses of the part, start included, end excluded */
  constructor(memory: WebAssembly.Memory, start: number, end: number) {
    this.memory = memory;
    this.#top = align(start, 64);
    this.#end = end;
  }

  get free(): number {
    return this.#end - this.#top;
  }

  /** Address of `bytes` bytes, aligned to 16; what they hold is left over from before.
   *  @throws RangeError  not enough room: says how much was asked for and how much is left */
  alloc(bytes: number): number {
    const at = this.#top;
    const next = align(at + bytes, 16);
    if (next > this.#end) throw new RangeError(`working memory is used up: ${bytes} bytes asked for, ${this.#end - at} left`);
    this.#top = next;
    return at;
  }

  /** As `alloc`, filled with zeros. */
  zeros(bytes: number): number {
    const at = this.alloc(bytes);
    new Uint8Array(this.memory.buffer, at, bytes).fill(0);
    return at;
  }

  f64(length: number): Float64Array<ArrayBufferLike> {
    return new Float64Array(this.memory.buffer, this.zeros(length * 8), length);
  }

  u32(length: number): Uint32Array<ArrayBufferLike> {
    return new Uint32Array(this.memory.buffer, this.zeros(length * 4), length);
  }

  /** What `body` allocates is taken back when it ends, also by an error. */
  scope<T>(body: () => T): T {
    const mark = this.#top;
    try {
      return body();
    } finally {
      this.#top = mark;
    }
  }
}

export function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

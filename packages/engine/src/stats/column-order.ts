/** Largest number of samples that fits beside 32 bits of value in a float64. */
const SAMPLES = 2 ** 21;

/**
 * Sorts columns of m float32 values, one after the other, without allocating.
 *
 * A value's bits, made ascending, and its position form one integer below 2^53, so that the host's plain numeric sort
 * orders both: no comparison function, ties by position. Cost O(m log m); m at most 2^21.
 */
export class ColumnOrder {
  /** positions of the values that are there, ascending by value, then position; as many as `sort` returned */
  readonly order: Uint32Array;
  readonly #keys: Float64Array;
  readonly #value = new Float32Array(1);
  readonly #bits = new Uint32Array(this.#value.buffer);

  constructor(m: number) {
    if (m > SAMPLES) throw new RangeError(`${m} samples; at most ${SAMPLES} can be sorted`);
    this.order = new Uint32Array(m);
    this.#keys = new Float64Array(m);
  }

  /** @param values  m float32 values, NaN left out; -0 equals 0. @returns how many there are */
  sort(values: ArrayLike<number>): number {
    const keys = this.#keys;
    let n = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      this.#value[0] = value + 0;
      const bits = this.#bits[0]!;
      const ascending = bits >= 0x80000000 ? 0xffffffff - bits : bits + 0x80000000;
      keys[n++] = ascending * SAMPLES + i;
    }
    (n === keys.length ? keys : keys.subarray(0, n)).sort();
    for (let s = 0; s < n; s++) this.order[s] = keys[s]! % SAMPLES;
    return n;
  }
}

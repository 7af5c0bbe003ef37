import { symmetricEigen } from "../stats/symmetric-eigen.ts";

/** Columns that are added together: the matrix is gone through once for so many. */
const BLOCK = 64;

/**
 * Where samples lie on the first principal components, exactly: eigenvectors of the n x n Gram matrix of the standardised columns.
 * Each column is centred and divided by its standard deviation, so that no feature counts more for its unit; a missing value counts
 * as the column's mean; a column that does not vary counts nothing.
 *
 * Cost n² / 2 for each column, then 6 n³; memory 2 n² doubles.
 */
export class PrincipalComponents {
  readonly #n: number;
  readonly #gram: Float64Array;
  /** n x BLOCK, row-major */
  readonly #block: Float64Array;
  #filled = 0;

  /** @param n  samples */
  constructor(n: number) {
    this.#n = n;
    this.#gram = new Float64Array(n * n);
    this.#block = new Float64Array(n * BLOCK);
  }

  /** @param column  n values, NaN where missing */
  add(column: Float32Array): void {
    const { mean, scale } = standard(column);
    if (scale === 0) return;
    for (let i = 0; i < this.#n; i++) {
      const value = column[i]!;
      this.#block[i * BLOCK + this.#filled] = Number.isNaN(value) ? 0 : (value - mean) * scale;
    }
    if (++this.#filled === BLOCK) this.#flush();
  }

  /**
   * @param count  components wanted; fewer come where the samples span fewer
   * @returns `coordinates[c][i]` of sample i on component c, signed so that the largest in size is positive; `explained[c]` its
   *          share of the variance, 0 to 1, falling
   */
  coordinates(count: number): { coordinates: Float64Array[]; explained: number[] } {
    this.#flush();
    const n = this.#n;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) this.#gram[j * n + i] = this.#gram[i * n + j]!;
    let total = 0;
    for (let i = 0; i < n; i++) total += this.#gram[i * n + i]!;
    if (total === 0) return { coordinates: [], explained: [] };
    const { values, vectors } = symmetricEigen(this.#gram, n);
    const order = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);
    // What is left by rounding is no component.
    const kept = order.slice(0, count).filter((k) => values[k]! > 1e-10 * total);
    const coordinates = kept.map((k) => oriented(vectors.subarray(k * n, (k + 1) * n), Math.sqrt(values[k]!)));
    return { coordinates, explained: kept.map((k) => values[k]! / total) };
  }

  /** The lower triangle of gram += block block'. */
  #flush(): void {
    const [n, block, width] = [this.#n, this.#block, this.#filled];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0, a = i * BLOCK, b = j * BLOCK; k < width; k++) sum += block[a + k]! * block[b + k]!;
        this.#gram[i * n + j]! += sum;
      }
    }
    this.#filled = 0;
  }
}

/** Mean, and one over the standard deviation of the values that are there; 0 where they do not vary. */
function standard(column: Float32Array): { mean: number; scale: number } {
  let count = 0;
  let sum = 0;
  for (const value of column) {
    if (Number.isNaN(value)) continue;
    count += 1;
    sum += value;
  }
  const mean = sum / count;
  let squares = 0;
  for (const value of column) if (!Number.isNaN(value)) squares += (value - mean) * (value - mean);
  return squares > 0 && Number.isFinite(squares) ? { mean, scale: 1 / Math.sqrt(squares / (count - 1)) } : { mean: 0, scale: 0 };
}

function oriented(vector: Float64Array, length: number): Float64Array {
  let largest = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
  const sign = largest < 0 ? -length : length;
  return vector.map((value) => value * sign);
}

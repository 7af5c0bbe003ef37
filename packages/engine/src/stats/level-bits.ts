import type { TrainingPart } from "../part.ts";
import { countShared } from "./bits.ts";
import { cLogC } from "./c-log-c.ts";
import type { CutFeatures } from "./cut-features.ts";

/**
 * Features of few levels as rows of bits, to count in a few instructions how often two levels meet.
 *
 *   feature a   levels a - 1 rows of W words; bit s of row l is set: sample s has level l      (the last level is what is left)
 *
 * A sample that was drawn c times is c bits.
 */
export class LevelBits {
  /** samples, repeats counted */
  readonly n: number;
  readonly #words: number;
  readonly #rows: Int32Array[] = [];
  /** samples per level of each feature */
  readonly #sizes: Int32Array[] = [];
  /** N H of each feature, nats */
  readonly #scatter: number[] = [];
  readonly #counts: ArrayLike<number>;
  readonly #cLogC: Float64Array;
  #left = new Int32Array(8);

  /** @param counts  m multiplicities */
  constructor(counts: ArrayLike<number>) {
    this.#counts = counts;
    this.n = Array.from(counts).reduce((a, b) => a + b, 0);
    this.#words = Math.ceil(this.n / 32);
    this.#cLogC = cLogC(this.n);
  }

  /** Adds a feature. @param codes  m levels below `levels` */
  add(codes: ArrayLike<number>, levels: number): void {
    const rows = new Int32Array((levels - 1) * this.#words);
    const sizes = new Int32Array(levels);
    let bit = 0;
    for (let i = 0; i < codes.length; i++) {
      const level = codes[i]!;
      sizes[level]! += this.#counts[i]!;
      for (let c = 0; c < this.#counts[i]!; c++, bit++) {
        if (level < levels - 1) rows[level * this.#words + (bit >> 5)]! |= 1 << (bit & 31);
      }
    }
    this.#rows.push(rows);
    this.#sizes.push(sizes);
    if (levels > this.#left.length) this.#left = new Int32Array(2 * levels);
    let scatter = this.#cLogC[this.n]!;
    for (const size of sizes) scatter -= this.#cLogC[size]!;
    this.#scatter.push(scatter);
  }

  /** Symmetrical uncertainty of two features, 0 .. 1, in the order in which they were added. Cost O(n / 32) times the product of their levels. */
  uncertainty(a: number, b: number): number {
    const words = this.#words;
    const [rowsA, rowsB] = [this.#rows[a]!, this.#rows[b]!];
    const [sizesA, sizesB] = [this.#sizes[a]!, this.#sizes[b]!];
    const lastA = sizesA.length - 1;
    const lastB = sizesB.length - 1;
    const table = this.#cLogC;
    // samples of the last level of a in each level of b: what the others leave
    const leftB = this.#left;
    for (let l = 0; l <= lastB; l++) leftB[l] = sizesB[l]!;
    let cells = 0;
    for (let k = 0; k < lastA; k++) {
      let left = sizesA[k]!;
      for (let l = 0; l < lastB; l++) {
        const both = countShared(rowsA, k * words, rowsB, l * words, words);
        left -= both;
        leftB[l]! -= both;
        cells += table[both]!;
      }
      leftB[lastB]! -= left;
      cells += table[left]!;
    }
    for (let l = 0; l <= lastB; l++) cells += table[leftB[l]!]!;
    const joint = table[this.n]! - cells;
    const sum = this.#scatter[a]! + this.#scatter[b]!;
    return sum === 0 ? 0 : Math.max(0, (2 * (sum - joint)) / sum);
  }
}

/** The features of a part that have a cut, those of `features`, in that order. */
export function levelBitsOf(train: TrainingPart, { cuts }: CutFeatures, features: readonly number[]): LevelBits {
  const bits = new LevelBits(train.counts);
  const codes = new Int32Array(train.m);
  for (const j of features) {
    const { at } = cuts[j]!;
    const column = train.column(j);
    for (let i = 0; i < codes.length; i++) {
      let level = 0;
      while (level < at.length && column[i]! > at[level]!) level++;
      codes[i] = level;
    }
    bits.add(codes, at.length + 1);
  }
  return bits;
}

import ln from "@stdlib/math-base-special-ln";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { cLogC } from "./c-log-c.ts";
import { ColumnOrder } from "./column-order.ts";

/*
 * Features cut into levels by the minimum description length principle (Fayyad & Irani 1993, IJCAI).
 *
 * A set S of N samples is cut between two different values where the class entropy of the two sides is least, if
 *
 *   gain > cost (log2(N - 1) + log2(3^k - 2) - k H(S) + k1 H(S1) + k2 H(S2)) / N        k classes in S, entropies in bits
 *
 * and each side again. Cuts lie half way between the two values; of cuts that are equally good the lowest is taken.
 * `cost` is 1 in the paper. Samples drawn repeatedly count as often; missing values are imputed.
 */

/** What one feature says of the classes once it is cut; entropies in nats. */
export interface Cuts {
  /** ascending; a value's level is how many cuts lie below it; empty where no cut was worth its description */
  readonly at: readonly number[];
  readonly entropy: number;
  /** H(class) - H(class | level) */
  readonly gain: number;
  /** where there is no cut: the `cost` below which there would be one; null where no cut gains anything */
  readonly nearestCost: number | null;
}

/** Two cuts whose N H differ by less than this share of N are equally good: rounding must not choose between them. */
const ALIKE = 1e-12;

/** Cuts features of one training part. */
export class MdlCutter {
  /** of the classes, nats */
  readonly classEntropy: number;
  readonly #part: TrainingPart;
  readonly #y: Int32Array;
  readonly #classes: number;
  readonly #cost: number;
  readonly #sorter: ColumnOrder;
  /** c ln c for c = 0 .. N */
  readonly #cLogC: Float64Array;
  /** of the feature at hand: distinct values, and samples per class in all values below the v-th (v = 0 .. distinct) */
  readonly #values: Float64Array;
  readonly #below: Int32Array;
  /** the class of all samples with that value, -1 where there are several */
  readonly #pure: Int32Array;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  #nearestCost: number | null = null;

  /** @throws EngineError  method_task: the target has no classes */
  constructor(part: TrainingPart, cost: number, method: string) {
    const { target } = part;
    if (target.task !== "binary" && target.task !== "multiclass") {
      throw new EngineError("method_task", `${method} needs classes: its cuts are placed by them; use mutual_information for a number`);
    }
    const n = part.counts.reduce((a, b) => a + b, 0);
    this.#part = part;
    this.#y = target.y;
    this.#classes = target.classes.length;
    this.#cost = cost;
    this.#sorter = new ColumnOrder(part.m);
    this.#cLogC = cLogC(n);
    this.#values = new Float64Array(part.m);
    this.#below = new Int32Array((part.m + 1) * this.#classes);
    this.#pure = new Int32Array(part.m);
    this.#left = new Int32Array(this.#classes);
    this.#right = new Int32Array(this.#classes);
    const sizes = new Int32Array(this.#classes);
    for (let i = 0; i < part.m; i++) sizes[this.#y[i]!]! += part.counts[i]!;
    this.classEntropy = this.#scatter(sizes) / n;
  }

  /** Cost O(m (log m + k depth)). */
  cut(j: number): Cuts {
    const distinct = this.#arrange(this.#part.column(j));
    const cuts: number[] = [];
    this.#nearestCost = null;
    this.#cutRange(0, distinct, cuts);
    if (cuts.length === 0) return { at: [], entropy: 0, gain: 0, nearestCost: this.#nearestCost };
    const n = this.#cLogC.length - 1;
    let within = 0;
    let entropy = this.#cLogC[n]!;
    let from = 0;
    for (const to of [...cuts, distinct]) {
      const size = this.#take(from, to, this.#left);
      within += this.#scatter(this.#left);
      entropy -= this.#cLogC[size]!;
      from = to;
    }
    const at = cuts.map((v) => (this.#values[v - 1]! + this.#values[v]!) / 2);
    return { at, entropy: entropy / n, gain: this.classEntropy - within / n, nearestCost: null };
  }

  /** Sorts a column into distinct values with the samples per class below each; returns how many distinct values. */
  #arrange(column: Float64Array): number {
    const k = this.#classes;
    const below = this.#below;
    const pure = this.#pure;
    const values = this.#values;
    const { counts } = this.#part;
    const { order } = this.#sorter;
    const present = this.#sorter.sort(column);
    below.fill(0, 0, k);
    let distinct = 0;
    for (let s = 0; s < present; s++) {
      const i = order[s]!;
      const code = this.#y[i]!;
      if (s === 0 || column[i] !== values[distinct - 1]) {
        values[distinct] = column[i]!;
        pure[distinct++] = code;
        for (let c = distinct * k; c < (distinct + 1) * k; c++) below[c] = below[c - k]!;
      } else if (pure[distinct - 1] !== code) pure[distinct - 1] = -1;
      below[distinct * k + code]! += counts[i]!;
    }
    return distinct;
  }

  /** Cuts the distinct values from .. to - 1; a cut v stands between values v - 1 and v. */
  #cutRange(from: number, to: number, cuts: number[]): void {
    if (to - from < 2) return;
    const size = this.#take(from, to, this.#right);
    const whole = this.#scatter(this.#right);
    const k = this.#present(this.#right);
    if (k < 2) return;
    const { v: best, split: least } = this.#bestCut(from, to, whole - ALIKE * size, ALIKE * size);
    if (best < 0) return;
    const leftSize = this.#take(from, best, this.#left);
    const rightSize = this.#take(best, to, this.#right);
    const left = (this.#present(this.#left) * this.#scatter(this.#left)) / leftSize;
    const right = (this.#present(this.#right) * this.#scatter(this.#right)) / rightSize;
    // all terms times N, in nats
    const price = ln(size - 1) + logSplits(k) - (k * whole) / size + left + right;
    if (!(whole - least > this.#cost * price)) {
      if (from === 0) this.#nearestCost = (whole - least) / price;
      return;
    }
    this.#cutRange(from, best, cuts);
    cuts.push(best);
    this.#cutRange(best, to, cuts);
  }

  /**
   * The cut whose two sides have the least N H, and that; -1 where none is below `limit`.
   * Least is never between values whose samples are all of one class, the same (Fayyad & Irani's theorem 1): those are passed over.
   */
  #bestCut(from: number, to: number, limit: number, alike: number): { v: number; split: number } {
    const k = this.#classes;
    const below = this.#below;
    const table = this.#cLogC;
    const first = from * k;
    const last = to * k;
    let best = -1;
    let least = limit;
    for (let v = from + 1; v < to; v++) {
      const here = v * k;
      if (this.#pure[v - 1]! >= 0 && this.#pure[v - 1] === this.#pure[v]) continue;
      let left = 0;
      let right = 0;
      let sum = 0;
      for (let c = 0; c < k; c++) {
        const inLeft = below[here + c]! - below[first + c]!;
        const inRight = below[last + c]! - below[here + c]!;
        left += inLeft;
        right += inRight;
        sum += table[inLeft]! + table[inRight]!;
      }
      const split = table[left]! + table[right]! - sum;
      if (split < (best < 0 ? least : least - alike)) {
        least = split;
        best = v;
      }
    }
    return { v: best, split: least };
  }

  /** Samples per class of the values from .. to - 1; returns their number. */
  #take(from: number, to: number, out: Int32Array): number {
    const k = this.#classes;
    let size = 0;
    for (let c = 0; c < k; c++) {
      out[c] = this.#below[to * k + c]! - this.#below[from * k + c]!;
      size += out[c]!;
    }
    return size;
  }

  /** N H: size ln size - sum c ln c. */
  #scatter(sizes: Int32Array): number {
    let size = 0;
    let sum = 0;
    for (const c of sizes) {
      size += c;
      sum += this.#cLogC[c]!;
    }
    return this.#cLogC[size]! - sum;
  }

  #present(sizes: Int32Array): number {
    let count = 0;
    for (const c of sizes) if (c > 0) count++;
    return count;
  }
}

/** ln(3^k - 2). */
function logSplits(k: number): number {
  if (k > 30) return k * ln(3);
  let power = 1;
  for (let i = 0; i < k; i++) power *= 3;
  return ln(power - 2);
}

import type { TrainingPart } from "../part.ts";
import { columnMoments } from "../solvers/column-moments.ts";
import { countShared } from "./bits.ts";
import { cLogC } from "./c-log-c.ts";

/**
 * Every feature cut into three levels, below mean - sd, between, above mean + sd (sd divided by n - 1), as two rows of bits each:
 *
 *   bits[(2 j) W ..]      bit s set: sample s is low in feature j         W = words of 32 bits
 *   bits[(2 j + 1) W ..]  high
 *
 * A sample that was drawn c times is c bits.
 * Source: Peng, Long & Ding 2005, IEEE TPAMI 27(8).
 */
export interface ThreeLevels {
  /** samples, repeats counted */
  readonly n: number;
  readonly words: number;
  readonly bits: Int32Array;
  /** p: how many samples are low, and high */
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** c ln c for c = 0 .. n */
  readonly cLogC: Float64Array;
}

export function threeLevels(part: TrainingPart): ThreeLevels {
  const n = part.counts.reduce((a, b) => a + b, 0);
  const words = Math.ceil(n / 32);
  const moments = columnMoments(part, "imputed");
  const bits = new Int32Array(2 * words * part.p);
  const low = new Int32Array(part.p);
  const high = new Int32Array(part.p);
  for (let j = 0; j < part.p; j++) {
    const centre = moments[3 * j + 1]!;
    const sd = Math.sqrt(moments[3 * j + 2]! / (n - 1));
    const at = 2 * words * j;
    const values = part.column(j);
    low[j] = setBits(bits, at, part, values, (value) => value < centre - sd);
    high[j] = setBits(bits, at + words, part, values, (value) => value > centre + sd);
  }
  return { n, words, bits, low, high, cLogC: cLogC(n) };
}

/** A row of bits for each group of samples; n bits each, in the order of `threeLevels`. */
export function groupBits(part: TrainingPart, groups: ArrayLike<number>, k: number): Int32Array[] {
  const n = part.counts.reduce((a, b) => a + b, 0);
  return Array.from({ length: k }, (_, g) => {
    const bits = new Int32Array(Math.ceil(n / 32));
    setBits(bits, 0, part, groups, (value) => value === g);
    return bits;
  });
}

/** Mutual information (nats) of every feature with a partition of the samples given as rows of bits. Cost O(p k n / 32). */
export function informationWith(levels: ThreeLevels, groups: readonly Int32Array[]): Float64Array {
  const { n, words, bits, low, high, cLogC } = levels;
  const sizes = groups.map((group) => countShared(group, 0, group, 0, words));
  const out = new Float64Array(low.length);
  for (let j = 0; j < out.length; j++) {
    const at = 2 * words * j;
    let cells = 0;
    let margins = 0;
    for (let g = 0; g < groups.length; g++) {
      const inLow = countShared(bits, at, groups[g]!, 0, words);
      const inHigh = countShared(bits, at + words, groups[g]!, 0, words);
      cells += cLogC[inLow]! + cLogC[inHigh]! + cLogC[sizes[g]! - inLow - inHigh]!;
      margins += cLogC[sizes[g]!]!;
    }
    margins += cLogC[low[j]!]! + cLogC[high[j]!]! + cLogC[n - low[j]! - high[j]!]!;
    out[j] = information(cells - margins + cLogC[n]!, n);
  }
  return out;
}

/** The levels of one feature as a partition for `informationWith`. */
export function levelGroups(levels: ThreeLevels, j: number): Int32Array[] {
  const { bits, words, n } = levels;
  const low = bits.slice(2 * words * j, 2 * words * j + words);
  const high = bits.slice(2 * words * j + words, 2 * words * (j + 1));
  const middle = low.map((word, w) => ~(word | high[w]!));
  if (n % 32 !== 0) middle[words - 1]! &= (1 << (n % 32)) - 1;
  return [low, middle, high];
}

/** Rounding leaves about 1e-16 where nothing is shared. */
function information(sum: number, n: number): number {
  const nats = sum / n;
  return nats < 1e-12 ? 0 : nats;
}

/** Sets the bits of the samples that pass; returns how many. */
function setBits(bits: Int32Array, at: number, part: TrainingPart, values: ArrayLike<number>, passes: (value: number) => boolean): number {
  let bit = 0;
  let set = 0;
  for (let i = 0; i < part.m; i++) {
    const pass = passes(values[i]!);
    for (let c = 0; c < part.counts[i]!; c++, bit++) {
      if (!pass) continue;
      bits[at + (bit >> 5)]! |= 1 << (bit & 31);
      set++;
    }
  }
  return set;
}

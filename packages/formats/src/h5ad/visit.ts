import { createHash, type Hash, hash } from "node:crypto";
import type { Cohort, ObsColumn } from "../cohort.ts";
import type { MatrixVisitor } from "./write.ts";

/** What one pass over a matrix learns of its features, for the doctor. All arrays p long. */
export interface FeatureStats {
  n: number;
  p: number;
  missing: Uint32Array;
  /** values that are neither 0 nor missing */
  nonzero: Uint32Array;
  /** of the values present, zeros included; min above max where there is none */
  min: Float32Array;
  max: Float32Array;
  /** two 32-bit sums that equal columns share and others practically never do */
  fingerprint: [Uint32Array, Uint32Array];
  /** values present that are no integers, in all features */
  fractions: number;
  negatives: number;
  /** pairs of samples with the same values, the first one and its copy */
  equalSamples: [number, number][];
}

/**
 * Hashes and describes a matrix in one pass, the same for dense values and compressed rows. The hash of a sample is SHA-256 over
 * (feature index, value) of its values other than 0, as uint32 and float32, little endian, with one NaN; the hash of the matrix is
 * SHA-256 over those of its samples.
 */
export class MatrixPass implements MatrixVisitor {
  readonly stats: FeatureStats;
  readonly #hash: Hash = createHash("sha256");
  /** of samples whose row comes in pieces */
  readonly #open: Hash[] = [];
  readonly #firstWith = new Map<string, number>();
  #pairs = new Uint32Array(0);
  #pairValues = new Float32Array(0);

  constructor(n: number, p: number) {
    this.stats = {
      n,
      p,
      missing: new Uint32Array(p),
      nonzero: new Uint32Array(p),
      min: new Float32Array(p).fill(Number.POSITIVE_INFINITY),
      max: new Float32Array(p).fill(Number.NEGATIVE_INFINITY),
      fingerprint: [new Uint32Array(p), new Uint32Array(p)],
      fractions: 0,
      negatives: 0,
      equalSamples: [],
    };
  }

  dense(from: number, to: number, first: number, last: number, values: Float32Array): void {
    const width = last - first;
    this.#reserve(width);
    for (let i = from; i < to; i++) {
      let count = 0;
      const start = (i - from) * width;
      for (let k = 0; k < width; k++) {
        const value = values[start + k]!;
        if (value === 0) continue;
        this.#pairs[2 * count] = first + k;
        this.#pairValues[2 * count + 1] = value;
        count++;
      }
      this.#row(i, count);
      if (first === 0 && last === this.stats.p) this.#close(i, digest(this.#bytes(count)));
      else {
        const row = first === 0 ? createHash("sha256") : this.#open[i - from]!;
        this.#open[i - from] = row;
        row.update(this.#bytes(count));
        if (last === this.stats.p) this.#close(i, row.digest("latin1"));
      }
    }
  }

  sparse(from: number, to: number, indptr: Float64Array, indices: Int32Array, data: Float32Array): void {
    const base = indptr[from]!;
    for (let i = from; i < to; i++) {
      const end = indptr[i + 1]! - base;
      let count = 0;
      this.#reserve(end - indptr[i]! + base);
      for (let k = indptr[i]! - base; k < end; k++) {
        if (data[k] === 0) continue;
        this.#pairs[2 * count] = indices[k]!;
        this.#pairValues[2 * count + 1] = data[k]!;
        count++;
      }
      this.#row(i, count);
      this.#close(i, digest(this.#bytes(count)));
    }
  }

  /** Zeros that were never visited count for the extremes. Call once, at the end. @returns hash of the matrix */
  finish(): string {
    const { n, p, min, max, missing, nonzero } = this.stats;
    for (let j = 0; j < p; j++) {
      if (missing[j]! + nonzero[j]! >= n) continue;
      if (min[j]! > 0) min[j] = 0;
      if (max[j]! < 0) max[j] = 0;
    }
    return this.#hash.digest("hex");
  }

  #reserve(width: number): void {
    if (this.#pairs.length >= 2 * width) return;
    this.#pairs = new Uint32Array(2 * width);
    this.#pairValues = new Float32Array(this.#pairs.buffer);
  }

  #bytes(count: number): Uint8Array {
    return new Uint8Array(this.#pairs.buffer, 0, 8 * count);
  }

  #close(i: number, row: string): void {
    this.#hash.update(row, "latin1");
    const { equalSamples, n } = this.stats;
    // 64 bytes a sample; beyond this many samples copies are not looked for
    if (n > 500_000) return;
    const first = this.#firstWith.get(row);
    if (first === undefined) this.#firstWith.set(row, i);
    else equalSamples.push([first, i]);
  }

  /** Describes the `count` pairs of sample i. */
  #row(i: number, count: number): void {
    const pairs = this.#pairs;
    const values = this.#pairValues;
    const { missing, nonzero, min, max, fingerprint } = this.stats;
    const [a, b] = fingerprint;
    const salt = Math.imul(i + 1, 0x9e3779b1);
    let negatives = 0;
    let fractions = 0;
    for (let k = 0; k < count; k++) {
      const j = pairs[2 * k]!;
      const value = values[2 * k + 1]!;
      if (Number.isNaN(value)) {
        missing[j]!++;
        pairs[2 * k + 1] = 0x7fc00000;
      } else {
        nonzero[j]!++;
        if (value < min[j]!) min[j] = value;
        if (value > max[j]!) max[j] = value;
        if (value < 0) negatives++;
        if (value !== Math.floor(value)) fractions++;
      }
      const mixed = Math.imul(pairs[2 * k + 1]! ^ salt, 0x85ebca6b);
      a[j] = a[j]! + (mixed ^ (mixed >>> 15));
      b[j] = b[j]! + Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    }
    this.stats.negatives += negatives;
    this.stats.fractions += fractions;
  }
}

function digest(bytes: Uint8Array): string {
  return hash("sha256", bytes, "latin1");
}

/**
 * SHA-256 of what a data set is, whatever file it came in: shape, sample and feature names, obs (by column name) and the values of
 * X, and of raw where there is one.
 */
export function datasetHash(cohort: Pick<Cohort, "sampleIds" | "obs" | "x" | "raw">, xHash: string, rawHash?: string): string {
  const sha = createHash("sha256");
  const texts = (values: readonly (string | null)[]) => sha.update(JSON.stringify(values)).update("\n");
  sha.update("omicselector2/dataset/1\n");
  texts([String(cohort.sampleIds.length), String(cohort.x.featureNames.length)]);
  texts(cohort.sampleIds);
  texts(cohort.x.featureNames);
  for (const column of [...cohort.obs].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    texts([column.name, column.kind]);
    texts(obsTexts(column));
  }
  texts([xHash]);
  if (cohort.raw && rawHash !== undefined) {
    texts(cohort.raw.featureNames);
    texts([rawHash]);
  }
  return sha.digest("hex");
}

function obsTexts(column: ObsColumn): (string | null)[] {
  if (column.kind === "categorical") return Array.from(column.codes, (code) => (code < 0 ? null : column.categories[code]!));
  return Array.from(column.values, (value) => (Number.isNaN(value) ? null : String(value)));
}

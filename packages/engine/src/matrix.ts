import { align, HEAP_BASE, sharedMemory } from "@omicselector2/kernels";
import { EngineError } from "./errors.ts";

/**
 * The features of a study and, behind them, its covariates, in one shared memory that all threads read.
 *
 *   address of X + 4 (j stride + i)   value of sample i in feature j, float32, NaN where missing; from j = p on, in covariate j - p
 *   stride = n rounded up to a multiple of 4; the padding is 0
 *
 * Plain data: it goes to other threads by postMessage as it is.
 */
export interface FeatureMatrix {
  readonly memory: WebAssembly.Memory;
  readonly n: number;
  readonly p: number;
  readonly stride: number;
  /** address of X */
  readonly x: number;
  /** feature names, p, unique */
  readonly names: readonly string[];
  /** names of the covariates: columns that are no features, none missing */
  readonly covariates: readonly string[];
  /** count of missing values of each feature, p */
  readonly missing: Uint32Array;
  /** first address after the matrix; what follows is the threads' working memory */
  readonly end: number;
}

/** Working memory that each thread gets: at least this, and room for one more copy of the matrix. Untouched pages take no room. */
const LEAST_SCRATCH = 192 * 2 ** 20;

/** Bytes of float32 that n x p values take. */
export function matrixBytes(n: number, p: number): number {
  return 4 * align(n, 4) * p;
}

/**
 * Bytes of a memory that holds the matrix and the working memory of `threads` threads.
 * @throws EngineError  too_large, with what is needed and what there is
 */
export function memoryBytes(n: number, p: number, threads: number): number {
  const matrix = HEAP_BASE + matrixBytes(n, p);
  const limit = 65535 * 65536;
  const wanted = matrix + threads * Math.max(LEAST_SCRATCH, 2 * (matrix - HEAP_BASE));
  if (matrix + threads * LEAST_SCRATCH > limit) {
    throw new EngineError(
      "too_large",
      `${n} samples x ${p} features need ${Math.ceil(matrix / 2 ** 20)} MiB as float32 and ${threads} threads need ${threads * (LEAST_SCRATCH / 2 ** 20)} MiB; one study can hold 4095 MiB. Filter features first, or use fewer threads.`,
    );
  }
  return Math.min(wanted, limit);
}

/**
 * An empty matrix of n x p; `column(j)` gives the n values of a feature to be filled in, from j = p on those of a covariate.
 * Call `countMissing` when it is filled.
 */
export function allocateMatrix(n: number, names: readonly string[], threads: number, covariates: readonly string[] = []): FeatureMatrix {
  const p = names.length;
  const all = p + covariates.length;
  const memory = sharedMemory(memoryBytes(n, all, threads));
  const stride = align(n, 4);
  return { memory, n, p, stride, x: HEAP_BASE, names, covariates, missing: new Uint32Array(p), end: HEAP_BASE + 4 * stride * all };
}

/** The n values of feature j, or of covariate j - p, a view on the shared memory. */
export function column(matrix: FeatureMatrix, j: number): Float32Array {
  return new Float32Array(matrix.memory.buffer, matrix.x + 4 * matrix.stride * j, matrix.n);
}

/** Fills in `missing`; every NaN counts. Infinite values are a fault. */
export function countMissing(matrix: FeatureMatrix): void {
  for (let j = 0; j < matrix.p; j++) {
    let missing = 0;
    const values = column(matrix, j);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) missing++;
      else if (value - value !== 0) {
        throw new EngineError(
          "data_unusable",
          `feature ${matrix.names[j]} holds an infinite value in sample ${i + 1}; replace it by a number or leave it empty`,
        );
      }
    }
    matrix.missing[j] = missing;
  }
}

/**
 * Refuses a matrix in which no feature tells samples apart, before anything is computed.
 * @param clipped  whether bounds may be what made it so
 * @throws EngineError  data_unusable
 */
export function refuseConstant(matrix: FeatureMatrix, clipped: boolean): void {
  for (let j = 0; j < matrix.p; j++) {
    let first = Number.NaN;
    for (const value of column(matrix, j)) {
      if (Number.isNaN(first)) first = value;
      else if (!Number.isNaN(value) && value !== first) return;
    }
  }
  const remedy = clipped ? "clip holds them all at one bound: choose other bounds" : "choose samples or features that vary";
  throw new EngineError("data_unusable", `all ${matrix.p} features have one value only in the samples of the study; ${remedy}`, ["config"]);
}

/** The part of the working memory that belongs to one thread. */
export function scratchOf(matrix: FeatureMatrix, thread: number, threads: number): { start: number; end: number } {
  const room = matrix.memory.buffer.byteLength - matrix.end;
  const each = Math.floor(room / threads / 65536) * 65536;
  const start = align(matrix.end, 64);
  return { start: start + thread * each, end: start + (thread + 1) * each - 64 };
}

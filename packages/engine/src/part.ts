import type { Arena, Kernels } from "@omicselector2/kernels";
import { EngineError } from "./errors.ts";
import { column, type FeatureMatrix } from "./matrix.ts";
import { setView, viewOf } from "./part-view.ts";
import { type Impute, type Imputer, imputerOf } from "./preprocess/impute.ts";
import { type Target, takeTarget } from "./target.ts";

/** What a thread works with. */
export interface Thread {
  readonly matrix: FeatureMatrix;
  readonly target: Target;
  readonly kernels: Kernels;
  readonly arena: Arena;
}

/** Samples drawn from the study: distinct sample indices, ascending, and how often each was drawn. */
export interface Draw {
  readonly rows: Uint32Array;
  readonly counts: Uint32Array;
}

/**
 * The samples that a method may learn from, and nothing else: no member reaches another sample.
 * m distinct samples, in ascending order of the study; p features.
 */
export class TrainingPart {
  /** distinct samples */
  readonly m: number;
  readonly p: number;
  readonly featureNames: readonly string[];
  /** of the m samples */
  readonly target: Target;
  /** multiplicity of each of the m samples: 1, or its count in a bootstrap */
  readonly counts: Uint32Array;
  /** columns beside the features that stay in the model unpenalised: "age", "sex=male" */
  readonly covariateNames: readonly string[];

  constructor(featureNames: readonly string[], target: Target, counts: Uint32Array, covariateNames: readonly string[] = []) {
    this.m = counts.length;
    this.p = featureNames.length;
    this.featureNames = featureNames;
    this.target = target;
    this.counts = counts;
    this.covariateNames = covariateNames;
  }

  /** Values of feature j in the m samples, imputed within this part. */
  column(j: number): Float64Array {
    return this.#gather(viewOf(this).columns, j);
  }

  /** As `column`, NaN where missing. */
  availableColumn(j: number): Float64Array {
    return this.#gather(viewOf(this).rawColumns, j);
  }

  /** Values of covariate k in the m samples; none is missing. */
  covariateColumn(k: number): Float64Array {
    return this.#gather(viewOf(this).columns, this.p + k);
  }

  /** X'v over the part: p sums over its m samples (multiplicities not applied). @param v  m */
  crossProducts(v: ArrayLike<number>): Float64Array {
    const view = viewOf(this);
    return view.arena.scope(() => {
      const full = view.arena.f64(view.stride);
      for (let i = 0; i < view.rows.length; i++) full[view.rows[i]!] = v[i]!;
      const out = view.arena.f64(view.p);
      view.kernels.crossProducts(view.columns, view.p, full.byteOffset, view.stride, out.byteOffset);
      return Float64Array.from(out);
    });
  }

  #gather(columns: number, j: number): Float64Array {
    const view = viewOf(this);
    const address = new Uint32Array(view.kernelsMemory, columns + 4 * j, 1)[0]!;
    const values = new Float32Array(view.kernelsMemory, address, view.n);
    const out = new Float64Array(view.rows.length);
    for (let i = 0; i < out.length; i++) out[i] = values[view.rows[i]!]!;
    return out;
  }
}

/**
 * Runs `body` on the training part of a draw; its working memory is taken back afterwards.
 * Columns without missing values are read where they lie in the shared matrix; only those with missing values
 * are copied, imputed from the part's own samples, zero elsewhere.
 *
 * @param features  indices of the features to offer; all when left out
 */
export function withTrainingPart<T>(
  thread: Thread,
  draw: Draw,
  impute: Impute,
  body: (part: TrainingPart) => T,
  features?: ArrayLike<number>,
): T {
  const { matrix, arena, kernels } = thread;
  return arena.scope(() => {
    const p = features?.length ?? matrix.p;
    const covariates = matrix.covariates.length;
    const columns = arena.u32(p + covariates);
    const rawColumns = arena.u32(p);
    const names: string[] = [];
    const imputer = imputerOf(matrix, draw, impute);
    for (let k = 0; k < p; k++) {
      const j = features === undefined ? k : features[k]!;
      rawColumns[k] = matrix.x + 4 * matrix.stride * j;
      columns[k] = matrix.missing[j] === 0 ? rawColumns[k]! : imputedColumn(thread, draw, imputer, j);
      names.push(matrix.names[j]!);
    }
    for (let k = 0; k < covariates; k++) columns[p + k] = matrix.x + 4 * matrix.stride * (matrix.p + k);
    const weights = arena.f64(matrix.stride);
    for (let i = 0; i < draw.rows.length; i++) weights[draw.rows[i]!] = draw.counts[i]!;
    const target = takeTarget(thread.target, draw.rows);
    const part = new TrainingPart(features === undefined ? matrix.names : names, target, draw.counts, matrix.covariates);
    setView(part, {
      kernels,
      arena,
      kernelsMemory: matrix.memory.buffer,
      n: matrix.n,
      stride: matrix.stride,
      p,
      covariates,
      columns: columns.byteOffset,
      rawColumns: rawColumns.byteOffset,
      weights: weights.byteOffset,
      rows: draw.rows,
    });
    return body(part);
  });
}

/** Address of a copy of column j in which the draw's missing values are filled in and all other samples are 0. */
function imputedColumn(thread: Thread, draw: Draw, imputer: Imputer, j: number): number {
  const { matrix, arena } = thread;
  const source = column(matrix, j);
  const address = arena.zeros(4 * matrix.stride);
  const copy = new Float32Array(matrix.memory.buffer, address, matrix.n);
  const fill = imputer(j);
  if (fill === undefined) {
    throw new EngineError(
      "data_unusable",
      `feature ${matrix.names[j]} has missing values and impute is none; choose median, mean or knn, or drop the feature`,
      ["config", "impute"],
    );
  }
  for (const i of draw.rows) copy[i] = Number.isNaN(source[i]) ? fill(i) : source[i]!;
  return address;
}

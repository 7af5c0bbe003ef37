import type { Arena, Kernels } from "@omicselector2/kernels";

/**
 * How solvers and tree growers see a training part: addresses for the kernels.
 * Kernels walk all n rows of the shared matrix; rows outside the part carry weight 0, so that they add an exact zero.
 * Only `solvers/`, `trees/` and `part.ts` may import this file (lint keeps selectors out).
 */
export interface PartView {
  readonly kernels: Kernels;
  /** the memory behind every address here */
  readonly kernelsMemory: ArrayBufferLike;
  readonly arena: Arena;
  /** samples of the shared matrix, and n rounded up to a multiple of 4 */
  readonly n: number;
  readonly stride: number;
  /** features of the part */
  readonly p: number;
  /** covariates: columns behind the p features, which stay in the model unpenalised where a method can */
  readonly covariates: number;
  /** address of u32[p + covariates]: the address of each column, f32[stride], finite in every row (imputed, or 0 outside the part) */
  readonly columns: number;
  /** the same of the p features, with NaN where a value is missing */
  readonly rawColumns: number;
  /** address of f64[stride]: multiplicity of each sample (1, or its count in a bootstrap), 0 outside the part */
  readonly weights: number;
  /** distinct samples of the part, ascending */
  readonly rows: Uint32Array;
}

const views = new WeakMap<object, PartView>();

export function setView(part: object, view: PartView): void {
  views.set(part, view);
}

export function viewOf(part: object): PartView {
  const view = views.get(part);
  if (view === undefined) throw new Error("not a training part of a study");
  return view;
}

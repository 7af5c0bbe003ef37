import exp from "@stdlib/math-base-special-exp";
import { z } from "zod";
import type { DenseTable } from "./dense-table.ts";

/** One or more linear predictors: eta_b = intercept_b + sum_j coefficient_bj (x_j - centre_j) / scale_j; plain data. */
export const linearPredictor = z.strictObject({
  centre: z.array(z.number()),
  scale: z.array(z.number().positive()),
  /** by block, as long as `centre` */
  coefficients: z.array(z.array(z.number())),
  intercepts: z.array(z.number()),
});

export type LinearPredictor = z.output<typeof linearPredictor>;

/** For each block n predictors; sums run over the columns in their order. Cost O(n k) a block. */
export function predictLinear({ centre, scale, coefficients, intercepts }: LinearPredictor, table: DenseTable): Float64Array[] {
  const etas = intercepts.map((intercept) => new Float64Array(table.n).fill(intercept));
  table.columns.forEach((column, j) => {
    for (let i = 0; i < table.n; i++) {
      const z = (column[i]! - centre[j]!) / scale[j]!;
      for (let b = 0; b < etas.length; b++) etas[b]![i]! += coefficients[b]![j]! * z;
    }
  });
  return etas;
}

/** Probabilities of two classes from the log odds of the second. */
export function logistic(eta: Float64Array): Float64Array[] {
  return [eta.map((value) => sigmoid(-value)), eta.map(sigmoid)];
}

/** Probabilities of K classes from K predictors, n each. */
export function softmax(etas: readonly Float64Array[]): Float64Array[] {
  const n = etas[0]!.length;
  const out = etas.map(() => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    let most = Number.NEGATIVE_INFINITY;
    for (const eta of etas) most = Math.max(most, eta[i]!);
    let mass = 0;
    for (let k = 0; k < etas.length; k++) {
      out[k]![i] = exp(etas[k]![i]! - most);
      mass += out[k]![i]!;
    }
    for (const column of out) column[i]! /= mass;
  }
  return out;
}

/** Probabilities from predictors: one block of log odds, or one block a class. */
export function classProbabilities(etas: readonly Float64Array[]): Float64Array[] {
  return etas.length === 1 ? logistic(etas[0]!) : softmax(etas);
}

/** 1 / (1 + e^-x), without overflow. */
export function sigmoid(value: number): number {
  const e = exp(-Math.abs(value));
  return (value >= 0 ? 1 : e) / (1 + e);
}

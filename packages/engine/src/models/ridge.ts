import type { DenseTable } from "./dense-table.ts";
import { linear } from "./logistic-l2.ts";
import { dot, ridgeSystem } from "./ridge-system.ts";
import { learnStandardization, type Standardization, standardize, sum } from "./standardize.ts";

/** A fitted ridge regression; plain data. */
export interface Ridge extends Standardization {
  readonly model: "ridge";
  /** lambda, on the scale of the mean loss */
  readonly penalty: number;
  /** k, of the standardised columns */
  readonly coefficients: number[];
  readonly intercept: number;
}

export type RidgePath = (lambda: number) => Ridge;

/**
 * Ridge regression in closed form.
 *
 *   minimise  1/(2 sum(w)) sum_i w_i (y_i - b0 - x_i b)² + lambda/2 ||b||²
 *
 * on columns of weighted mean 0 and 1/n variance 1; intercept unpenalised. scikit-learn's alpha is lambda sum(w).
 * Source: Hoerl & Kennard 1970, Technometrics 12, 55. Cost: see `ridgeSystem`.
 *
 * @param table    n x k
 * @param y        n
 * @param weights  n, not negative, sum above 0
 */
export function ridgePath(table: DenseTable, y: Float64Array, weights: Float64Array): RidgePath {
  const standardization = learnStandardization(table, weights);
  const X = standardize(table, standardization);
  const total = sum(weights);
  const w = weights.map((value) => value / total);
  const mean = dot(w, y);
  const residual = y.map((value, i) => w[i]! * (value - mean));
  const products = Float64Array.from(X.columns, (column) => dot(column, residual));
  const system = ridgeSystem(X, w);
  return (lambda) => {
    const b = products.slice();
    if (X.k > 0) system(1, lambda)(b);
    return { model: "ridge", penalty: lambda, ...standardization, coefficients: Array.from(b), intercept: mean };
  };
}

/** n predictions, in the unit of y. */
export function predictRidge(model: Ridge, table: DenseTable): Float64Array {
  return linear(standardize(table, model), model.intercept, Float64Array.from(model.coefficients));
}

import { cholesky, substitute } from "../stats/cholesky.ts";
import type { DenseTable } from "./dense-table.ts";

/** Overwrites v, k values, by (c X'WX + lambda I)^-1 v. */
export type Solve = (v: Float64Array) => void;

/**
 * The systems (c X'WX + lambda I) b = v of one table for any c and lambda, weights of sum 1.
 * With k <= n by Cholesky of k x k, else of n x n through the identity of Woodbury: with Z = sqrt(cW) X,
 *
 *   (Z'Z + lambda I)^-1 v = (v - Z'(Z Z' + lambda I)^-1 Z v) / lambda
 *
 * Cost O(n k min(n, k)) once, O(min(n, k)³) for each c and lambda, O(min(n, k) max(n, k)) for each v.
 *
 * @param table    n x k
 * @param weights  n, not negative
 * @returns a function of c > 0 and lambda > 0
 */
export function ridgeSystem(table: DenseTable, weights: Float64Array): (c: number, lambda: number) => Solve {
  const roots = weights.map(Math.sqrt);
  const columns = table.columns.map((column) => column.map((value, i) => value * roots[i]!));
  return table.k <= table.n ? primal(columns) : dual(columns, table.n);
}

function primal(columns: Float64Array[]): (c: number, lambda: number) => Solve {
  const k = columns.length;
  const gram = new Float64Array(k * k);
  for (let a = 0; a < k; a++) for (let b = 0; b <= a; b++) gram[a * k + b] = dot(columns[a]!, columns[b]!);
  return (c, lambda) => {
    const factor = cholesky(shifted(gram, k, c, lambda), k);
    return (v) => substitute(factor, k, v);
  };
}

function dual(columns: Float64Array[], n: number): (c: number, lambda: number) => Solve {
  const gram = new Float64Array(n * n);
  for (const column of columns) {
    for (let a = 0; a < n; a++) {
      const value = column[a]!;
      for (let b = 0; b <= a; b++) gram[a * n + b]! += value * column[b]!;
    }
  }
  return (c, lambda) => {
    const factor = cholesky(shifted(gram, n, c, lambda), n);
    const u = new Float64Array(n);
    return (v) => {
      u.fill(0);
      columns.forEach((column, j) => {
        addScaled(u, v[j]!, column);
      });
      substitute(factor, n, u);
      for (let j = 0; j < v.length; j++) v[j] = (v[j]! - c * dot(columns[j]!, u)) / lambda;
    };
  };
}

function shifted(gram: Float64Array, size: number, c: number, lambda: number): Float64Array {
  const out = gram.map((value) => c * value);
  for (let a = 0; a < size; a++) out[a * size + a]! += lambda;
  return out;
}

/** a'b, in four sums: one would wait for each addition to end. The order is fixed. */
export function dot(a: Float64Array, b: Float64Array): number {
  const whole = a.length - (a.length % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < whole; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (let i = whole; i < a.length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

/** u += s v */
export function addScaled(u: Float64Array, s: number, v: Float64Array): void {
  for (let i = 0; i < u.length; i++) u[i]! += s * v[i]!;
}

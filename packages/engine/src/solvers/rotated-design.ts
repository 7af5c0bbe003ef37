import { symmetricEigen } from "../stats/symmetric-eigen.ts";
import type { Design } from "./design.ts";
import { gramOf, standardRows } from "./gram.ts";

/**
 * The standardised columns Z of a part in as many dimensions as its samples span, in coordinates where their second moments
 * are diagonal. With V^(1/2) Z = U S Q':
 *
 *   F = Z Q, so that F'VF = S²;   w = Q u, so that Z w = F u and ||w|| = ||u||
 *
 * A model with a ridge penalty has its w in the span of Q: nothing is lost, and p no longer matters.
 */
export interface RotatedDesign {
  /** samples of the part, those of weight 0 too */
  readonly m: number;
  /** directions: at most min(m - 1, p) */
  readonly r: number;
  /** m x r, row-major */
  readonly F: Float64Array;
  /** S², r, above 0 */
  readonly moments: Float64Array;
  /** v of the m samples, summing to 1 */
  readonly v: Float64Array;
  /** w = Q u: p coefficients of the standardised columns */
  back(u: Float64Array): Float64Array;
}

/** Directions whose second moment is below this share of the largest are rounding. */
const ROUNDING = 1e-13;

/**
 * Eigenvectors of V^(1/2) Z Z' V^(1/2) where there are at least as many features as samples, else of Z'VZ.
 * Cost O(m² p) or O(m p²), and O(min(m, p)³).
 */
export function rotate(design: Design): RotatedDesign {
  const { view } = design;
  const v = Float64Array.from(view.rows, (row) => design.v[row]!);
  const usable = design.inverse.reduce((count, scale) => count + (scale === 0 ? 0 : 1), 0);
  const inside = v.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  return usable >= inside ? rotateSamples(design, v, inside) : rotateFeatures(design, v);
}

function rotateSamples(design: Design, v: Float64Array, inside: number): RotatedDesign {
  const { view } = design;
  const m = v.length;
  const gram = gramOf(design);
  const rows = Int32Array.from(v.keys()).filter((i) => v[i]! > 0);
  const root = Float64Array.from(rows, (i) => Math.sqrt(v[i]!));
  const A = new Float64Array(inside * inside);
  for (let a = 0; a < inside; a++)
    for (let b = 0; b < inside; b++) A[a * inside + b] = root[a]! * root[b]! * gram[rows[a]! * m + rows[b]!]!;
  const { values, vectors } = symmetricEigen(A, inside);
  const kept = keptDirections(values);
  const r = kept.length;
  // alpha = V^(1/2) U S^-1 u gives w = Z' alpha; its columns, one a direction
  const alphas = Array.from(kept, (d) => Float64Array.from(root, (value, a) => (value * vectors[d * inside + a]!) / Math.sqrt(values[d]!)));
  const F = new Float64Array(m * r);
  rows.forEach((i, a) => {
    kept.forEach((d, k) => {
      F[i * r + k] = (vectors[d * inside + a]! * Math.sqrt(values[d]!)) / root[a]!;
    });
  });
  for (let i = 0; i < m; i++) {
    if (v[i]! > 0) continue;
    alphas.forEach((alpha, k) => {
      let sum = 0;
      for (let a = 0; a < inside; a++) sum += gram[i * m + rows[a]!]! * alpha[a]!;
      F[i * r + k] = sum;
    });
  }
  const back = (u: Float64Array) => {
    const alpha = new Float64Array(m);
    alphas.forEach((column, k) => {
      for (let a = 0; a < inside; a++) alpha[rows[a]!]! += u[k]! * column[a]!;
    });
    return standardProducts(design, alpha);
  };
  return { m, r, F, moments: Float64Array.from(kept, (d) => values[d]!), v, back: (u) => view.arena.scope(() => back(u)) };
}

function rotateFeatures(design: Design, v: Float64Array): RotatedDesign {
  const m = v.length;
  const p = design.view.p;
  const features = Uint32Array.from(design.inverse.keys()).filter((j) => design.inverse[j] !== 0);
  const k = features.length;
  const Z = standardRows(design, features);
  const A = new Float64Array(k * k);
  for (let i = 0; i < m; i++) {
    if (v[i] === 0) continue;
    for (let a = 0; a < k; a++) {
      const value = v[i]! * Z[i * k + a]!;
      for (let b = 0; b <= a; b++) A[a * k + b]! += value * Z[i * k + b]!;
    }
  }
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) A[b * k + a] = A[a * k + b]!;
  const { values, vectors } = symmetricEigen(A, k);
  const kept = keptDirections(values);
  const r = kept.length;
  const F = new Float64Array(m * r);
  for (let i = 0; i < m; i++) {
    kept.forEach((d, c) => {
      let sum = 0;
      for (let a = 0; a < k; a++) sum += Z[i * k + a]! * vectors[d * k + a]!;
      F[i * r + c] = sum;
    });
  }
  const back = (u: Float64Array) => {
    const w = new Float64Array(p);
    kept.forEach((d, c) => {
      for (let a = 0; a < k; a++) w[features[a]!]! += u[c]! * vectors[d * k + a]!;
    });
    return w;
  };
  return { m, r, F, moments: Float64Array.from(kept, (d) => values[d]!), v, back };
}

function keptDirections(values: Float64Array): number[] {
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  return Array.from(values.keys())
    .filter((d) => values[d]! > ROUNDING * largest)
    .sort((a, b) => values[b]! - values[a]! || a - b);
}

/** Z' alpha: p products. @param alpha  of the m samples */
export function standardProducts(design: Design, alpha: ArrayLike<number>): Float64Array {
  const { view, centre, inverse } = design;
  return view.arena.scope(() => {
    const full = view.arena.f64(view.stride);
    let sum = 0;
    for (let i = 0; i < view.rows.length; i++) {
      full[view.rows[i]!] = alpha[i]!;
      sum += alpha[i]!;
    }
    const products = view.arena.f64(view.p);
    view.kernels.glmCrossProducts(view.columns, view.p, full.byteOffset, view.stride, products.byteOffset);
    return Float64Array.from(products, (value, j) => (value - sum * centre[j]!) * inverse[j]!);
  });
}

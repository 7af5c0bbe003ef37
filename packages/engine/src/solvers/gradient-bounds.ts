import type { Design } from "./design.ts";

/**
 * Which features can break their optimality condition, without reading all of X.
 *
 * With X'u_k known at earlier residuals u_k, any u = sum_k a_k u_k + e has gradients
 *
 *   |z_j'u - sum_k a_k z_j'u_k| = |z_j'e| <= reach_j ||e||,   ||e||² = sum_i e_i² / v_i   (Cauchy-Schwarz)
 *
 * so that only features with |sum_k a_k z_j'u_k| + reach_j ||e|| above the bound are read again. Along a path the residual
 * moves almost in a straight line, so that with the best a, e is small and few features are left. The check is exact
 * whatever a is: nothing is assumed, unlike with the strong rules (Tibshirani et al. 2012), which only propose the
 * features to work on.
 */
export class GradientBounds {
  /** gradients of all p features at the last residual: exact where they were read, else as estimated */
  readonly gradient: Float64Array;
  readonly #design: Design;
  readonly #references: Reference[] = [];
  readonly #spare: Reference[] = [];
  readonly #addresses: Uint32Array;
  readonly #coefficients: Float64Array;
  readonly #candidates: Uint32Array;
  readonly #rest: Float64Array;

  /** @param references  how many earlier residuals are remembered, p float64 each */
  constructor(design: Design, references: number) {
    const { arena, p, stride } = design.view;
    this.#design = design;
    this.gradient = arena.f64(p);
    this.#addresses = arena.u32(references);
    this.#coefficients = arena.f64(references);
    this.#candidates = arena.u32(p);
    this.#rest = new Float64Array(stride);
    for (let k = 0; k < references; k++) {
      this.#spare.push({ products: arena.f64(p), root: new Float64Array(stride), unit: new Float64Array(stride), r: [] });
    }
  }

  /**
   * Lists features whose gradient at u is above `bound + tolerance` in size.
   * @param u  f64[stride] of the arena, summing to 0
   */
  above(u: Float64Array, bound: number, tolerance: number): Uint32Array {
    const { view, inverse, reach } = this.#design;
    const { kernels, p, stride, columns } = view;
    const [gradient, list] = [this.gradient.byteOffset, this.#candidates.byteOffset];
    const radius = this.#estimate(u);
    let count = kernels.glmCandidates(gradient, reach.byteOffset, p, radius, bound, list);
    if (count > MOST_READ_SINGLY * p) this.readAll(u);
    else kernels.glmGradients(columns, list, count, u.byteOffset, stride, inverse.byteOffset, gradient);
    if (count > MOST_READ_SINGLY * p) count = kernels.glmCandidates(gradient, reach.byteOffset, p, 0, bound, list);
    return this.#candidates.subarray(0, count).filter((j) => Math.abs(this.gradient[j]!) > bound + tolerance);
  }

  /** Features whose gradient, as last known, is above `bound` in size; valid until the next call. */
  lastAbove(bound: number): Uint32Array {
    const { view, reach } = this.#design;
    const list = this.#candidates;
    const count = view.kernels.glmCandidates(this.gradient.byteOffset, reach.byteOffset, view.p, 0, bound, list.byteOffset);
    return list.subarray(0, count);
  }

  /** Fills in `gradient` from the references; returns ||e||, infinite while there is none. */
  #estimate(u: Float64Array): number {
    const { view, v, inverse } = this.#design;
    const K = this.#references.length;
    if (K === 0) return Number.POSITIVE_INFINITY;
    const rest = this.#rest;
    for (let i = 0; i < view.n; i++) rest[i] = v[i]! > 0 ? u[i]! / Math.sqrt(v[i]!) : 0;
    const c = this.#references.map(({ unit }) => removeProjection(rest, unit));
    // back substitution: the references are unit vectors times the triangle r
    const a = this.#coefficients;
    for (let k = K - 1; k >= 0; k--) {
      let sum = c[k]!;
      for (let l = k + 1; l < K; l++) sum -= a[l]! * this.#references[l]!.r[k]!;
      const pivot = this.#references[k]!.r[k]!;
      a[k] = pivot === 0 ? 0 : sum / pivot;
      this.#addresses[k] = this.#references[k]!.products.byteOffset;
    }
    view.kernels.glmCombine(this.#addresses.byteOffset, a.byteOffset, K, view.p, inverse.byteOffset, this.gradient.byteOffset);
    return this.#distance(u, a);
  }

  /** ||u - sum a_k u_k||, from the coefficients as they were rounded. */
  #distance(u: Float64Array, a: Float64Array): number {
    const { view, v } = this.#design;
    let sum = 0;
    for (let i = 0; i < view.n; i++) {
      if (v[i] === 0) continue;
      let e = u[i]! / Math.sqrt(v[i]!);
      for (let k = 0; k < this.#references.length; k++) e -= a[k]! * this.#references[k]!.root[i]!;
      sum += e * e;
    }
    return Math.sqrt(sum);
  }

  /** One reading of X: exact gradients at u, which becomes the newest reference in place of the oldest. */
  readAll(u: Float64Array): void {
    const { view, v, inverse } = this.#design;
    const reference = this.#spare.pop() ?? this.#references.shift()!;
    view.kernels.glmCrossProducts(view.columns, view.p, u.byteOffset, view.stride, reference.products.byteOffset);
    for (let j = 0; j < view.p; j++) this.gradient[j] = reference.products[j]! * inverse[j]!;
    for (let i = 0; i < view.n; i++) reference.root[i] = v[i]! > 0 ? u[i]! / Math.sqrt(v[i]!) : 0;
    this.#references.push(reference);
    orthogonalise(this.#references);
  }
}

/**
 * Above this share of the features, one reading of all of X, which later checks profit from, is the better buy: features
 * here and there cost three times as much each, being in no cache.
 */
const MOST_READ_SINGLY = 0.025;

/** A residual u, as u_i / sqrt(v_i), its products X'u, and its place in an orthonormal basis: root_k = sum_l r_l unit_l. */
interface Reference {
  readonly products: Float64Array;
  readonly root: Float64Array;
  readonly unit: Float64Array;
  r: number[];
}

/** Modified Gram-Schmidt; a reference within the span of the earlier ones gets a unit vector of zeros. */
function orthogonalise(references: readonly Reference[]): void {
  references.forEach((reference, k) => {
    const { root, unit } = reference;
    unit.set(root);
    const before = Math.sqrt(dot(root, root));
    reference.r = references.slice(0, k).map((earlier) => removeProjection(unit, earlier.unit));
    const length = Math.sqrt(dot(unit, unit));
    const usable = length > 1e-9 * before;
    for (let i = 0; i < unit.length; i++) unit[i] = usable ? unit[i]! / length : 0;
    reference.r.push(usable ? length : 0);
  });
}

/** Takes the part along a unit vector away; returns its length. */
function removeProjection(vector: Float64Array, unit: Float64Array): number {
  const length = dot(vector, unit);
  for (let i = 0; i < vector.length; i++) vector[i]! -= length * unit[i]!;
  return length;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

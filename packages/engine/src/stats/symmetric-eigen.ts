/** Eigenvalues and eigenvectors of a symmetric matrix, in no order. */
export interface SymmetricEigen {
  /** n */
  readonly values: Float64Array;
  /** n x n, row-major; row i is the unit eigenvector of `values[i]` */
  readonly vectors: Float64Array;
}

/**
 * All eigenvalues and eigenvectors: Householder reflections to a tridiagonal matrix, then implicit QR steps with Wilkinson's
 * shift. Vectors are kept as rows, so that every inner loop reads along memory.
 *
 * @param A  n x n, symmetric, row-major; overwritten
 * Errors are some units of rounding of the largest eigenvalue. Cost about 6 n³.
 * Source: Golub & Van Loan 2013, Matrix Computations, algorithms 8.3.1 and 8.3.3.
 */
export function symmetricEigen(A: Float64Array, n: number): SymmetricEigen {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const betas = tridiagonal(A, n, diagonal, beside);
  const vectors = reflections(A, n, betas);
  diagonalise(diagonal, beside, vectors, n);
  return { values: diagonal, vectors };
}

/**
 * Reduces A to a tridiagonal matrix; row k of A keeps the reflection I - beta v v' of step k in columns k + 1 ..
 * Returns the betas, 0 where there was nothing to do.
 */
function tridiagonal(A: Float64Array, n: number, diagonal: Float64Array, beside: Float64Array): Float64Array {
  const betas = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    diagonal[k] = A[k * n + k]!;
    if (k === n - 1) break;
    const v = A.subarray(k * n, (k + 1) * n);
    let rest = 0;
    for (let i = k + 2; i < n; i++) rest += v[i]! * v[i]!;
    const head = v[k + 1]!;
    beside[k] = head;
    if (rest === 0) continue;
    const length = Math.sqrt(head * head + rest);
    const alpha = head > 0 ? -length : length;
    beside[k] = alpha;
    v[k + 1] = head - alpha;
    const beta = 2 / (v[k + 1]! * v[k + 1]! + rest);
    betas[k] = beta;
    let along = 0;
    for (let i = k + 1; i < n; i++) {
      w[i] = beta * dotFrom(A, i * n, v, k + 1, n);
      along += w[i]! * v[i]!;
    }
    const half = (beta * along) / 2;
    for (let i = k + 1; i < n; i++) w[i]! -= half * v[i]!;
    for (let i = k + 1; i < n; i++) {
      const [a, b] = [v[i]!, w[i]!];
      for (let j = k + 1, at = i * n + k + 1; j < n; j++, at++) A[at]! -= a * w[j]! + b * v[j]!;
    }
  }
  return betas;
}

/** sum of A[from + j] v[j] over first <= j < n */
function dotFrom(A: Float64Array, from: number, v: Float64Array, first: number, n: number): number {
  let [s0, s1] = [0, 0];
  let j = first;
  for (; j + 1 < n; j += 2) {
    s0 += A[from + j]! * v[j]!;
    s1 += A[from + j + 1]! * v[j + 1]!;
  }
  if (j < n) s0 += A[from + j]! * v[j]!;
  return s0 + s1;
}

/** The product of the reflections, transposed: row i is column i of H_0 H_1 ... */
function reflections(A: Float64Array, n: number, betas: Float64Array): Float64Array {
  const W = new Float64Array(n * n);
  for (let i = 0; i < n; i++) W[i * n + i] = 1;
  for (let k = n - 3; k >= 0; k--) {
    if (betas[k] === 0) continue;
    const v = A.subarray(k * n, (k + 1) * n);
    for (let i = k + 1; i < n; i++) {
      const s = betas[k]! * dotFrom(W, i * n, v, k + 1, n);
      if (s === 0) continue;
      for (let j = k + 1, at = i * n + k + 1; j < n; j++, at++) W[at]! -= s * v[j]!;
    }
  }
  return W;
}

/** QR steps on the tridiagonal matrix until nothing stands beside the diagonal; each rotation turns two rows of `vectors`. */
function diagonalise(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number): void {
  let size = 0;
  for (let k = 0; k < n; k++) size = Math.max(size, Math.abs(d[k]!), Math.abs(e[k]!));
  const least = 2 ** -54 * size;
  const gone = (k: number) => Math.abs(e[k]!) <= least || Math.abs(e[k]!) <= 2 ** -53 * (Math.abs(d[k]!) + Math.abs(d[k + 1]!));
  let last = n - 1;
  for (let steps = 0; last > 0; ) {
    if (gone(last - 1)) {
      last--;
      continue;
    }
    let first = last - 1;
    while (first > 0 && !gone(first - 1)) first--;
    qrStep(d, e, first, last, vectors, n);
    if (++steps > 60 * n) throw new Error("the eigenvalues of a symmetric matrix were not found");
  }
}

function qrStep(d: Float64Array, e: Float64Array, first: number, last: number, vectors: Float64Array, n: number): void {
  const b = e[last - 1]!;
  const half = (d[last - 1]! - d[last]!) / 2;
  const root = Math.sqrt(half * half + b * b);
  const shift = d[last]! - (b * b) / (half + (half < 0 ? -root : root));
  let x = d[first]! - shift;
  let z = e[first]!;
  for (let k = first; k < last; k++) {
    const r = Math.sqrt(x * x + z * z);
    const c = r === 0 ? 1 : x / r;
    const s = r === 0 ? 0 : z / r;
    if (k > first) e[k - 1] = r;
    const [p, q, t] = [d[k]!, d[k + 1]!, e[k]!];
    d[k] = c * c * p + 2 * c * s * t + s * s * q;
    d[k + 1] = s * s * p - 2 * c * s * t + c * c * q;
    e[k] = c * s * (q - p) + (c * c - s * s) * t;
    if (k + 1 < last) {
      z = s * e[k + 1]!;
      e[k + 1]! *= c;
    }
    x = e[k]!;
    for (let i = 0, a = k * n, o = a + n; i < n; i++, a++, o++) {
      const [u, v] = [vectors[a]!, vectors[o]!];
      vectors[a] = c * u + s * v;
      vectors[o] = c * v - s * u;
    }
  }
}

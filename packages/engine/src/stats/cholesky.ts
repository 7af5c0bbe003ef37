/** Lower triangle L of A = L L', in place of A's. @param A  size x size, positive definite, row-major; only its lower triangle is read */
export function cholesky(A: Float64Array, size: number): Float64Array {
  for (let a = 0; a < size; a++) {
    const rowA = a * size;
    for (let b = 0; b <= a; b++) {
      const rowB = b * size;
      let [s0, s1] = [0, 0];
      const whole = b - (b % 2);
      for (let i = 0; i < whole; i += 2) {
        s0 += A[rowA + i]! * A[rowB + i]!;
        s1 += A[rowA + i + 1]! * A[rowB + i + 1]!;
      }
      if (whole < b) s0 += A[rowA + whole]! * A[rowB + whole]!;
      const value = A[rowA + b]! - (s0 + s1);
      A[rowA + b] = a === b ? Math.sqrt(value) : value / A[rowB + b]!;
    }
  }
  return A;
}

/** v = (L L')^-1 v, in place. */
export function substitute(L: Float64Array, size: number, v: Float64Array): void {
  for (let a = 0; a < size; a++) {
    let value = v[a]!;
    for (let b = 0; b < a; b++) value -= L[a * size + b]! * v[b]!;
    v[a] = value / L[a * size + a]!;
  }
  for (let a = size - 1; a >= 0; a--) {
    const value = v[a]! / L[a * size + a]!;
    v[a] = value;
    for (let b = 0; b < a; b++) v[b]! -= L[a * size + b]! * value;
  }
}

import ln from "@stdlib/math-base-special-ln";

/** c ln c for c = 0 .. n, from which entropies of counts are sums: N H = N ln N - sum c ln c. */
export function cLogC(n: number): Float64Array {
  return Float64Array.from({ length: n + 1 }, (_, c) => (c === 0 ? 0 : c * ln(c)));
}

import ln from "@stdlib/math-base-special-ln";

export const adjustments = ["bh", "bonferroni", "holm"] as const;

/** `bh`: Benjamini & Hochberg 1995 (false discovery rate); `bonferroni`; `holm`: Holm 1979 (both family-wise error rate). */
export type Adjustment = (typeof adjustments)[number];

/**
 * log of the adjusted p-values, capped at 0. NaN: not tested, not counted, stays NaN.
 * Equal p-values get equal adjusted ones, so that their order does not matter.
 *
 * @param logP  natural logarithms of p
 */
export function adjustLogP(logP: ArrayLike<number>, method: Adjustment): Float64Array {
  const sorted = Float64Array.from(logP)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const adjusted = adjustSorted(sorted, method);
  return Float64Array.from(logP, (value) => (Number.isNaN(value) ? value : adjusted[firstAtLeast(sorted, value)]!));
}

/** @param sorted  ascending */
function adjustSorted(sorted: Float64Array, method: Adjustment): Float64Array {
  const m = sorted.length;
  const out = new Float64Array(m);
  if (method === "bh") {
    let least = 0;
    for (let i = m - 1; i >= 0; i--) {
      least = Math.min(least, sorted[i]! + ln(m / (i + 1)));
      out[i] = least;
    }
    return out;
  }
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < m; i++) {
    most = Math.max(most, sorted[i]! + ln(method === "holm" ? m - i : m));
    out[i] = Math.min(0, most);
  }
  return out;
}

/** Index of the first entry that is not below `value`. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

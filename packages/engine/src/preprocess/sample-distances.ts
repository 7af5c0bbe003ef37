import { column, type FeatureMatrix } from "../matrix.ts";

/** More samples than this would take gigabytes of distances, and minutes. */
export const MOST_NEIGHBOURS = 4096;

const known = new WeakMap<WebAssembly.Memory, Float64Array>();

/**
 * Squared distance of every two samples over the features that both have, times p over their number (as scikit-learn's
 * nan_euclidean_distances); Infinity where they share none. Entry a (a - 1) / 2 + b for b < a.
 * A distance is a property of its two samples alone, so that it may be computed before anything is split.
 *
 * Cost O(n^2 p) once a thread and matrix, n (n - 1) / 2 doubles.
 */
export function sampleDistances(matrix: FeatureMatrix): Float64Array {
  let distances = known.get(matrix.memory);
  if (distances === undefined) {
    distances = computeDistances(matrix);
    known.set(matrix.memory, distances);
  }
  return distances;
}

export function distanceOf(distances: Float64Array, a: number, b: number): number {
  return a > b ? distances[(a * (a - 1)) / 2 + b]! : distances[(b * (b - 1)) / 2 + a]!;
}

function computeDistances(matrix: FeatureMatrix): Float64Array {
  const { n, p } = matrix;
  const sums = new Float64Array((n * (n - 1)) / 2);
  const apart = new Float64Array(sums.length);
  const values = new Float64Array(n);
  for (let j = 0; j < p; j++) {
    values.set(column(matrix, j));
    if (matrix.missing[j] === 0) addColumn(sums, values);
    else addGappyColumn(sums, apart, values);
  }
  return sums.map((sum, at) => (apart[at] === p ? Number.POSITIVE_INFINITY : (sum * p) / (p - apart[at]!)));
}

function addColumn(sums: Float64Array, values: Float64Array): void {
  for (let a = 1, at = 0; a < values.length; a++) {
    const x = values[a]!;
    for (let b = 0; b < a; b++, at++) {
      const d = x - values[b]!;
      sums[at]! += d * d;
    }
  }
}

/** `apart` counts the features that one of two samples lacks. */
function addGappyColumn(sums: Float64Array, apart: Float64Array, values: Float64Array): void {
  for (let a = 1, at = 0; a < values.length; a++) {
    const x = values[a]!;
    for (let b = 0; b < a; b++, at++) {
      const d = x - values[b]!;
      if (Number.isNaN(d)) apart[at]!++;
      else sums[at]! += d * d;
    }
  }
}

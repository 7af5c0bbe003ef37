import { column, type FeatureMatrix } from "../matrix.ts";
import type { Draw } from "../part.ts";
import { distanceOf, sampleDistances } from "./sample-distances.ts";

/** Neighbours whose mean stands for a missing value. */
const K = 5;

/**
 * Fills a gap by the mean of the feature in the k = 5 samples of the draw that are nearest to the sample and have a value there; a sample
 * drawn several times is as many neighbours. A sample that shares no feature with any of them gets the draw's mean; a feature
 * without a value in the draw gets 0 (it is constant there). Rounded once to float32.
 *
 * @returns for a feature the values of any samples, of the draw or not: what is learned comes from the draw alone
 * Source: Troyanskaya et al. 2001, Bioinformatics 17; as scikit-learn's KNNImputer with uniform weights.
 * Cost O(m log m) a sample with gaps, then O(k) to O(m) a gap.
 */
export function knnImputer(matrix: FeatureMatrix, draw: Draw): (j: number) => (row: number) => number {
  const nearest = new Map<number, Uint32Array>();
  const orderOf = (row: number): Uint32Array => {
    let order = nearest.get(row);
    if (order === undefined) {
      order = neighboursOf(matrix, draw, row);
      nearest.set(row, order);
    }
    return order;
  };
  return (j) => {
    const source = column(matrix, j);
    const mean = meanOf(source, draw);
    return (row) => Math.fround(nearestMean(source, draw, orderOf(row)) ?? mean);
  };
}

/** Positions in the draw of its other samples, nearest first, ties by position; those at no known distance left out. */
function neighboursOf(matrix: FeatureMatrix, { rows }: Draw, row: number): Uint32Array {
  const distances = sampleDistances(matrix);
  const far = Float64Array.from(rows, (other) => (other === row ? Number.POSITIVE_INFINITY : distanceOf(distances, row, other)));
  return Uint32Array.from(far.keys())
    .filter((i) => Number.isFinite(far[i]!))
    .sort((a, b) => far[a]! - far[b]! || a - b);
}

function nearestMean(source: Float32Array, { rows, counts }: Draw, order: Uint32Array): number | undefined {
  let left = K;
  let sum = 0;
  for (let at = 0; at < order.length && left > 0; at++) {
    const value = source[rows[order[at]!]!]!;
    if (Number.isNaN(value)) continue;
    const taken = Math.min(left, counts[order[at]!]!);
    sum += taken * value;
    left -= taken;
  }
  return left === K ? undefined : sum / (K - left);
}

function meanOf(source: Float32Array, { rows, counts }: Draw): number {
  let [sum, weight] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    const value = source[rows[i]!]!;
    if (Number.isNaN(value)) continue;
    sum += counts[i]! * value;
    weight += counts[i]!;
  }
  return weight === 0 ? 0 : sum / weight;
}

import exp from "@stdlib/math-base-special-exp";
import ln from "@stdlib/math-base-special-ln";
import log1p from "@stdlib/math-base-special-log1p";
import { median } from "../preprocess/impute.ts";
import { loess, log10 } from "./loess.ts";

/** Mean and variance (n - 1) of each feature, and the count of its values. */
export interface Moments {
  readonly n: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * Variance that the mean leads one to expect: loess of log10 variance on log10 mean, quadratic, span 0.3.
 * NaN for features without spread or of a mean not above 0.
 * Source: Stuart et al. 2019, Cell 177 (Seurat v3).
 */
export function expectedVariance({ mean, variance }: Moments): Float64Array {
  const usable = Uint32Array.from(mean.keys()).filter((j) => variance[j]! > 0 && mean[j]! > 0);
  const x = Float64Array.from(usable, (j) => log10(mean[j]!));
  const y = Float64Array.from(usable, (j) => log10(variance[j]!));
  const fitted = loess(x, y, { span: 0.3 });
  const out = new Float64Array(mean.length).fill(Number.NaN);
  usable.forEach((j, k) => {
    out[j] = exp(fitted[k]! * Math.LN10);
  });
  return out;
}

/** Scale of a median absolute deviation that makes it the standard deviation of normal values. */
const NORMAL_MAD = 0.6744897501960817;

/**
 * Dispersion (variance over mean) against the others of a similar mean: log dispersions in 20 equal bins of log(1 + mean), less the bin's
 * mean, over its standard deviation; a feature alone in its bin gets 1. NaN where the dispersion is 0.
 * Source: Satija et al. 2015, Nat Biotechnol 33 (Seurat); as scanpy's flavor "seurat".
 */
export function seuratDispersions(moments: Moments): Float64Array {
  const dispersion = dispersionsOf(moments).map((value) => (value > 0 ? ln(value) : Number.NaN));
  const means = moments.mean.map((value) => log1p(value === 0 ? 1e-12 : value));
  return standardised(dispersion, equalBins(means, 20), (values) => {
    const centre = values.reduce((a, b) => a + b, 0) / values.length;
    if (values.length === 1) return { centre: 0, spread: centre };
    const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
    return { centre, spread: Math.sqrt(squares / (values.length - 1)) };
  });
}

/**
 * As `seuratDispersions` with bins at the 10th, 15th, ... 100th percentile of the mean, the bin's median and its scaled median absolute
 * deviation. Source: Zheng et al. 2017, Nat Commun 8; as scanpy's flavor "cell_ranger".
 */
export function cellRangerDispersions(moments: Moments): Float64Array {
  return standardised(dispersionsOf(moments), percentileBins(moments.mean), (values) => {
    const centre = median([...values]);
    return { centre, spread: median(values.map((value) => Math.abs(value - centre))) / NORMAL_MAD };
  });
}

function dispersionsOf({ mean, variance }: Moments): Float64Array {
  return variance.map((value, j) => value / (mean[j] === 0 ? 1e-12 : mean[j]!));
}

function standardised(
  values: Float64Array,
  bins: Int32Array,
  describe: (values: number[]) => { centre: number; spread: number },
): Float64Array {
  const members = new Map<number, number[]>();
  values.forEach((value, j) => {
    if (Number.isNaN(value)) return;
    const list = members.get(bins[j]!);
    if (list === undefined) members.set(bins[j]!, [value]);
    else list.push(value);
  });
  const described = new Map([...members].map(([bin, list]) => [bin, describe(list)]));
  return values.map((value, j) => {
    const bin = described.get(bins[j]!);
    return bin === undefined ? Number.NaN : (value - bin.centre) / bin.spread;
  });
}

/** Bins of equal width, closed on the right; the smallest value belongs to the first. */
function equalBins(values: Float64Array, count: number): Int32Array {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const edges = Float64Array.from({ length: count - 1 }, (_, k) => least + ((most - least) * (k + 1)) / count);
  return Int32Array.from(values, (value) => placeAmong(edges, value));
}

function percentileBins(values: Float64Array): Int32Array {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const low = Math.floor(place);
    return sorted[low]! + (place - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
  };
  const edges = Float64Array.from({ length: 19 }, (_, k) => at((10 + 5 * k) / 100));
  return Int32Array.from(values, (value) => placeAmong(edges, value));
}

/** Edges that lie below a value. */
function placeAmong(edges: Float64Array, value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

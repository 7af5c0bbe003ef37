import type { PartView } from "../part-view.ts";
import { type ColumnScale, scaleColumns } from "./column-scale.ts";

/**
 * The columns of a training part as a penalised model sees them: z_ij = (x_ij - centre_j) inverse_j, never written down.
 * Every array lies in the part's arena and is taken back with it.
 */
export interface Design {
  readonly view: PartView;
  /** weights of the n samples, summing to 1, 0 outside the part; f64[stride] */
  readonly v: Float64Array;
  /** weighted mean and standard deviation (1/n) of each column; sd 0 where it is constant */
  readonly centre: Float64Array;
  readonly sd: Float64Array;
  /** what columns are divided by, see `ColumnScale`; 0 for a constant column */
  readonly scale: Float64Array;
  /** what a centred column is multiplied by: 1/scale; 0 leaves a constant column out */
  readonly inverse: Float64Array;
  /** columns: the p features and, behind them, those that are not penalised */
  readonly columns: number;
  /** sqrt(sum v z_j²): sd/scale; 0 for a constant column */
  readonly reach: Float64Array;
}

/**
 * @param weights     n values >= 0, some above 0; their scale does not matter
 * @param covariates  how many of the view's to take in behind the features; they are always of unit variance, unless nothing is scaled
 * Columns are centred at their mean whatever their scale.
 * Cost: two readings of each column, and a few of each for quartiles.
 */
export function designOf(view: PartView, weights: ArrayLike<number>, how: ColumnScale, covariates = 0): Design {
  const { arena, stride, kernels } = view;
  const columns = view.p + covariates;
  const each = () => arena.f64(columns);
  const v = arena.f64(stride);
  let sum = 0;
  for (let i = 0; i < view.n; i++) sum += weights[i]!;
  for (let i = 0; i < view.n; i++) v[i] = weights[i]! / sum;
  const [centre, sd, scale, inverse, reach] = [each(), each(), each(), each(), each()];
  kernels.glmMoments(view.columns, columns, v.byteOffset, stride, centre.byteOffset, sd.byteOffset);
  scaleColumns(view, weights, sd, how, scale);
  for (let j = 0; j < columns; j++) {
    if (sd[j] === 0) continue;
    inverse[j] = 1 / scale[j]!;
    reach[j] = sd[j]! / scale[j]!;
  }
  return { view, v, columns, centre, sd, scale, inverse, reach };
}

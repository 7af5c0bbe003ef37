import type { PartView } from "../part-view.ts";
import { quantile } from "../stats/order-statistic.ts";

/** What columns are divided by: their standard deviation, their interquartile range, or nothing. */
export type ColumnScale = "standardize" | "robust" | "none";

/**
 * Writes the scale of each column of a part: 0 where it is constant.
 * A column whose middle half is one value has no interquartile range but may have a spread: its standard deviation stands in.
 *
 * @param weights  n; only samples above 0 are looked at, each as often as it was drawn: class weights move no quartile
 * @param sd       p, and of covariates behind them; 0 for a constant column
 * Cost of `robust` O(p m).
 */
export function scaleColumns(view: PartView, weights: ArrayLike<number>, sd: Float64Array, how: ColumnScale, out: Float64Array): void {
  if (how === "robust") interquartileRanges(view, weights, sd, out);
  else for (let j = 0; j < sd.length; j++) out[j] = sd[j] === 0 ? 0 : how === "none" ? 1 : sd[j]!;
}

function interquartileRanges(view: PartView, weights: ArrayLike<number>, sd: Float64Array, out: Float64Array): void {
  const drawn = new Float64Array(view.kernelsMemory, view.weights, view.n);
  const rows: number[] = [];
  for (const row of view.rows) if (weights[row]! > 0) for (let c = 0; c < drawn[row]!; c++) rows.push(row);
  const addresses = new Uint32Array(view.kernelsMemory, view.columns, view.p);
  const values = new Float32Array(rows.length);
  for (let j = 0; j < view.p; j++) {
    out[j] = 0;
    if (sd[j] === 0) continue;
    const column = new Float32Array(view.kernelsMemory, addresses[j]!, view.n);
    for (let i = 0; i < values.length; i++) values[i] = column[rows[i]!]!;
    const lower = quantile(values, 0.25);
    const range = quantile(values, 0.75, Math.floor(0.25 * (values.length - 1))) - lower;
    out[j] = range > 0 ? range : sd[j]!;
  }
  // Covariates are not penalised: their scale moves no coefficient.
  for (let j = view.p; j < sd.length; j++) out[j] = sd[j]!;
}

import type { DenseTable } from "./dense-table.ts";

/** Centre and scale of each column, k, learned on a training part. */
export interface Standardization {
  readonly centre: number[];
  /** weighted 1/n standard deviation, of free columns a thousandth of it; 1 for a constant column */
  readonly scale: number[];
}

/** A free column is made so many times as wide, so that its penalty is a millionth of the others': its model still has an optimum. */
const FREE = 1000;

/** Weighted mean and 1/n standard deviation of each column. @param weights  n, sum above 0 */
export function learnStandardization(table: DenseTable, weights: Float64Array): Standardization {
  const total = sum(weights);
  const centre: number[] = [];
  const scale: number[] = [];
  const free = table.k - (table.free ?? 0);
  table.columns.forEach((column, j) => {
    const mean = weightedMean(column, weights, total);
    let squares = 0;
    for (let i = 0; i < table.n; i++) squares += weights[i]! * (column[i]! - mean) * (column[i]! - mean);
    const deviation = Math.sqrt(squares / total);
    centre.push(mean);
    // a spread on the level of rounding is none
    scale.push(deviation <= 1e-12 * Math.abs(mean) ? 1 : j < free ? deviation : deviation / FREE);
  });
  return { centre, scale };
}

/** Of a constant column its value itself, not rounded, so that it is exactly 0 when centred. */
function weightedMean(column: Float64Array, weights: Float64Array, total: number): number {
  const first = column[weights.findIndex((w) => w > 0)]!;
  if (column.every((value, i) => value === first || weights[i] === 0)) return first;
  let mean = 0;
  for (let i = 0; i < column.length; i++) mean += weights[i]! * column[i]!;
  return mean / total;
}

/** (x - centre) / scale, as a new table. */
export function standardize(table: DenseTable, { centre, scale }: Standardization): DenseTable {
  const columns = table.columns.map((column, j) => column.map((value) => (value - centre[j]!) / scale[j]!));
  return { n: table.n, k: table.k, columns };
}

export function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

/** A small dense matrix: k columns of n values, none missing. */
export interface DenseTable {
  readonly n: number;
  readonly k: number;
  readonly columns: Float64Array[];
  /** the last so many columns (covariates) are hardly penalised, see `learnStandardization`; none when left out */
  readonly free?: number;
}

/** Some rows of a table. */
export function takeRows(table: DenseTable, rows: Uint32Array): DenseTable {
  return { ...table, n: rows.length, columns: table.columns.map((column) => takeValues(column, rows)) };
}

export function takeValues(values: ArrayLike<number>, rows: Uint32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < out.length; i++) out[i] = values[rows[i]!]!;
  return out;
}

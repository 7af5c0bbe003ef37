/** Plain twin of `assembly/gram.ts`: products between rows of standardised columns, m x m, row-major. */
export function gramOf(
  columns: readonly ArrayLike<number>[],
  rows: readonly number[],
  centre: ArrayLike<number>,
  inverse: ArrayLike<number>,
): number[][] {
  const z = (i: number, j: number) => (columns[j]![rows[i]!]! - centre[j]!) * inverse[j]!;
  return rows.map((_, a) => rows.map((_, b) => columns.reduce((sum, _, j) => sum + z(a, j) * z(b, j), 0)));
}

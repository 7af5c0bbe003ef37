import { expect } from "vitest";

/** Relative to the larger of |want| and 1e-300; prints got, expected, difference and tolerance. */
export function expectClose(got: number, want: number, tolerance: number, what: string): void {
  const difference = got === want ? 0 : Math.abs(got - want) / Math.max(Math.abs(want), 1e-300);
  expect(difference <= tolerance, `${what}: got ${got}, expected ${want}, relative difference ${difference}, tolerance ${tolerance}`).toBe(
    true,
  );
}

/** Rows of a JSON table, null where missing, as columns. */
export function columnsFromJson(rows: readonly (readonly (number | null)[])[]): Float64Array[] {
  return rows[0]!.map((_, j) => Float64Array.from(rows, (row) => row[j] ?? Number.NaN));
}

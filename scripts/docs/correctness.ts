import type { Row } from "./agreements.ts";
import { short, table } from "./table.ts";

/** docs/correctness.md: every comparison with an oracle, the largest deviation beside its tolerance. */
export function correctnessPage(rows: readonly Row[]): string {
  const inside = rows.filter(({ deviation, tolerance }) => deviation <= tolerance).length;
  return `# How closely the engine agrees with the reference implementations

Written by \`npm run docs\` from \`fixtures/oracles/*/agreement.ts\`; the tests assert the same rows. Each folder there holds the script that made the
expected values and the versions that it ran with; \`npm run oracles\` makes them again. The oracle gets the same values rounded to float32.
Deviations are relative unless the quantity says otherwise; p-values are compared by their logarithm.

${inside} of ${rows.length} rows are inside their tolerance.

${table(
  ["method", "oracle", "version", "quantity", "inputs", "largest deviation", "tolerance"],
  rows.map((row) => [row.method, row.oracle, row.versions, row.quantity, row.inputs, short(row.deviation), short(row.tolerance)]),
)}
`;
}

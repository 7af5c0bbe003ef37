import type { Row } from "./agreements.ts";
import { short, table } from "./table.ts";

/** docs/correctness.md: of every quantity the input on which it deviates most, beside its tolerance; the methods' own pages list every input. */
export function correctnessPage(rows: readonly Row[]): string {
  const inside = rows.filter(({ deviation, tolerance }) => deviation <= tolerance).length;
  return `# How closely the engine agrees with the reference implementations

Written by \`npm run docs\` from \`fixtures/oracles/*/agreement.ts\`; the tests assert the same rows. Each folder there holds the script that made the
expected values and the versions that it ran with; \`npm run oracles\` makes them again. The oracle gets the same values rounded to float32.
Deviations are relative unless the quantity says otherwise; p-values are compared by their logarithm.

${rows.length} comparisons, ${inside} inside their tolerance. Each line is the input that deviates most of those compared.

${table(
  ["method", "oracle", "quantity", "inputs", "the one furthest off", "largest deviation", "tolerance"],
  groupsOf(rows).map((group) => {
    const worst = worstOf(group);
    const oracle = worst.versions === "" ? worst.oracle : `${worst.oracle} (${worst.versions})`;
    return [worst.method, oracle, worst.quantity, String(group.length), worst.inputs, short(worst.deviation), short(worst.tolerance)];
  }),
)}
`;
}

/** Rows of one method, oracle and quantity. */
function groupsOf(rows: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.method, row.oracle, row.quantity]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

/** By deviation as a share of the tolerance; where the tolerance is 0, by deviation. */
function worstOf(group: readonly Row[]): Row {
  const share = ({ deviation, tolerance }: Row) => (tolerance === 0 ? deviation * 1e300 : deviation / tolerance);
  return group.reduce((worst, row) => (share(row) > share(worst) ? row : worst));
}

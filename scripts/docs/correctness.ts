import { oracle } from "../../fixtures/data.ts";
import type { Figures, Tally } from "../../fixtures/oracles/stability/simulate.ts";
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

${promiseSection()}
`;
}

/** The simulation of stability selection, as it was seen. */
function promiseSection(): string {
  const { rows, cohorts, n, p, planted, resamples, q, versions } = oracle<Figures>("stability", "figures.json");
  const wrong = ({ false_selections, false_error }: Tally) => `${short(false_selections)} ± ${short(false_error)}`;
  const power = (tally: Tally) => `${tally.power.toFixed(1)} %`;
  return `## Does stability selection keep its promise?

${cohorts} made cohorts of ${n} samples x ${p} independent features, ${planted} of them shifted by 0.4 to 1.1 standard deviations; ${resamples} resamples, q = ${q}
(\`fixtures/oracles/stability/simulate.ts\`). Promised is the mean number of false selections: at most the PFER. Beside it the same procedure as R's stabs runs it on
glmnet (${versions}; stabs itself could not be installed where this ran). For bootstrap no bound is known; for an ensemble the bound holds as for one method.

${table(
  ["methods", "scheme", "threshold", "PFER", "false selections, ours", "in R", "planted found, ours", "in R"],
  rows.map(({ methods, scheme, threshold, pfer, ours, peer }) => [
    methods,
    scheme,
    String(threshold),
    pfer === null ? "none" : short(pfer),
    wrong(ours),
    peer === null ? "" : wrong(peer),
    power(ours),
    peer === null ? "" : power(peer),
  ]),
)}`;
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

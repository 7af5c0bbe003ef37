import { oracle } from "../../fixtures/data.ts";
import { isPromised } from "../../fixtures/oracles/stability/agreement.ts";
import type { FigureRow, Figures, Tally } from "../../fixtures/oracles/stability/simulate.ts";
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

${agreementTable(
  "method",
  rows.filter(({ kind }) => kind !== "model"),
)}

## Models

What predicts from a signature, fitted with the same options as its oracle. Where neither side is random, predictions on new samples
are compared; random forests and the like agree in distribution.

${agreementTable(
  "model",
  rows.filter(({ kind }) => kind === "model"),
)}

${promiseSection()}
`;
}

function agreementTable(what: string, rows: readonly Row[]): string {
  return table(
    [what, "oracle", "quantity", "inputs", "the one furthest off", "largest deviation", "tolerance"],
    groupsOf(rows).map((group) => {
      const worst = worstOf(group);
      const oracle = worst.versions === "" ? worst.oracle : `${worst.oracle} (${worst.versions})`;
      return [worst.method, oracle, worst.quantity, String(group.length), worst.inputs, short(worst.deviation), short(worst.tolerance)];
    }),
  );
}

/** The simulation of stability selection, as it was seen. */
function promiseSection(): string {
  const { rows, cohorts, n, p, planted, resamples, q, trees, rounds, versions } = oracle<Figures>("stability", "figures.json");
  const seen = ({ ours, peer }: FigureRow) => [falseSelections(ours), falseSelections(peer), power(ours), power(peer)];
  const seenHead = ["false selections, ours", "in R", "planted found, ours", "in R"];
  return `## Does stability selection keep its promise?

${cohorts} made cohorts of ${n} samples x ${p} independent features, ${planted} of them shifted by 0.4 to 1.1 standard deviations; ${resamples} resamples, q = ${q}
(\`fixtures/oracles/stability/simulate.ts\`). Means over the cohorts ± their Monte Carlo error. Promised is the mean number of false selections: at most the PFER.

The package stabs could not be installed where this ran. The peer is its procedure, written in R on glmnet (\`peer.R\` beside the simulation;
${versions}).
Two things differ: ours draws each class by itself, the peer all samples together, as stabs; and ours takes the first ${q} features to enter the
path, the peer the last model of a path that ends once it holds ${q}, which can be a few more.

${table(
  ["methods", "scheme", "threshold", "PFER", ...seenHead],
  rows.filter(isPromised).map((row) => [row.methods, `${row.scheme}`, `${row.threshold}`, short(row.pfer!), ...seen(row)]),
)}

### Reported beside the peer, no guarantee

For bootstrap resamples no bound is known; for the ensembles and for Boruta none is claimed here. The ensembles' peer takes in each resample the
first ${q} features of the same three methods (glmnet's by entry into the path; Welch's test, and minimum redundancy, maximum relevance, written
for it in R from the papers), puts them into one list by RobustRankAggreg and keeps its first ${q}. Boruta runs once on each whole cohort, with
${trees} trees a forest and at most ${rounds} rounds on both sides, and selects what it confirms; its peer is the published loop on ranger (\`fixtures/oracles/boruta/loop.R\`), as the package Boruta could not be installed either.

${table(
  ["methods", "resampled by", "threshold", ...seenHead],
  rows.filter((row) => !isPromised(row)).map((row) => [row.methods, row.scheme ?? "", `${row.threshold ?? ""}`, ...seen(row)]),
)}`;
}

function falseSelections({ false_selections, false_error }: Tally): string {
  return `${short(false_selections)} ± ${short(false_error)}`;
}

function power({ power, power_error }: Tally): string {
  return `${power.toFixed(1)} ± ${power_error.toFixed(1)} %`;
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

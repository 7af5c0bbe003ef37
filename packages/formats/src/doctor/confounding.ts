import type { ObsColumn } from "../cohort.ts";
import { findTarget } from "../target.ts";
import type { Check, Finding } from "./finding.ts";
import { listed } from "./finding.ts";

type Categorical = Extract<ObsColumn, { kind: "categorical" }>;

/** Cramér's V from which two columns are said to go together. */
const STRONG = 0.5;
/** more levels than this are names, not batches */
const MOST_LEVELS = 20;
const batchName = /batch|site|plate|cent(?:er|re)|\brun\b|lane|chip|slide|cohort|hospital|clinic\b|lab\b|study|platform|operator|scanner/i;

/**
 * Columns that go together with the label, or, where no label is clear, columns named like a batch that go together with what could
 * be one: a method that seems to find the class may have found the batch.
 */
export const confounding: Check = ({ cohort }) => {
  const columns = cohort.obs.filter(isGrouping);
  const found = findTarget(cohort.obs);
  const pairs = found.found
    ? columns
        .filter((batch) => batch !== found.column && isGrouping(found.column))
        .map((batch) => [found.column as Categorical, batch] as const)
    : columns
        .filter(({ name }) => batchName.test(name))
        .flatMap((batch) => columns.filter((c) => c !== batch).map((c) => [c, batch] as const));
  return pairs.flatMap(([label, batch]) => findingOn(label, batch) ?? []);
};

function isGrouping(column: ObsColumn): column is Categorical {
  return column.kind === "categorical" && column.categories.length >= 2 && column.categories.length <= MOST_LEVELS;
}

function findingOn(label: Categorical, batch: Categorical): Finding | undefined {
  const table = crossed(label, batch);
  const v = cramersV(table);
  if (!(v >= STRONG)) return undefined;
  const alone = label.categories.flatMap((name, k) => {
    const at = table[k]!.flatMap((count, b) => (count > 0 ? [b] : []));
    return at.length === 1 ? [{ name, value: `only in ${batch.categories[at[0]!]}` }] : [];
  });
  return {
    id: "batch_by_class",
    severity: "warning",
    title: `${label.name} and ${batch.name} go together`,
    detail: `Cramér's V is ${v.toFixed(2)}, where 0 is none and 1 is all: features that seem to tell the classes apart may tell ${batch.name} apart.`,
    remedy: `If ${batch.name} is how or where samples were taken or measured, name it as groups, so that no group is on both sides of a split; where a class stands in one group only, no analysis can separate the two.`,
    ...(alone.length > 0 ? listed(alone) : {}),
  };
}

/** Samples by class and batch, of those that have both. */
function crossed(label: Categorical, batch: Categorical): number[][] {
  const table = label.categories.map(() => new Array<number>(batch.categories.length).fill(0));
  label.codes.forEach((k, i) => {
    const b = batch.codes[i]!;
    if (k >= 0 && b >= 0) table[k]![b]!++;
  });
  return table;
}

/** Cramér 1946: sqrt(chi² / (n (min(rows, columns) - 1))) over the rows and columns that are not empty; NaN for fewer than two of either. */
function cramersV(table: readonly (readonly number[])[]): number {
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = (table[0] ?? []).map((_, b) => table.reduce((sum, row) => sum + row[b]!, 0));
  const n = rows.reduce((sum, count) => sum + count, 0);
  let chi2 = 0;
  table.forEach((row, k) => {
    row.forEach((count, b) => {
      const expected = (rows[k]! * columns[b]!) / n;
      if (expected > 0) chi2 += (count - expected) ** 2 / expected;
    });
  });
  const filled = (counts: readonly number[]) => counts.filter((count) => count > 0).length;
  const less = Math.min(filled(rows), filled(columns)) - 1;
  return less < 1 ? Number.NaN : Math.sqrt(chi2 / (n * less));
}

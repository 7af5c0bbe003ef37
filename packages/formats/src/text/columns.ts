import { type Cohort, categorical, type DenseMatrix, type ObsColumn } from "../cohort.ts";
import { IngestError } from "../errors.ts";
import { targetRank, uniqueNames } from "../names.ts";
import { isMissing, numberOf } from "./number.ts";
import type { Kinds } from "./orientation.ts";
import { type Found, notANumber, withUniqueNames } from "./rows.ts";
import type { TextTable } from "./table.ts";

/** A table whose columns are samples and whose rows are features. */
export function samplesInColumns(table: TextTable, kinds: Kinds, found: Found): Cohort {
  const leftOut: { name: string; column: number; reason: string }[] = [];
  const text = new Set(kinds.allText ? [0] : [0, ...kinds.textColumns]);
  const samples: number[] = [];
  for (let column = 1; column < table.columns; column++) {
    if (text.has(column)) {
      leftOut.push({ name: table.header[column]!, column, reason: "it is text, so it is no sample; features have no descriptions here" });
    } else if (table.header[column] !== "" || table.numbersIn(column) > 0) samples.push(column);
  }
  if (samples.length === 0) {
    throw new IngestError(
      "no_samples",
      `with samples in columns, none of the ${table.columns} columns holds numbers`,
      "Say that samples stand in rows, or upload a matrix of numbers.",
    );
  }
  const textRows = new Set(kinds.textRows);
  const obs: ObsColumn[] = [];
  const features: number[] = [];
  for (let row = 0; row < table.rows; row++) {
    const name = table.spelled(row, 0);
    if (textRows.has(row)) obs.push(textRow(table, row, samples));
    else if (targetRank(name) >= 0) obs.push(numericRow(table, row, samples));
    else features.push(row);
  }
  if (features.length === 0) {
    throw new IngestError(
      "no_features",
      `with samples in columns, none of the ${table.rows} rows holds numbers`,
      "Say that samples stand in rows, or upload a matrix of numbers.",
    );
  }
  refuseTextIn(table, features, samples);
  const { names: given, column: naming } = rowNames(table, kinds, features);
  const names = uniqueNames(given);
  const ids = uniqueNames(samples.map((column) => table.header[column]!));
  return {
    sampleIds: ids.names,
    obs: withUniqueNames(obs),
    x: { featureNames: names.names, matrix: rowsOf(table, features, samples) },
    notes: {
      format: "text",
      ...found,
      idColumn: null,
      renamedFeatures: names.renamed,
      renamedSamples: ids.renamed,
      leftOut: leftOut.filter(({ column }) => column !== naming).map(({ name, reason }) => ({ name, reason })),
    },
  };
}

/** Names in the first column; where they repeat, a text column that is unique, or both columns together. */
function rowNames(table: TextTable, kinds: Kinds, features: readonly number[]): { names: string[]; column?: number } {
  const first = features.map((row) => table.spelled(row, 0));
  if (new Set(first).size === first.length) return { names: first };
  const distinct = new Set(first).size;
  for (const column of kinds.textColumns.filter((candidate) => candidate > 0).slice(0, 4)) {
    const other = features.map((row) => table.spelled(row, column));
    if (new Set(other).size === other.length) return { names: other, column };
    const joined = first.map((name, k) => `${name} ${other[k]}`.trim());
    // categories beside names, as chromosome or call, tell nothing apart
    if (new Set(joined).size > Math.max(distinct, 0.99 * first.length)) return { names: joined, column };
  }
  return { names: first };
}

function textRow(table: TextTable, row: number, samples: readonly number[]): ObsColumn {
  const values = samples.map((column) => table.spelled(row, column));
  return categorical(
    table.spelled(row, 0),
    values.map((text) => (isMissing(text) ? null : text)),
  );
}

function numericRow(table: TextTable, row: number, samples: readonly number[]): ObsColumn {
  refuseTextIn(table, [row], samples);
  const values = Float64Array.from(samples, (column) => {
    const text = table.spelled(row, column);
    return isMissing(text) ? Number.NaN : (numberOf(text, table.decimalComma) ?? Number.NaN);
  });
  return { name: table.spelled(row, 0), kind: "numeric", values };
}

function refuseTextIn(table: TextTable, features: readonly number[], samples: readonly number[]): void {
  const wanted = new Set(features);
  let first: { row: number; column: number; text: string } | undefined;
  let count = 0;
  for (const column of samples) {
    const cells = table.textCells.get(column);
    cells?.rows.forEach((row, k) => {
      if (!wanted.has(row)) return;
      count++;
      if (first === undefined || row < first.row) first = { row, column, text: cells.texts[k]! };
    });
  }
  if (first === undefined) return;
  const { row, column, text } = first;
  throw notANumber({ value: text, column: table.header[column]!, line: table.lines[row]!, more: count - 1, others: "in this file" });
}

/** Some rows of a table as features, some columns as samples: transposed while it is handed out. */
function rowsOf(table: TextTable, features: readonly number[], samples: readonly number[]): DenseMatrix {
  const rows = Uint32Array.from(features);
  const columns = Uint32Array.from(samples);
  // not the whole table: what was kept of its spelling can go
  const { blocks, rowsPerBlock, columns: stride } = table;
  return {
    kind: "dense",
    inMemory: true,
    fill(from, to, first, last, out) {
      const width = last - first;
      for (let j = first; j < last; j++) {
        const row = rows[j]!;
        const block = blocks[Math.floor(row / rowsPerBlock)]!;
        const base = (row % rowsPerBlock) * stride;
        let k = j - first;
        for (let i = from; i < to; i++, k += width) out[k] = block[base + columns[i]!]!;
      }
    },
  };
}

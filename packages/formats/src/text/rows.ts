import { type Cohort, type CohortNotes, categorical, type DenseMatrix, type ObsColumn } from "../cohort.ts";
import { IngestError } from "../errors.ts";
import { isCounterName, isIdName, targetRank, uniqueNames } from "../names.ts";
import { isMissing, numberOf } from "./number.ts";
import type { Kinds } from "./orientation.ts";
import type { TextTable } from "./table.ts";

export type Found = Pick<CohortNotes, "orientation" | "orientationAsked" | "orientationReasons" | "orientationMargin">;

/** A table whose rows are samples. */
export function samplesInRows(table: TextTable, kinds: Kinds, found: Found): Cohort {
  const ids = idColumnOf(table, kinds);
  const text = new Set(kinds.textColumns);
  const leftOut: CohortNotes["leftOut"] = [...ids.leftOut];
  const skip = new Set([...ids.columns, ...emptyColumns(table)]);
  const features: number[] = [];
  const obs: ObsColumn[] = [];
  for (let column = 0; column < table.columns; column++) {
    if (skip.has(column)) continue;
    const name = table.header[column]!;
    // names of patients that repeat stay to group by, also when they are numbers
    const names = ids.name !== null && column === 0;
    if (text.has(column) || names) obs.push(textColumn(table, column));
    else if (targetRank(name) >= 0) {
      refuseText(table, [column]);
      obs.push({ name, kind: "numeric", values: numbersOf(table, column) });
    } else features.push(column);
  }
  if (features.length === 0) {
    throw new IngestError(
      "no_features",
      `none of the ${table.columns} columns holds numbers`,
      "Upload a matrix whose features are numbers. A table of sample descriptions goes into the second file, the sample sheet.",
    );
  }
  refuseText(table, features);
  const samples = uniqueNames(ids.names, "unnamed");
  const names = uniqueNames(features.map((column) => table.header[column]!));
  return {
    sampleIds: samples.names,
    obs: withUniqueNames(obs),
    x: { featureNames: names.names, matrix: columnsOf(table, features) },
    notes: {
      format: "text",
      ...found,
      idColumn: ids.name,
      renamedFeatures: names.renamed,
      renamedSamples: samples.renamed,
      leftOut,
    },
  };
}

export function withUniqueNames(obs: ObsColumn[]): ObsColumn[] {
  const { names } = uniqueNames(obs.map(({ name }) => name));
  return obs.map((column, k) => ({ ...column, name: names[k]! }));
}

function spelledColumn(table: TextTable, column: number): string[] {
  return Array.from({ length: table.rows }, (_, row) => table.spelled(row, column));
}

export function textColumn(table: TextTable, column: number): ObsColumn {
  return categorical(
    table.header[column]!,
    spelledColumn(table, column).map((text) => (isMissing(text) ? null : text)),
  );
}

function numbersOf(table: TextTable, column: number): Float64Array {
  return Float64Array.from(spelledColumn(table, column), (text) =>
    isMissing(text) ? Number.NaN : (numberOf(text, table.decimalComma) ?? Number.NaN),
  );
}

/** Columns without name and content, as trailing separators leave them. */
function emptyColumns(table: TextTable): number[] {
  const empty: number[] = [];
  table.header.forEach((name, column) => {
    if (name === "" && table.textIn(column) === 0 && table.numbersIn(column) === 0) empty.push(column);
  });
  return empty;
}

interface Ids {
  name: string | null;
  names: string[];
  columns: number[];
  leftOut: CohortNotes["leftOut"];
}

/**
 * The column of sample names: the first when it is text with (nearly) unique values or headed like one; when it only
 * counts the rows, a column headed like sample names beside it; else samples are named S1, S2 and so on.
 */
function idColumnOf(table: TextTable, kinds: Kinds): Ids {
  const heading = table.header[0]!;
  const first = spelledColumn(table, 0);
  const distinct = new Set(first).size;
  const counts = isCounterName(heading) && first.every((name, row) => name === String(row + 1) || name === String(row));
  const other = counts || distinct < table.rows / 2 ? namedIds(table, kinds) : undefined;
  if (other !== undefined) {
    const leftOut = counts ? [{ name: heading, reason: "it counts the rows" }] : [];
    return { name: table.header[other]!, names: spelledColumn(table, other), columns: counts ? [0, other] : [other], leftOut };
  }
  const isText = kinds.textColumns.includes(0);
  const named = isIdName(heading) || counts || heading === "";
  // a doubled sample is still a sample: some repeats do not turn names into a class
  const enough = distinct === table.rows || distinct > (named ? 0.5 : 0.8) * table.rows;
  // where many repeat, they are patients measured again: the column stays, to group by
  if (enough && (isText || named)) return { name: heading, names: first, columns: distinct > 0.8 * table.rows ? [0] : [], leftOut: [] };
  return { name: null, names: first.map((_, row) => `S${row + 1}`), columns: [], leftOut: [] };
}

function namedIds(table: TextTable, kinds: Kinds): number | undefined {
  for (let column = 1; column < Math.min(table.columns, 6); column++) {
    if (!isIdName(table.header[column]!) || !(kinds.textColumns.includes(column) || table.kept.has(column))) continue;
    if (new Set(spelledColumn(table, column)).size === table.rows) return column;
  }
  return undefined;
}

/** @throws IngestError  the first cell that is no number in columns that are numbers. @param where  what to say before the line */
export function refuseText(table: TextTable, columns: readonly number[], where = ""): void {
  let first: { row: number; column: number; text: string } | undefined;
  let count = 0;
  let inColumns = 0;
  for (const column of columns) {
    const cells = table.textCells.get(column);
    if (cells === undefined) continue;
    inColumns++;
    count += cells.rows.length;
    const row = cells.rows[0]!;
    if (first === undefined || row < first.row) first = { row, column, text: cells.texts[0]! };
  }
  if (first === undefined) return;
  throw notANumber({
    value: first.text,
    where,
    column: table.header[first.column]!,
    line: table.lines[first.row]!,
    more: count - 1,
    others: inColumns > 1 ? `in ${inColumns} columns` : "in this column",
  });
}

export function notANumber(at: { value: string; where?: string; column: string; line: number; more: number; others: string }): IngestError {
  const more = at.more > 0 ? ` (and ${at.more} more such cells ${at.others})` : "";
  const beyond = /^[+-]?(?:inf(?:inity)?|\d+\.?\d*e\+?\d+|\d{39,}\.?\d*)$/i.test(at.value);
  const advice = /^[<>≤≥]/.test(at.value)
    ? "A value below the limit of detection has to be written as a number (half of the limit is customary) or left empty."
    : beyond
      ? "Values are kept as float32, which ends at 3.4e38: write a smaller number, or leave the cell empty."
      : "Correct it; leave the cell empty or write NA where the value is missing.";
  return new IngestError(
    "not_a_number",
    `${at.where ?? ""}line ${at.line}, column ${JSON.stringify(at.column)}: ${JSON.stringify(at.value.slice(0, 60))} ${beyond ? "is too large" : "is no number"}, in a column of numbers${more}`,
    advice,
    { row: at.line, column: at.column },
  );
}

/** Some columns of a table as features. */
function columnsOf(table: TextTable, features: readonly number[]): DenseMatrix {
  const columns = Uint32Array.from(features);
  // not the whole table: what was kept of its spelling can go
  const { blocks, rowsPerBlock, columns: stride } = table;
  return {
    kind: "dense",
    inMemory: true,
    fill(from, to, first, last, out) {
      let k = 0;
      for (let row = from; row < to; row++) {
        const block = blocks[Math.floor(row / rowsPerBlock)]!;
        const base = (row % rowsPerBlock) * stride;
        for (let j = first; j < last; j++) out[k++] = block[base + columns[j]!]!;
      }
    },
  };
}

import type { Orientation } from "../cohort.ts";
import { isFeatureHeading, isIdName, targetRank } from "../names.ts";
import type { TextTable } from "./table.ts";

/** What kind of thing the columns and rows of a table are. */
export interface Kinds {
  /** columns that are text: more text than numbers among their filled cells */
  textColumns: number[];
  /** are all columns beside the first text, by that count */
  allText: boolean;
  /** rows that are text in the other columns, two cells of it or more */
  textRows: number[];
}

export interface OrientationFound {
  orientation: Orientation;
  reasons: string[];
  /** evidence for it minus evidence against it; 1 or less is hardly any */
  margin: number;
}

/** names that only features have */
const featureLike =
  /^(?:(?:hsa|mmu|rno)-|let-7|mi-?r-?\d|ENS[A-Z]*[EGTP]\d{6}|cg\d{7}|OTU|ASV|IMAGE_\d|AFFX|[NX][MR]_\d|rs\d{4}|[OPQ]\d[A-Z0-9]{3}\d|A0A\d|Hsa\.\d|chr[\dXYM]+[:_])|_(?:at|st)$/i;
/** names that only samples have */
const sampleLike =
  /^(?:(?:sample|patient|subject|donor|case|control|tumou?r|normal|participant|S|P|N|T)[ _.-]?\d+|GSM\d+|[SED]RR\d+|TCGA-)|[ACGT]{12,}-\d+$/i;

export function kindsOf(table: TextTable): Kinds {
  const isTextColumn = (column: number, numbers: number) => table.textIn(column) > numbers;
  const textColumns: number[] = [];
  for (let column = 0; column < table.columns; column++) {
    if (table.textIn(column) > 0 && isTextColumn(column, table.numbersIn(column))) textColumns.push(column);
  }
  const allText = textColumns.filter((column) => column > 0).length === table.columns - 1;
  const ignored = new Set(allText ? [0] : [0, ...textColumns]);
  const textOfRow = new Map<number, number>();
  for (const [column, cells] of table.textCells) {
    if (ignored.has(column)) continue;
    for (const row of cells.rows) textOfRow.set(row, (textOfRow.get(row) ?? 0) + 1);
  }
  const textRows: number[] = [];
  for (const [row, texts] of textOfRow) {
    let numbers = 0;
    for (let column = 1; column < table.columns; column++) {
      if (!ignored.has(column) && !Number.isNaN(table.at(row, column))) numbers++;
    }
    if (texts > numbers && texts > 1) textRows.push(row);
  }
  return { textColumns, allText, textRows: textRows.sort((a, b) => a - b) };
}

/** Finds out whether samples are rows or columns. @param sheetIds  ids of a sample sheet, the surest sign there is */
export function findOrientation(table: TextTable, kinds: Kinds, sheetIds?: readonly ReadonlySet<string>[]): OrientationFound {
  const reasons: { text: string; weight: number }[] = [];
  /** @param weight  above 0: samples in rows; below 0: samples in columns */
  const see = (weight: number, text: string) => {
    if (weight !== 0) reasons.push({ weight, text });
  };
  const names = firstNames(table);
  const headings = table.header.slice(1, 201);
  if (sheetIds) {
    const inRows = Math.max(0, ...sheetIds.map((ids) => share(idsInRows(table), (name) => ids.has(name))));
    const inColumns = Math.max(0, ...sheetIds.map((ids) => share(table.header.slice(1), (name) => ids.has(name))));
    if (inRows > 0 || inColumns > 0) {
      see(inRows > inColumns ? 30 : -30, `names of the sample sheet stand in the ${inRows > inColumns ? "first column" : "header"}`);
    }
  }
  const corner = table.header[0]!;
  if (kinds.textRows.length > 0 && kinds.textRows.length < table.rows) {
    const name = table.spelled(kinds.textRows[0]!, 0);
    // lines that describe samples stand together above or below the numbers; elsewhere they may be faults
    const rows = kinds.textRows;
    const top = rows.every((row, k) => row === k);
    const bottom = rows.every((row, k) => row === table.rows - rows.length + k);
    see(top || bottom ? -10 : -3, `line ${table.lines[kinds.textRows[0]!]} (${name}) is text across columns that are numbers below`);
  }
  // features have an id or a name as well
  if (isIdName(corner)) see(/^(?:id|name|accession)$/i.test(corner) ? 1 : 4, `the first column is headed ${corner}`);
  if (isFeatureHeading(corner)) see(-4, `the first column is headed ${corner}`);
  const target = kinds.textColumns.find((column) => column > 0 && targetRank(table.header[column]!) >= 0);
  if (target !== undefined) see(6, `there is a text column ${table.header[target]}`);
  else if (kinds.textColumns.some((column) => column > 0)) see(2, "there are text columns beside the numbers");
  const numericTarget = table.header.findIndex(
    (name, column) => column > 0 && targetRank(name) >= 0 && !kinds.textColumns.includes(column),
  );
  if (numericTarget > 0) see(3, `there is a column ${table.header[numericTarget]}`);
  const targetRow = names.find((name) => targetRank(name) >= 0);
  if (targetRow !== undefined) see(-3, `there is a row ${targetRow}`);
  see(
    Math.round(4 * (share(headings, (name) => featureLike.test(name)) - share(names, (name) => featureLike.test(name)))),
    "names of features, by their look",
  );
  see(
    Math.round(4 * (share(names, (name) => sampleLike.test(name)) - share(headings, (name) => sampleLike.test(name)))),
    "names of samples, by their look",
  );
  const ratio = table.columns / table.rows;
  see(ratio > 3 ? 2 : ratio > 1 ? 1 : ratio < 1 / 3 ? -2 : -1, `${table.rows} rows and ${table.columns} columns`);
  const sum = reasons.reduce((total, { weight }) => total + weight, 0);
  const inRows = sum >= 0;
  return {
    orientation: inRows ? "samples_in_rows" : "samples_in_columns",
    reasons: reasons.filter(({ weight }) => weight > 0 === inRows).map(({ text }) => text),
    margin: Math.abs(sum),
  };
}

function firstNames(table: TextTable): string[] {
  return Array.from({ length: Math.min(table.rows, 200) }, (_, row) => table.spelled(row, 0));
}

function idsInRows(table: TextTable): string[] {
  return Array.from({ length: table.rows }, (_, row) => table.spelled(row, 0));
}

function share(names: readonly string[], test: (name: string) => boolean): number {
  return names.length === 0 ? 0 : names.filter(test).length / names.length;
}

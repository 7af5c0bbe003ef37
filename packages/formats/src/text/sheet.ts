import type { Cohort, ObsColumn } from "../cohort.ts";
import { categorical } from "../cohort.ts";
import { IngestError, ofSheet } from "../errors.ts";
import { isMissing, numberOf } from "./number.ts";
import { kindsOf } from "./orientation.ts";
import { refuseText, withUniqueNames } from "./rows.ts";
import type { TextTable } from "./table.ts";

/** Distinct values of every column of a sheet that could hold sample names. */
export function sheetIds(sheet: TextTable): Set<string>[] {
  return sheet.header.map((_, column) => new Set(columnTexts(sheet, column).filter((text) => text !== "")));
}

function columnTexts(sheet: TextTable, column: number): string[] {
  return sheet.kept.get(column)!;
}

/**
 * Adds the columns of a sample sheet to a cohort, joined by name: the column whose values name most samples is the key.
 * Samples that the sheet lacks get missing values; lines of other samples are passed over.
 * @throws IngestError  no column names any sample
 */
export function joinSheet(cohort: Cohort, sheet: TextTable): Cohort {
  try {
    return joined(cohort, sheet);
  } catch (error) {
    throw ofSheet(error);
  }
}

function joined(cohort: Cohort, sheet: TextTable): Cohort {
  const wanted = new Set(cohort.sampleIds);
  let key = -1;
  let matched = 0;
  sheetIds(sheet).forEach((ids, column) => {
    const found = cohort.sampleIds.filter((id) => ids.has(id)).length;
    if (found > matched) {
      key = column;
      matched = found;
    }
  });
  if (key < 0) throw noMatch(cohort, sheet);
  const texts = columnTexts(sheet, key);
  const rowOf = new Map<string, number>();
  const doubled = new Set<string>();
  texts.forEach((id, row) => {
    if (rowOf.has(id)) doubled.add(id);
    else rowOf.set(id, row);
  });
  const rows = cohort.sampleIds.map((id) => rowOf.get(id) ?? -1);
  return {
    ...cohort,
    obs: withUniqueNames([...cohort.obs, ...sheetColumns(sheet, key, rows)]),
    notes: {
      ...cohort.notes,
      sheet: {
        column: sheet.header[key]!,
        matched,
        samplesWithout: cohort.sampleIds.filter((id) => !rowOf.has(id)),
        rowsWithout: [...rowOf.keys()].filter((id) => !wanted.has(id)),
        doubled: [...doubled].filter((id) => wanted.has(id)),
      },
    },
  };
}

function sheetColumns(sheet: TextTable, key: number, rows: readonly number[]): ObsColumn[] {
  const { textColumns } = kindsOf(sheet);
  const out: ObsColumn[] = [];
  sheet.header.forEach((name, column) => {
    const texts = columnTexts(sheet, column);
    if (column === key || (name === "" && texts.every((text) => text === ""))) return;
    if (textColumns.includes(column)) {
      out.push(
        categorical(
          name,
          rows.map((row) => (row < 0 || isMissing(texts[row]!) ? null : texts[row]!)),
        ),
      );
      return;
    }
    refuseText(sheet, [column], "sample sheet, ");
    const values = Float64Array.from(rows, (row) => (row < 0 ? Number.NaN : (numberOf(texts[row]!, sheet.decimalComma) ?? Number.NaN)));
    out.push({ name, kind: "numeric", values });
  });
  return out;
}

function noMatch(cohort: Cohort, sheet: TextTable): IngestError {
  const examples = (names: readonly string[]) =>
    names
      .slice(0, 3)
      .map((name) => JSON.stringify(name))
      .join(", ");
  return new IngestError(
    "sheet_mismatch",
    `no column of the sample sheet names a sample of the matrix: the matrix has ${examples(cohort.sampleIds)}; the sheet's column ${JSON.stringify(sheet.header[0])} has ${examples(columnTexts(sheet, 0))}`,
    "Give the sheet a column with the same sample names as the matrix, letter by letter.",
  );
}

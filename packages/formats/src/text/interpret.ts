import type { Cohort, Orientation } from "../cohort.ts";
import { IngestError } from "../errors.ts";
import { samplesInColumns } from "./columns.ts";
import { findOrientation, type Kinds, kindsOf } from "./orientation.ts";
import { samplesInRows } from "./rows.ts";
import { joinSheet, sheetIds } from "./sheet.ts";
import type { TextTable } from "./table.ts";

/** Turns a text table, and perhaps a sample sheet, into a cohort. */
export function interpret(table: TextTable, asked: Orientation | "auto", sheet?: TextTable): Cohort {
  const kinds = kindsOf(table);
  refuseProse(table, kinds);
  const found = findOrientation(table, kinds, sheet && sheetIds(sheet));
  const orientation = asked === "auto" ? found.orientation : asked;
  const notes = {
    orientation,
    orientationAsked: asked !== "auto",
    orientationReasons: asked === "auto" ? found.reasons : ["it was asked for"],
    orientationMargin: asked === "auto" ? found.margin : Number.POSITIVE_INFINITY,
  };
  const cohort = orientation === "samples_in_rows" ? samplesInRows(table, kinds, notes) : samplesInColumns(table, kinds, notes);
  return sheet ? joinSheet(cohort, sheet) : cohort;
}

/** A table of text in both directions is a list of labels or descriptions, no matrix. */
function refuseProse(table: TextTable, kinds: Kinds): void {
  if (!kinds.allText) return;
  let texts = 0;
  let numbers = 0;
  for (let column = 1; column < table.columns; column++) {
    texts += table.textIn(column);
    numbers += table.numbersIn(column);
  }
  if (numbers > texts) return;
  throw new IngestError(
    "no_features",
    `of the ${numbers + texts} filled cells beside the first column only ${numbers} are numbers: this is no matrix`,
    "Upload a matrix whose features are numbers. A table of sample descriptions goes into the second file, the sample sheet.",
  );
}

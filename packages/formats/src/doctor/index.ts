import { classes } from "./classes.ts";
import { confounding } from "./confounding.ts";
import { constant } from "./constant.ts";
import { duplicates } from "./duplicates.ts";
import { excelNames } from "./excel-names.ts";
import type { Check, DoctorInput, DoctorReport } from "./finding.ts";
import { ids } from "./ids.ts";
import { labels } from "./labels.ts";
import { missing } from "./missing.ts";
import { orientation } from "./orientation.ts";
import { scale } from "./scale.ts";

const checks: readonly Check[] = [orientation, ids, labels, classes, confounding, missing, constant, duplicates, excelNames, scale];

/** All findings on an upload, in the order in which they are best read. */
export function examine(input: DoctorInput): DoctorReport {
  return { findings: checks.flatMap((check) => check(input) ?? []) };
}

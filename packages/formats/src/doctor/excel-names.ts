import type { Check } from "./finding.ts";
import { listed, plural } from "./finding.ts";

const months = "Jan|Feb|Mar|Mrz|Apr|May|Mai|Jun|Jul|Aug|Sept?|Oct|Okt|Nov|Dec|Dez";
const patterns = [
  new RegExp(`^(\\d{1,2})[-./ ](${months})(?:[-./ ]\\d{2,4})?(?:\\.\\d+)?$`, "i"),
  new RegExp(`^(${months})[-./ ](\\d{1,2}|\\d{4})(?:\\.\\d+)?$`, "i"),
];
const isoDate = /^(?:19|20)\d\d-\d\d-\d\d(?: 00:00:00)?(?:\.\d+)?$/;
const scientific = /^\d(?:\.\d+)?E\+\d+$/;

/** Genes whose names a spreadsheet turned into dates (SEPT2, MARCH1, DEC1) or into numbers (2310009E13). */
export const excelNames: Check = ({ cohort }) => {
  const damaged = cohort.x.featureNames.filter(isDamaged);
  if (damaged.length === 0) return undefined;
  return {
    id: "excel_names",
    severity: "warning",
    title: `${plural(damaged.length, "feature name")} damaged by a spreadsheet`,
    detail: "A spreadsheet takes names such as SEPT2, MARCH1 and DEC1 for dates, and names such as 2310009E13 for numbers.",
    remedy:
      "Export the table again from its source without opening it in a spreadsheet, or use today's gene symbols (SEPTIN2, MARCHF1, DELEC1).",
    ...listed(damaged.map((name) => ({ name, value: guess(name) }))),
  };
};

export function isDamaged(name: string): boolean {
  return patterns.some((pattern) => pattern.test(name)) || isoDate.test(name) || scientific.test(name);
}

/** What the name may have been. */
function guess(name: string): string {
  const dayFirst = patterns[0]!.exec(name);
  const monthFirst = patterns[1]!.exec(name);
  const [day, month] = dayFirst ? [dayFirst[1]!, dayFirst[2]!] : monthFirst ? [monthFirst[2]!, monthFirst[1]!] : ["", ""];
  const number = Number(day);
  if (/^sep/i.test(month)) return `perhaps SEPT${number} (SEPTIN${number})`;
  if (/^m(?:ar|rz)/i.test(month)) return `perhaps MARCH${number} (MARCHF${number}) or MARC${number}`;
  if (/^de[cz]/i.test(month)) return `perhaps DEC${number} (DELEC${number})`;
  if (/^o[ck]t/i.test(month)) return `perhaps OCT${number} (POU family)`;
  return "unknown";
}

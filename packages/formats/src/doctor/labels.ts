import type { ObsColumn } from "../cohort.ts";
import { findTarget } from "../target.ts";
import type { Check, Finding } from "./finding.ts";
import { listed } from "./finding.ts";

/** What could be predicted, and labels that are one class in several spellings. */
export const labels: Check = ({ cohort }) => {
  const found = findTarget(cohort.obs);
  const findings: Finding[] = [];
  if (found.found) {
    const why = found.by === "name" ? "by its name" : "because no other column is text";
    findings.push({
      id: "label",
      severity: "info",
      title: `The label is taken to be ${found.column.name}`,
      detail: `It was found ${why}.`,
      remedy: "To predict another column, name it as target_column.",
    });
  } else if (found.candidates.length > 0) {
    findings.push({
      id: "label",
      severity: "info",
      title: "Several columns could be the label",
      detail: "None has a name that labels have by custom.",
      remedy: "Name one as target_column.",
      ...listed(found.candidates.map((name) => ({ name }))),
    });
  } else {
    findings.push({
      id: "label",
      severity: "warning",
      title: "No label was found",
      detail: "No column of text describes the samples, and none of numbers is named like a label, so there is nothing to predict yet.",
      remedy:
        "Add a column of labels, upload a sample sheet with the same sample names beside the matrix, or name a column of numbers as target_column.",
    });
  }
  for (const column of cohort.obs) {
    const variants = column.kind === "categorical" ? spellings(column) : [];
    if (variants.length === 0) continue;
    findings.push({
      id: "label_spelling",
      severity: "warning",
      title: `${column.name} has classes that differ only in spelling`,
      detail: "Capital letters, blanks and punctuation make them classes of their own.",
      remedy: "Spell each class one way.",
      ...listed(variants.map((names) => ({ name: names[0]!, value: names.slice(1).join(", ") }))),
    });
  }
  return findings;
};

/** Groups of categories that are equal but for case, blanks, dashes, dots and underscores. */
function spellings(column: Extract<ObsColumn, { kind: "categorical" }>): string[][] {
  if (column.categories.length > 200) return [];
  const groups = Map.groupBy(column.categories, (name) =>
    name
      .toLowerCase()
      .replace(/[\s._-]+/g, " ")
      .trim(),
  );
  return [...groups.values()].filter((group) => group.length > 1);
}

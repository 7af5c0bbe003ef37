import { classSizes, findTarget } from "../target.ts";
import type { Check, Finding } from "./finding.ts";
import { listed, plural } from "./finding.ts";

const SMALL = 10;

/** How many samples each class of the label has. */
export const classes: Check = ({ cohort }) => {
  const found = findTarget(cohort.obs);
  if (!found.found || found.column.kind !== "categorical") return undefined;
  const { column } = found;
  const sizes = classSizes(column);
  const labelled = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.length < 2) return oneClass(column.name, column.categories[0]);
  if (sizes.length === labelled) return allDifferent(column.name, labelled);
  if (sizes.length > 50) return undefined;
  const items = column.categories.map((name, k) => ({ name, value: sizes[k]! }));
  const least = Math.min(...sizes);
  const most = Math.max(...sizes);
  const finding: Finding = {
    id: "class_sizes",
    severity: "info",
    title: `${column.name}: ${sizes.length} classes of ${least} to ${most} samples`,
    detail: `The largest class is ${(most / least).toFixed(1)} times the smallest.`,
    remedy: "",
    ...listed(items),
  };
  const unlabelled = cohort.sampleIds.length - labelled;
  if (unlabelled > 0) finding.detail += ` ${plural(unlabelled, "sample has", "samples have")} no label and will not be used.`;
  if (least < SMALL) {
    finding.severity = "warning";
    finding.remedy = `A class of fewer than ${SMALL} samples gives wide intervals and may be missing from a fold: use fewer folds, merge classes, or add samples.`;
  } else if (most > 4 * least) {
    finding.severity = "warning";
    finding.remedy = "Judge by balanced accuracy or ROC AUC, not by accuracy, and consider balance: class_weight.";
  }
  return finding;
};

function oneClass(label: string, only: string | undefined): Finding {
  return {
    id: "class_sizes",
    severity: "error",
    title: only === undefined ? `${label} is empty` : `${label} has one class only (${only})`,
    detail: "There is nothing to tell apart: no study of this label can be run.",
    remedy: "Add samples of another class, or name another column as target_column.",
  };
}

function allDifferent(label: string, labelled: number): Finding {
  return {
    id: "class_sizes",
    severity: "error",
    title: `${label} is different for each of its ${labelled} samples`,
    detail: "These are names, not classes: no study of this label can be run.",
    remedy: "Name another column as target_column, or merge the values into classes.",
  };
}

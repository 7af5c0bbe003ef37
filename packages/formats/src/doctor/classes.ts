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
  if (sizes.length < 2 || sizes.length > 50) return undefined;
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
  const unlabelled = cohort.sampleIds.length - sizes.reduce((sum, size) => sum + size, 0);
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

import type { Check } from "./finding.ts";
import { listed, plural } from "./finding.ts";

/** Missing values: how many, and in which features most. */
export const missing: Check = ({ cohort, stats }) => {
  const { n, p } = stats;
  let total = 0;
  let half = 0;
  let empty = 0;
  const worst: number[] = [];
  stats.missing.forEach((count, j) => {
    total += count;
    if (count === 0) return;
    worst.push(j);
    if (count === n) empty++;
    else if (2 * count >= n) half++;
  });
  if (total === 0) return undefined;
  worst.sort((a, b) => stats.missing[b]! - stats.missing[a]! || a - b);
  const share = (100 * total) / (n * p);
  const parts = [`${plural(worst.length, "feature")} of ${p} affected`];
  if (half > 0) parts.push(`${half} at least half missing`);
  if (empty > 0) parts.push(`${empty} without any value`);
  return {
    id: "missing_values",
    severity: empty > 0 || half > 0 || share > 5 ? "warning" : "info",
    title: `${plural(total, "value")} missing (${share < 0.1 ? share.toPrecision(2) : share.toFixed(1)} %)`,
    detail: `${parts.join("; ")}.`,
    remedy:
      empty + half > 0
        ? "Missing values are imputed inside every training part (median unless asked otherwise); consider leaving out features that are mostly missing."
        : "Missing values are imputed inside every training part (median unless asked otherwise).",
    ...listed(worst.map((j) => ({ name: cohort.x.featureNames[j]!, value: stats.missing[j]! }))),
  };
};

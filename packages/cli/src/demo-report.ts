import type { SelectionMetrics } from "@omicselector2/contracts";
import Table from "cli-table3";
import { number, performanceLines } from "./summary.ts";

/** The signature beside the planted truth. */
export function demoReport(planted: readonly string[], selected: readonly string[], metrics: SelectionMetrics): string {
  const truth = new Set(planted);
  const found = selected.filter((feature) => truth.has(feature));
  const missed = planted.filter((feature) => !selected.includes(feature));
  const table = new Table({ head: ["feature", "frequency", "truth"], style: { head: [], border: [], compact: true } });
  for (const feature of selected) table.push([feature, share(metrics, feature), truth.has(feature) ? "planted: found" : "false"]);
  for (const feature of missed) table.push([feature, share(metrics, feature), "planted: missed"]);
  return [
    table.toString(),
    `${found.length} of ${planted.length} planted features found, ${missed.length} missed, ${selected.length - found.length} false`,
    ...performanceLines(metrics.performance),
    `stability ${number(metrics.stability.index)}; 1 is the same selection every time, 0 is chance`,
    ...metrics.notes,
  ].join("\n");
}

function share({ stability_scores }: SelectionMetrics, feature: string): string {
  return `${Math.round(100 * (stability_scores[feature] ?? 0))} %`;
}

import type { Performance, SelectionResult } from "@omicselector2/contracts";
import Table from "cli-table3";

/** A result as people read it: table of the signature, then what is known about it. */
export function summaryOf(result: SelectionResult, rows = 50): string {
  const { consensus } = result.metrics;
  const shown = consensus.length > rows ? [`... and ${consensus.length - rows} more in features.csv`] : [];
  return [
    datasetLine(result),
    ...(consensus.length === 0 ? [] : [signatureTable(result, rows), ...shown]),
    signatureLine(result),
    ...performanceLines(result.metrics.performance),
    stabilityLine(result),
    ...result.metrics.notes,
  ].join("\n");
}

function datasetLine({ dataset }: SelectionResult): string {
  const classes =
    dataset.classes === null
      ? `${dataset.task}${dataset.n_events === null ? "" : `, ${plural(dataset.n_events, "event")}`}`
      : Object.entries(dataset.classes)
          .map(([name, size]) => `${size} ${name}`)
          .join(", ");
  const target = dataset.target === null ? "no target" : `${dataset.target}: ${classes}`;
  return `${dataset.n_samples} samples x ${dataset.n_features} features, ${target}`;
}

function signatureTable(result: SelectionResult, rows: number): string {
  const { metrics, methods } = result;
  const stable = metrics.stability.enabled;
  const several = methods.length > 1;
  const head = ["rank", "feature", stable ? "frequency" : "score", ...(several ? methods : [])];
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, i) => (i === 1 ? "left" : "right")),
  });
  const ranks = methods.map((id) => new Map(metrics.methods[id]!.ranking.map(({ feature, rank }) => [feature, rank])));
  for (const { feature, rank, score } of metrics.consensus.slice(0, rows)) {
    const value = stable ? percent(metrics.stability_scores[feature]!) : number(score);
    table.push([rank, feature, value, ...(several ? ranks.map((byName) => byName.get(feature) ?? "-") : [])]);
  }
  return table.toString();
}

/** "12 features, seen in 70 % or more of 100 resamples; at most 1 expected by chance" */
export function signatureLine({ metrics, selected_features }: SelectionResult): string {
  const { stability } = metrics;
  const count = plural(selected_features.length, "feature");
  if (!stability.enabled) return `${count} selected`;
  const seen = `${count}, seen in ${percent(stability.threshold!)} or more of ${stability.resamples} resamples`;
  if (stability.pfer === null) return `${seen}; ${stability.pfer_note ?? "no bound on false ones"}`;
  return `${seen}; at most ${number(stability.pfer)} expected by chance`;
}

const titles: Record<string, string> = {
  roc_auc: "ROC AUC",
  c_index: "C index (Harrell)",
  uno_c: "C index (Uno)",
  balanced_accuracy: "balanced accuracy",
  accuracy: "accuracy",
  rmse: "RMSE",
  mae: "MAE",
  r2: "R2",
  mcc: "MCC",
};

export function performanceLines(performance: Performance): string[] {
  const folds = performance.n_features_by_fold.length;
  const lines = Object.entries(titles).flatMap(([key, title]) => {
    const value = performance[key];
    if (typeof value !== "number") return [];
    const interval = performance[`${key}_interval`];
    const range = Array.isArray(interval) ? ` (95 % interval ${number(interval[0])} to ${number(interval[1])})` : "";
    return [`${title} ${number(value)}${range}`];
  });
  if (folds === 0) return ["no outer estimate: there is no target to predict"];
  const source = `estimated on ${folds} folds that took no part in selecting; ${performance.model}`;
  return [...lines, source, ...performance.notes];
}

function stabilityLine({ metrics }: SelectionResult): string {
  const { index, interval, over, resamples } = metrics.stability;
  const where = over === "resamples" ? `${resamples} resamples` : `${resamples} outer folds`;
  if (index === null) return `stability over ${where}: not defined, all selections are empty or full`;
  const range = interval === null ? "" : ` (95 % interval ${number(interval[0])} to ${number(interval[1])})`;
  return `stability ${number(index)}${range} over ${where}; 1 is the same selection every time, 0 is chance`;
}

function plural(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Three digits that mean something. */
export function number(value: number | null): string {
  if (value === null) return "-";
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}

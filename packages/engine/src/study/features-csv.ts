import type { SelectionResult } from "@omicselector2/contracts";

/** One line per feature of the signature: rank, selection share, and the rank and score of each method. */
export function featuresCsv(result: SelectionResult): string {
  const header = ["feature", "rank", "score", "stability_score", ...result.methods.flatMap((id) => [`${id}_rank`, `${id}_score`])];
  const ranks = result.methods.map((id) => new Map(result.metrics.methods[id]!.ranking.map((row) => [row.feature, row])));
  const rows = result.metrics.consensus.map(({ feature, rank, score }) => [
    feature,
    rank,
    score,
    result.metrics.stability_scores[feature] ?? null,
    ...ranks.flatMap((byName) => [byName.get(feature)?.rank ?? null, byName.get(feature)?.score ?? null]),
  ]);
  return `${[header, ...rows].map((row) => row.map(cell).join(",")).join("\n")}\n`;
}

/** RFC 4180; a text that a spreadsheet would run as a formula is kept a text. */
function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+@-]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

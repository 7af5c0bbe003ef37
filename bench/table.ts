import Table from "cli-table3";
import { type Comparison, isMet, type Measure } from "./row.ts";

export function comparisonTable(rows: readonly Comparison[]): string {
  const table = tableOf(
    ["work", "ours", "peer", "theirs", "ratio", "agreement", "target", ""],
    ["left", "right", "left", "right", "right"],
  );
  const notes: string[] = [];
  for (const row of rows) {
    if (row.note !== undefined && !notes.includes(row.note)) notes.push(row.note);
    const mark = row.note === undefined ? "" : ` [${notes.indexOf(row.note) + 1}]`;
    table.push([
      `${row.work}${mark}`,
      seconds(row.ours),
      row.peer ?? "",
      row.theirs === undefined ? "" : seconds(row.theirs),
      row.ratio === undefined ? "" : row.ratio.toPrecision(2),
      row.agreement ?? "",
      row.target === undefined ? "" : "ratio" in row.target ? `${row.target.ratio} times` : `${row.target.seconds} s`,
      verdict(isMet(row)),
    ]);
  }
  return [table.toString(), ...notes.map((note, i) => `[${i + 1}] ${note}`)].join("\n");
}

export function measureTable(rows: readonly Measure[]): string {
  const table = tableOf(["what", "measured", "unit", "target", "", "note"], ["left", "right", "left", "right"]);
  for (const { what, measured, unit, target, note } of rows) {
    const met = target === null ? undefined : measured <= target;
    table.push([what, measured >= 100 ? measured.toFixed(0) : measured.toPrecision(3), unit, target ?? "", verdict(met), note ?? ""]);
  }
  return table.toString();
}

function tableOf(head: string[], colAligns: ("left" | "right")[]) {
  return new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
}

function verdict(met: boolean | undefined): string {
  return met === undefined ? "" : met ? "met" : "NOT MET";
}

export function seconds(value: number): string {
  if (value < 0.1) return `${(1000 * value).toFixed(0)} ms`;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(2)} s`;
}

import type { ObsColumn } from "./cohort.ts";
import { targetRank } from "./names.ts";

export type TargetFound =
  | { found: true; column: ObsColumn; by: "request" | "name" | "only_text_column" }
  | { found: false; candidates: string[] };

/**
 * The sample column to be predicted: the one asked for; else the one named target, label, class, outcome, group, condition,
 * diagnosis, phenotype, status or y (any case, the earlier name first); else the only column that is not numeric; else none, with
 * the columns that could be meant.
 */
export function findTarget(obs: readonly ObsColumn[], requested?: string): TargetFound {
  const candidates = labelCandidates(obs);
  if (requested !== undefined) {
    const column = obs.find(({ name }) => name === requested);
    return column ? { found: true, column, by: "request" } : { found: false, candidates };
  }
  const named = [...obs].filter(({ name }) => targetRank(name) >= 0).sort((a, b) => targetRank(a.name) - targetRank(b.name))[0];
  if (named) return { found: true, column: named, by: "name" };
  const text = obs.filter(({ kind }) => kind === "categorical");
  if (text.length === 1) return { found: true, column: text[0]!, by: "only_text_column" };
  return { found: false, candidates };
}

/** Columns that could be a label, likeliest first: named like one, then text with at least two classes, then numbers. */
export function labelCandidates(obs: readonly ObsColumn[]): string[] {
  const grade = (column: ObsColumn): number => {
    const rank = targetRank(column.name);
    if (rank >= 0) return rank;
    if (column.kind === "numeric") return 300;
    const filled = column.codes.reduce((count, code) => count + (code < 0 ? 0 : 1), 0);
    const classes = column.categories.length;
    if (classes < 2 || classes === filled) return Number.POSITIVE_INFINITY;
    return 100 + Math.min(classes, 100);
  };
  return obs
    .map((column, k) => ({ name: column.name, grade: grade(column), k }))
    .filter(({ grade }) => Number.isFinite(grade))
    .sort((a, b) => a.grade - b.grade || a.k - b.k)
    .map(({ name }) => name);
}

/** Samples in each class, in the order of the categories; samples without one are not counted. */
export function classSizes(column: Extract<ObsColumn, { kind: "categorical" }>): number[] {
  const sizes = new Array<number>(column.categories.length).fill(0);
  for (const code of column.codes) if (code >= 0) sizes[code]!++;
  return sizes;
}

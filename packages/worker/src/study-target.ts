import type { SelectionConfig } from "@omicselector2/contracts";
import { EngineError, type Target } from "@omicselector2/engine";
import { findTarget, labelCandidates, type ObsColumn } from "@omicselector2/formats";
import { orderClasses } from "./positive-class.ts";
import type { StudySource } from "./source.ts";

/** A numeric target with more values than this is a quantity, not a class. */
const MOST_NUMERIC_CLASSES = 20;

export interface StudyTarget {
  /** null where there is no target */
  readonly name: string | null;
  /** survival: the column that says whether the event was seen; `name` is then the time */
  readonly eventName: string | null;
  readonly target: Target;
  readonly positiveClass: string | null;
  /** samples with a label (all, without a target), ascending; the target is in their order */
  readonly rows: Uint32Array;
}

/**
 * Finds the target and turns it into what the engine wants.
 * @throws EngineError  target_unusable or option_invalid, listing the candidates
 */
export function resolveTarget(source: StudySource, config: SelectionConfig): StudyTarget {
  const column = findColumn(source, config.target_column ?? guessTarget(source.obs), "target_column");
  const rows = presentRows(column);
  if (rows.length === 0) throw unusable(`column ${column.name} has no value in any sample`);
  const name = column.name;
  if (config.task === "regression" || (config.task === undefined && isQuantity(column, rows))) {
    if (config.positive_class !== undefined) {
      throw new EngineError("option_invalid", `positive_class is for two classes; ${name} is a quantity`, ["config", "positive_class"]);
    }
    return { name, eventName: null, rows, target: { task: "regression", y: quantity(column, rows) }, positiveClass: null };
  }
  const labels = labelsOf(column, rows);
  const { classes, positive } = orderClasses([...new Set(labels)].sort(), config.positive_class);
  const codes = new Map(classes.map((label, code) => [label, code]));
  const y = Int32Array.from(labels, (label) => codes.get(label)!);
  return {
    name,
    eventName: null,
    rows,
    target: { task: classes.length > 2 ? "multiclass" : "binary", classes, y },
    positiveClass: positive,
  };
}

/** All samples, and nothing to predict. @throws EngineError  option_invalid for what speaks of a target */
export function noTarget({ n }: StudySource, config: SelectionConfig): StudyTarget {
  const stray = (["target_column", "time_column", "event_column", "positive_class"] as const).find((field) => config[field] !== undefined);
  if (stray !== undefined) {
    throw new EngineError("option_invalid", `task unsupervised has no target; leave ${stray} out, or choose another task`, [
      "config",
      stray,
    ]);
  }
  const rows = Uint32Array.from({ length: n }, (_, i) => i);
  return { name: null, eventName: null, rows, target: { task: "unsupervised", n }, positiveClass: null };
}

/** A column of the samples or, where none has that name, a feature. @throws EngineError  listing what there is */
export function findColumn(source: StudySource, name: string, field: string): ObsColumn {
  const column = [...source.obs, ...source.namedFeatures].find((each) => each.name === name);
  if (column !== undefined) return column;
  throw new EngineError("option_invalid", `there is no column ${name}; ${candidates(source.obs)}`, ["config", field]);
}

/** Samples in which a column has a value. */
export function presentRows(column: ObsColumn): Uint32Array {
  const present = column.kind === "categorical" ? (i: number) => column.codes[i]! >= 0 : (i: number) => !Number.isNaN(column.values[i]!);
  const n = column.kind === "categorical" ? column.codes.length : column.values.length;
  return Uint32Array.from({ length: n }, (_, i) => i).filter(present);
}

/** Values of a column as text, in the order of `rows`. */
export function labelsOf(column: ObsColumn, rows: Uint32Array): string[] {
  return Array.from(rows, (i) => (column.kind === "categorical" ? column.categories[column.codes[i]!]! : String(column.values[i]!)));
}

/** Finds the target's name by custom, or by being the only text. */
function guessTarget(obs: readonly ObsColumn[]): string {
  const guess = findTarget(obs);
  if (guess.found) return guess.column.name;
  throw unusable(`it is not clear which column is to be predicted: name it as target_column; ${candidates(obs)}`);
}

function candidates(obs: readonly ObsColumn[]): string {
  const names = labelCandidates(obs);
  if (names.length === 0)
    return "no sample column could be a label: add the labels to the file or as a sample sheet, or name a column of numbers";
  const shown = names.slice(0, 20);
  return `candidates: ${shown.join(", ")}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ""}`;
}

function isQuantity(column: ObsColumn, rows: Uint32Array): boolean {
  return column.kind === "numeric" && new Set(Array.from(rows, (i) => column.values[i]!)).size > MOST_NUMERIC_CLASSES;
}

function quantity(column: ObsColumn, rows: Uint32Array): Float64Array {
  if (column.kind === "categorical") throw unusable(`regression needs numbers, and column ${column.name} holds text`, "task");
  const values = Float64Array.from(rows, (i) => column.values[i]!);
  if (values.every((value) => value === values[0])) throw unusable(`column ${column.name} has the same value in every sample`);
  return values;
}

function unusable(message: string, field = "target_column"): EngineError {
  return new EngineError("target_unusable", message, ["config", field]);
}

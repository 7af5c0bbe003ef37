import type { SelectionConfig } from "@omicselector2/contracts";
import { EngineError } from "@omicselector2/engine";
import type { ObsColumn } from "@omicselector2/formats";
import type { StudySource } from "./source.ts";
import { findColumn, labelsOf, presentRows, type StudyTarget } from "./study-target.ts";

/** Words for an event that was seen, and for a sample that left before one. */
const seen = new Set([
  "1",
  "true",
  "t",
  "yes",
  "y",
  "event",
  "dead",
  "deceased",
  "died",
  "death",
  "relapse",
  "relapsed",
  "recurred",
  "recurrence",
  "progressed",
  "progression",
  "metastasis",
]);
const censored = new Set([
  "0",
  "false",
  "f",
  "no",
  "n",
  "none",
  "censored",
  "alive",
  "living",
  "disease free",
  "event free",
  "no event",
  "diseasefree",
]);

export function asksForSurvival({ task, time_column, event_column }: SelectionConfig): boolean {
  return task === "survival" || time_column !== undefined || event_column !== undefined;
}

/**
 * Time and event of each sample that has both.
 * @throws EngineError  option_invalid or target_unusable, with the field at fault
 */
export function resolveSurvival(source: StudySource, config: SelectionConfig): StudyTarget {
  const { time_column, event_column } = checkedColumns(config);
  const time = findColumn(source, time_column, "time_column");
  const event = findColumn(source, event_column, "event_column");
  const withEvent = new Set(presentRows(event));
  const rows = presentRows(time).filter((i) => withEvent.has(i));
  if (rows.length === 0) throw refused("time_column", `no sample has both a ${time_column} and a ${event_column}`);
  const target = { task: "survival", time: timesOf(time, rows), event: eventsOf(event, rows, config.event_value) } as const;
  return { name: time_column, eventName: event_column, target, positiveClass: null, rows };
}

function checkedColumns(config: SelectionConfig): { time_column: string; event_column: string } {
  const { task, time_column, event_column, target_column, positive_class } = config;
  if (time_column === undefined) throw refused("time_column", "survival needs time_column: the time to the event or to the last sight");
  if (event_column === undefined) throw refused("event_column", "survival needs event_column: whether the event was seen (1) or not (0)");
  if (time_column === event_column) throw refused("event_column", `${event_column} cannot be both the time and the event`);
  if (target_column !== undefined) throw refused("target_column", "give either target_column, or time_column and event_column");
  if (task !== undefined && task !== "survival") throw refused("task", `time_column and event_column make it survival, not ${task}`);
  if (positive_class !== undefined) throw refused("positive_class", "positive_class is for two classes; use event_value for survival");
  return { time_column, event_column };
}

function timesOf(column: ObsColumn, rows: Uint32Array): Float64Array {
  if (column.kind !== "numeric") throw refused("time_column", `survival times are numbers, and column ${column.name} holds text`);
  const bad = rows.find((i) => !(column.values[i]! > 0 && Number.isFinite(column.values[i]!)));
  if (bad !== undefined) {
    throw refused(
      "time_column",
      `${column.name} is ${column.values[bad]} in sample ${bad + 1}; survival times are above 0: leave the sample's time empty to leave it out`,
    );
  }
  return Float64Array.from(rows, (i) => column.values[i]!);
}

/** 1 where the event was seen. */
function eventsOf(column: ObsColumn, rows: Uint32Array, wanted: string | undefined): Uint8Array {
  const labels = labelsOf(column, rows);
  const values = [...new Set(labels)].sort();
  const shown = `${values.slice(0, 10).join(", ")}${values.length > 10 ? ", ..." : ""}`;
  if (wanted !== undefined && !values.includes(wanted))
    throw refused("event_value", `event_value is "${wanted}", but ${column.name} holds ${shown}`);
  if (values.length > 2 && wanted === undefined) {
    throw refused(
      "event_column",
      `${column.name} holds ${values.length} values (${shown}); name the one that says that the event was seen as event_value`,
    );
  }
  const isEvent = wanted === undefined ? (label: string) => wordOf(label, column.name) : (label: string) => label === wanted;
  const events = Uint8Array.from(labels, (label) => (isEvent(label) ? 1 : 0));
  if (!events.includes(1))
    throw refused("event_column", `${column.name} says that no sample had the event (${shown}); nothing can be learned from that`);
  return events;
}

/** Portals write codes such as 1:DECEASED; the code decides. */
function wordOf(label: string, column: string): boolean {
  const plain = label.trim().toLowerCase();
  const words = [plain, plain.split(":")[0]!];
  if (words.some((word) => seen.has(word))) return true;
  if (words.some((word) => censored.has(word))) return false;
  throw refused(
    "event_column",
    `it is not clear whether "${label}" in ${column} says that the event was seen; name the value that does as event_value`,
  );
}

function refused(field: string, message: string): EngineError {
  const code = field === "time_column" || field === "event_column" ? "target_unusable" : "option_invalid";
  return new EngineError(code, message, ["config", field]);
}

import type { Cohort } from "../cohort.ts";
import type { FeatureStats } from "../h5ad/visit.ts";

/** One thing that the upload doctor saw, and what its owner can do about it. */
export interface Finding {
  id: string;
  severity: "info" | "warning" | "error";
  title: string;
  detail: string;
  /** "" where nothing need be done */
  remedy: string;
  /** the first ones it is about */
  items?: FindingItem[];
  /** how many there are, when more than listed */
  count?: number;
}

export interface FindingItem {
  name: string;
  value?: number | string;
}

export interface DoctorReport {
  findings: Finding[];
}

/** What the findings are made from: names and notes of the cohort, and one pass over X. */
export interface DoctorInput {
  cohort: Cohort;
  stats: FeatureStats;
}

/** One file of this folder each. Undefined or an empty list: nothing to say. */
export type Check = (input: DoctorInput) => Finding | Finding[] | undefined;

const LISTED = 25;

/** The first items and the count of all. */
export function listed(items: readonly FindingItem[]): Pick<Finding, "items" | "count"> {
  return items.length > LISTED ? { items: items.slice(0, LISTED), count: items.length } : { items: [...items], count: items.length };
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

import type { SelectionConfig } from "@omicselector2/contracts";
import { type Covariates, EngineError } from "@omicselector2/engine";
import type { ObsColumn } from "@omicselector2/formats";
import type { StudySource } from "./source.ts";
import { presentRows } from "./study-target.ts";

/** What the request names beside the covariates, and under which field. */
export type NamedColumns = readonly (readonly [field: string, name: string | null | undefined])[];

/** Unpenalised columns cost a degree of freedom each: at most one to so many samples. */
const SAMPLES_A_COLUMN = 4;

/**
 * The covariates of a request as columns of numbers: numbers as they are, text as one column of 0 and 1 for each category but the
 * first by name, which is the reference (`sex=male` beside female).
 *
 * @param rows   samples that are kept, ascending
 * @param taken  columns that cannot be covariates too
 * @throws EngineError  option_invalid or data_unusable, with the place of the covariate at fault
 */
export function resolveCovariates(
  source: StudySource,
  { covariates }: SelectionConfig,
  rows: Uint32Array,
  taken: NamedColumns,
): Covariates {
  const names: string[] = [];
  const columns: Float64Array[] = [];
  covariates.forEach((name, i) => {
    const refuse = (code: "option_invalid" | "data_unusable", message: string) =>
      new EngineError(code, message, ["config", "covariates", i]);
    const other = taken.find(([, each]) => each === name);
    if (other !== undefined)
      throw refuse("option_invalid", `${name} is the ${other[0]}; it cannot be a covariate too: leave it out of covariates`);
    if (covariates.indexOf(name) < i) throw refuse("option_invalid", `the covariate ${name} is named twice; name it once`);
    const column = [...source.obs, ...source.namedFeatures].find((each) => each.name === name);
    if (column === undefined) throw refuse("option_invalid", `there is no column ${name}; the sample columns are ${listed(source.obs)}`);
    const present = new Set(presentRows(column));
    const without = rows.reduce((count, row) => count + (present.has(row) ? 0 : 1), 0);
    if (without > 0) {
      throw refuse(
        "data_unusable",
        `${without} of ${rows.length} samples have no value in the covariate ${name}; fill them in, take these samples out of the data, or leave out the covariate`,
      );
    }
    if (isConstant(column, rows)) {
      throw refuse("data_unusable", `the covariate ${name} has the same value in all ${rows.length} samples; leave it out`);
    }
    for (const [label, values] of columnsOf(column, rows)) {
      if (values.some((value) => value - value !== 0)) {
        throw refuse("data_unusable", `the covariate ${name} holds an infinite value; replace it by a number`);
      }
      names.push(label);
      columns.push(values);
    }
    if (columns.length * SAMPLES_A_COLUMN > rows.length) {
      throw refuse(
        "data_unusable",
        `with ${name} the covariates are ${columns.length} columns, too many for ${rows.length} samples (one to ${SAMPLES_A_COLUMN} at most); merge its categories or leave it out`,
      );
    }
  });
  return { names, columns };
}

function columnsOf(column: ObsColumn, rows: Uint32Array): [name: string, values: Float64Array][] {
  if (column.kind === "numeric") return [[column.name, Float64Array.from(rows, (i) => column.values[i]!)]];
  const seen = [...new Set(Array.from(rows, (i) => column.codes[i]!))].sort((a, b) =>
    column.categories[a]! < column.categories[b]! ? -1 : 1,
  );
  return seen
    .slice(1)
    .map((code) => [`${column.name}=${column.categories[code]!}`, Float64Array.from(rows, (i) => (column.codes[i] === code ? 1 : 0))]);
}

function isConstant(column: ObsColumn, rows: Uint32Array): boolean {
  const values: ArrayLike<number> = column.kind === "numeric" ? column.values : column.codes;
  return rows.every((i) => values[i] === values[rows[0]!]);
}

function listed(obs: readonly ObsColumn[]): string {
  const names = obs.map(({ name }) => name);
  if (names.length === 0) return "none";
  return names.length > 20 ? `${names.slice(0, 20).join(", ")} and ${names.length - 20} more` : names.join(", ");
}

import type { ResolvedSelectionConfig, SelectionConfig } from "@omicselector2/contracts";
import {
  type Covariates,
  canonicalMethods,
  checkClip,
  EngineError,
  planStudy,
  resolveConfig,
  shapeOf,
  type Target,
  type Unit,
  validateStudy,
} from "@omicselector2/engine";
import { resolveCovariates } from "./covariates.ts";
import type { StudySource } from "./source.ts";
import { findColumn, labelsOf, noTarget, presentRows, resolveTarget, type StudyTarget } from "./study-target.ts";
import { asksForSurvival, resolveSurvival } from "./survival-target.ts";

/** All that a study needs to know before the values of its features are read. */
export interface StudySetup {
  readonly target: Target;
  /** null where there is no target */
  readonly targetName: string | null;
  /** survival: the column that says whether the event was seen */
  readonly eventName: string | null;
  readonly positiveClass: string | null;
  /** group of each kept sample */
  readonly groups: Int32Array | undefined;
  /** of the kept samples */
  readonly covariates: Covariates;
  /** samples that are kept, ascending */
  readonly rows: Uint32Array;
  /** features that are kept, ascending, and their names */
  readonly features: Uint32Array;
  readonly names: readonly string[];
  /** canonical ids */
  readonly methods: readonly string[];
  readonly config: ResolvedSelectionConfig;
  readonly notes: readonly string[];
  readonly plan: readonly Unit[];
}

/** More units than this would drown the database and the threads in small talk. */
const MOST_UNITS = 50_000;

/**
 * Checks a request against a dataset and plans it; reads no feature but those that the request names as columns.
 * @throws EngineError  with the path of the field at fault and what to do
 */
export function setUpStudy(source: StudySource, names: readonly string[], asked: SelectionConfig): StudySetup {
  const methods = canonicalMethods(names);
  checkClip(asked.transform, asked.clip);
  const { name: targetName, eventName, target, positiveClass, rows } = resolveAny(source, asked);
  const groups = asked.groups === undefined ? undefined : groupCodes(source, asked.groups, rows);
  const covariates = resolveCovariates(source, asked, rows, [
    [eventName === null ? "target" : "time", targetName],
    ["event", eventName],
    ["groups column", asked.groups],
  ]);
  const features = keptFeatures(source, [targetName, eventName, asked.groups, ...asked.covariates, ...excluded(source, asked)]);
  if (features.length === 0) throw new EngineError("data_unusable", "no numeric column is left that could be a feature", ["config"]);
  const config = resolveConfig(asked, features.length);
  checkUnitCount(methods, config);
  validateStudy({ p: features.length, target, groups }, methods, config);
  const plan = planStudy(shapeOf(rows.length, features.length, target), methods, config);
  const notes = missingLabelNotes(source, [targetName, eventName], rows);
  const kept = Array.from(features, (j) => source.featureNames[j]!);
  return { target, targetName, eventName, positiveClass, groups, covariates, rows, features, names: kept, methods, config, notes, plan };
}

function resolveAny(source: StudySource, asked: SelectionConfig): StudyTarget {
  if (asked.task === "unsupervised") return noTarget(source, asked);
  return asksForSurvival(asked) ? resolveSurvival(source, asked) : resolveTarget(source, asked);
}

/** Group of each row, numbered by first appearance. */
function groupCodes(source: StudySource, name: string, rows: Uint32Array): Int32Array {
  const column = findColumn(source, name, "groups");
  const present = new Set(presentRows(column));
  const without = rows.reduce((count, i) => count + (present.has(i) ? 0 : 1), 0);
  if (without > 0) {
    throw new EngineError("data_unusable", `${without} samples have no value in the groups column ${name}; give every sample its group`, [
      "config",
      "groups",
    ]);
  }
  const codes = new Map<string, number>();
  return Int32Array.from(labelsOf(column, rows), (label) => {
    if (!codes.has(label)) codes.set(label, codes.size);
    return codes.get(label)!;
  });
}

function excluded(source: StudySource, config: SelectionConfig): string[] {
  const known = new Set([...source.featureNames, ...source.obs.map(({ name }) => name)]);
  const stray = config.exclude_columns.findIndex((name) => !known.has(name));
  if (stray >= 0) {
    throw new EngineError("option_invalid", `exclude_columns names ${config.exclude_columns[stray]}, which the dataset does not have`, [
      "config",
      "exclude_columns",
      stray,
    ]);
  }
  return config.exclude_columns;
}

/** A column that the request names is no feature. */
function keptFeatures(source: StudySource, named: readonly (string | null | undefined)[]): Uint32Array {
  const out = new Set<string | null | undefined>(named);
  return Uint32Array.from({ length: source.featureNames.length }, (_, j) => j).filter((j) => !out.has(source.featureNames[j]!));
}

function checkUnitCount(methods: readonly string[], { cv_folds, cv_repeats, stability }: ResolvedSelectionConfig): void {
  const fits = (cv_folds * cv_repeats + 1) * (stability.enabled ? stability.n_bootstraps : 1) * methods.length;
  if (fits <= MOST_UNITS) return;
  throw new EngineError(
    "too_large",
    `${methods.length} methods x ${stability.enabled ? stability.n_bootstraps : 1} resamples x (${cv_folds} folds x ${cv_repeats} repeats + 1) are ${fits} fits; at most ${MOST_UNITS} are taken: use fewer of one of them`,
    ["config"],
  );
}

function missingLabelNotes(source: StudySource, columns: readonly (string | null)[], rows: Uint32Array): string[] {
  const without = source.n - rows.length;
  if (without === 0) return [];
  return [`${without} of ${source.n} samples have no value in ${columns.filter((name) => name !== null).join(" or ")} and are left out`];
}

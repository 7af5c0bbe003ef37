import type { ResolvedSelectionConfig } from "@omicselector2/contracts";
import { matrixBytes } from "../matrix.ts";
import type { SharedOptions } from "../selectors/define.ts";
import { checkedOptions } from "../selectors/options.ts";
import { selectorOf } from "../selectors/registry.ts";
import { balancedSize, smoteCost } from "./balanced-size.ts";
import { prefilterCost } from "./prefilter.ts";
import type { StudyShape } from "./shape.ts";
import { FULL, foldNames } from "./splits.ts";

/** One checkpointed piece of work; `id` is stable: it depends on the configuration alone. */
export type Unit = SelectUnit | ScoreUnit;

export interface SelectUnit {
  readonly kind: "select";
  readonly id: string;
  readonly stage: 1;
  readonly part: string;
  readonly method: string;
  /** null: the part as it is */
  readonly resample: number | null;
  readonly label: string;
  /** rough seconds on one thread */
  readonly cost: number;
}

export interface ScoreUnit {
  readonly kind: "score";
  readonly id: string;
  readonly stage: 2;
  readonly part: string;
  /** a method, `CONSENSUS`, or `COVARIATES` */
  readonly signature: string;
  readonly label: string;
  readonly cost: number;
}

export const CONSENSUS = "consensus";
/** No signature at all: what the covariates alone predict. */
export const COVARIATES = "covariates";

/** All units of a study, in the order of their ids' parts: first what selects, then what scores, where something is predicted. */
export function planStudy(shape: StudyShape, methods: readonly string[], config: ResolvedSelectionConfig): Unit[] {
  const folds = foldNames(config);
  const units: Unit[] = [];
  for (const part of [FULL, ...folds]) {
    for (const method of methods) {
      for (const resample of resamplesOf(config)) units.push(selectUnit(shape, config, part, method, resample));
    }
  }
  for (const part of shape.classes === 0 ? [] : folds) {
    for (const signature of [...signaturesOf(methods), ...(config.covariates.length > 0 ? [COVARIATES] : [])]) {
      units.push({
        kind: "score",
        id: `score/${part}/${signature}`,
        stage: 2,
        part,
        signature,
        label: `scoring ${signature} on ${part}`,
        cost: 0.05,
      });
    }
  }
  return withDistances(units, shape, config);
}

/** Distances of all samples, which knn imputation needs once; counted with the first unit. */
function withDistances(units: Unit[], { n, p }: StudyShape, { impute }: ResolvedSelectionConfig): Unit[] {
  return impute === "knn" ? units.map((unit, i) => (i === 0 ? { ...unit, cost: unit.cost + 1e-9 * n * n * p } : unit)) : units;
}

/** The signatures that are scored: each method's, and with several methods their consensus. */
export function signaturesOf(methods: readonly string[]): string[] {
  return methods.length > 1 ? [...methods, CONSENSUS] : [...methods];
}

export function resamplesOf(config: ResolvedSelectionConfig): (number | null)[] {
  return config.stability.enabled ? Array.from({ length: config.stability.n_bootstraps }, (_, b) => b) : [null];
}

export function selectId(part: string, method: string, resample: number | null): string {
  return resample === null ? `select/${part}/${method}` : `select/${part}/${method}/${String(resample + 1).padStart(5, "0")}`;
}

/** Ids of the units whose outputs a unit reads: none for selecting, all of its part for scoring (none for the covariates alone). */
export function unitInputs(methods: readonly string[], config: ResolvedSelectionConfig, unit: Unit): string[] {
  if (unit.kind === "select" || unit.signature === COVARIATES) return [];
  return methods.flatMap((method) => resamplesOf(config).map((b) => selectId(unit.part, method, b)));
}

/** Rough seconds of a plan on `threads` threads. */
export function estimateSeconds(plan: readonly Unit[], threads: number): number {
  return plan.reduce((sum, unit) => sum + unit.cost, 0) / threads;
}

/**
 * Rough bytes that a study works in, beside the program: the matrix, and for each thread the fit that takes most, with SMOTE on copies
 * of all columns. Methods are those of the plan; the prefilter sees all features.
 */
export function estimateBytes(shape: StudyShape, methods: readonly string[], config: ResolvedSelectionConfig, threads: number): number {
  const grown = config.balance === "smote" ? balancedSize(shape.n, shape.classSizes, "smote") : shape.n;
  const size = { ...shape, classes: Math.max(1, shape.classes), n: grown };
  const shared = sharedOptions(config, config.stability.enabled, undefined);
  const fits = methods.map((id) => selectorOf(id).memory(size, checkedOptions(id, config) as never, shared));
  const copies = config.balance === "smote" ? matrixBytes(grown, keptFeatures(shape, config)) : 0;
  return matrixBytes(shape.n, shape.p) + threads * (Math.max(...fits) + copies);
}

/** Features that a method sees at most. */
function keptFeatures({ p }: StudyShape, { prefilter }: ResolvedSelectionConfig): number {
  return Math.min(p, prefilter?.top ?? p);
}

export function sharedOptions(config: ResolvedSelectionConfig, resampled: boolean, groups: Int32Array | undefined): SharedOptions {
  return {
    nFeatures: resampled ? config.stability.q : config.n_features_to_select,
    scale: config.scale,
    classWeight: config.balance === "class_weight",
    byPathEntry: resampled,
    innerFolds: config.cv_folds,
    groups,
  };
}

function selectUnit(shape: StudyShape, config: ResolvedSelectionConfig, part: string, method: string, resample: number | null): SelectUnit {
  const share = (part === FULL ? 1 : 1 - 1 / config.cv_folds) * (resample === null || config.stability.scheme === "bootstrap" ? 1 : 0.5);
  const size = { ...shape, classes: Math.max(1, shape.classes), n: Math.max(1, Math.round(shape.n * share)) };
  const shared = sharedOptions(config, resample !== null, undefined);
  // the prefilter sees the part as it is, the method what it let through, its classes balanced
  const n = balancedSize(size.n, shape.classSizes, config.balance);
  const seen = { ...size, n, p: keptFeatures(shape, config) };
  const cost =
    prefilterCost(config.prefilter, size, shared) +
    smoteCost(size.n, seen.p, n, config.balance) +
    selectorOf(method).cost(seen, checkedOptions(method, config) as never, shared);
  const where = part === FULL ? "all samples" : part;
  const label = resample === null ? `${method} on ${where}` : `${method} on ${where}, resample ${resample + 1}`;
  return { kind: "select", id: selectId(part, method, resample), stage: 1, part, method, resample, label, cost };
}

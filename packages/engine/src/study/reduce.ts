import type { MethodResult, Performance, SelectionMetrics, SelectionResult, StabilityIndex } from "@omicselector2/contracts";
import { correctedInterval } from "../metrics/corrected-interval.ts";
import { selectorOf } from "../selectors/registry.ts";
import type { SupervisedTarget } from "../target.ts";
import { VERSION } from "../version.ts";
import { jaccardIndex } from "../wrappers/jaccard-index.ts";
import { kunchevaIndex } from "../wrappers/kuncheva-index.ts";
import { nogueira } from "../wrappers/nogueira.ts";
import { pfer } from "../wrappers/pfer.ts";
import { featuresCsv } from "./features-csv.ts";
import { decodeOutput, type Outputs, type ScoreOutput, type SelectOutput } from "./outputs.ts";
import { CONSENSUS, COVARIATES, selectId, signaturesOf } from "./plan.ts";
import type { StudyMeta } from "./shape.ts";
import { partSignature, type Signature } from "./signature.ts";
import { FULL, foldNames } from "./splits.ts";

/**
 * Folds the outputs of all units into the result and its files: a pure function, independent of who ran what in which order.
 * @throws EngineError  not_converged, where too many resamples failed
 */
export function reduceStudy(meta: StudyMeta, outputs: Outputs): { result: SelectionResult; artifacts: Map<string, Uint8Array> } {
  const consensus = summarise(meta, outputs, CONSENSUS);
  const methods = Object.fromEntries(meta.methods.map((method) => [method, methodResult(meta, outputs, method)]));
  const result: SelectionResult = {
    schema: "omicselector2/selection/1",
    selected_features: consensus.signature.features.map((j) => meta.names[j]!),
    metrics: selectionMetrics(meta, consensus, methods),
    dataset: describeDataset(meta),
    methods: [...meta.methods],
    config: { ...meta.config },
    versions: { omicselector2: VERSION },
  };
  const encode = (text: string) => new TextEncoder().encode(text);
  const artifacts = new Map([
    ["result.json", encode(`${JSON.stringify(result, null, 2)}\n`)],
    ["features.csv", encode(featuresCsv(result))],
  ]);
  return { result, artifacts };
}

interface Summary {
  signature: Signature;
  stability: StabilityIndex;
  scores: Record<string, number>;
  performance: Performance;
}

function summarise(meta: StudyMeta, outputs: Outputs, name: string): Summary {
  const signature = partSignature(meta, outputs, FULL, name);
  const enabled = meta.config.stability.enabled;
  const sets = enabled ? signature.sets : foldNames(meta.config).map((fold) => partSignature(meta, outputs, fold, name).features);
  const { index, interval } = nogueira(sets, meta.p);
  return {
    signature,
    stability: {
      index,
      interval: enabled ? interval : null,
      jaccard: jaccardIndex(sets, meta.p),
      kuncheva: kunchevaIndex(sets, meta.p),
      resamples: sets.length,
      over: enabled ? "resamples" : "outer_folds",
    },
    scores: selectionShares(meta, sets, signature.features),
    performance: performanceOf(meta, outputs, name),
  };
}

/** Feature -> share of the sets that hold it; the signature first, then by share, then by name. */
function selectionShares(meta: StudyMeta, sets: readonly (readonly number[])[], first: readonly number[]): Record<string, number> {
  const count = new Map<number, number>(first.map((j) => [j, 0]));
  for (const set of sets) for (const j of set) count.set(j, (count.get(j) ?? 0) + 1);
  const rest = [...count.keys()].filter((j) => !first.includes(j));
  rest.sort((a, b) => count.get(b)! - count.get(a)! || (meta.names[a]! < meta.names[b]! ? -1 : 1));
  // Names that look like array indices would be moved to the front by JavaScript; a reader goes by value, not by place.
  return Object.fromEntries([...first, ...rest].map((j) => [meta.names[j]!, sets.length === 0 ? 0 : count.get(j)! / sets.length]));
}

function performanceOf(meta: StudyMeta, outputs: Outputs, name: string): Performance {
  if (meta.target.task === "unsupervised") return NOT_PREDICTED;
  const signature = signaturesOf(meta.methods).includes(name) ? name : meta.methods[0]!;
  const folds = foldNames(meta.config).map((fold) => decodeOutput<ScoreOutput>(outputs(`score/${fold}/${signature}`)));
  const metricNames = Object.keys(folds[0]!.metrics);
  const average = (pick: (fold: ScoreOutput) => number) => folds.reduce((sum, fold) => sum + pick(fold), 0) / folds.length;
  const estimates: [string, number | null | [number, number]][] = metricNames.flatMap((metric) => {
    const values = folds.map((fold) => fold.metrics[metric] ?? null).filter((value) => value !== null);
    const mean = values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
    const interval = correctedInterval(
      values,
      average((fold) => fold.trainSize),
      average((fold) => fold.testSize),
    );
    return [
      [metric, mean],
      [`${metric}_interval`, interval && withinRange(metric, interval)],
    ] as [string, number | null | [number, number]][];
  });
  return {
    ...Object.fromEntries(estimates),
    fold_values: Object.fromEntries(metricNames.map((metric) => [metric, folds.map((fold) => fold.metrics[metric] ?? null)])),
    n_features_by_fold: folds.map((fold) => fold.features),
    ...covariatesOnly(meta, outputs),
    model: `${REFIT[meta.target.task]}, penalty by inner cross-validation${freeColumns(meta)}`,
    notes: [...folds.flatMap((fold) => fold.notes), ...missingFoldNotes(folds, metricNames)],
  };
}

/** Without a target there is nothing that a signature could be judged by. */
const NOT_PREDICTED: Performance = { fold_values: {}, n_features_by_fold: [], model: "none: there is no target to predict", notes: [] };

/** Means over the folds of what the covariates alone predict: what a signature adds is the difference. */
function covariatesOnly(meta: StudyMeta, outputs: Outputs): { covariates_only?: Record<string, number | null> } {
  if (meta.covariates.names.length === 0) return {};
  const folds = foldNames(meta.config).map((fold) => decodeOutput<ScoreOutput>(outputs(`score/${fold}/${COVARIATES}`)).metrics);
  const mean = (metric: string) => {
    const values = folds.map((metrics) => metrics[metric] ?? null).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
  };
  return { covariates_only: Object.fromEntries(Object.keys(folds[0]!).map((metric) => [metric, mean(metric)])) };
}

function freeColumns({ covariates: { names } }: StudyMeta): string {
  return names.length === 0 ? "" : `; with the covariates ${names.join(", ")} at a millionth of the penalty`;
}

/** Said of a method that judges features as if there were no covariates. */
function covariateNotes({ config, covariates }: StudyMeta, method: string, name = method): string[] {
  if (covariates.names.length === 0 || selectorOf(method).covariates === true) return [];
  return [`${name} judges each feature without the covariates ${config.covariates.join(", ")}`];
}

/** What scores a signature, by task. */
const REFIT: Record<SupervisedTarget["task"], string> = {
  binary: "L2 logistic regression",
  multiclass: "L2 logistic regression",
  regression: "ridge regression",
  survival: "L2 Cox regression",
};

/** An interval ends where its metric does: no AUC is above 1. */
function withinRange(metric: string, [low, high]: [number, number]): [number, number] {
  const least = metric === "mcc" ? -1 : metric === "r2" ? -Infinity : 0;
  const most = ["log_loss", "rmse", "mae"].includes(metric) ? Infinity : 1;
  return [Math.max(least, low), Math.min(most, high)];
}

function missingFoldNotes(folds: readonly ScoreOutput[], metrics: readonly string[]): string[] {
  return metrics.flatMap((metric) => {
    const missing = folds.filter((fold) => fold.metrics[metric] === null).length;
    return missing === 0 ? [] : [`${metric}: ${missing} of ${folds.length} folds have no value (a class is absent from the fold)`];
  });
}

function methodResult(meta: StudyMeta, outputs: Outputs, method: string): MethodResult {
  const { signature, stability, scores, performance } = summarise(meta, outputs, method);
  if (meta.config.stability.enabled) {
    const ranking = rankingRows(meta, signature, {});
    const notes = [...stableNotes(meta, signature), ...covariateNotes(meta, method)];
    return { ranking, summary: {}, stability_scores: scores, stability, performance, notes };
  }
  const whole = decodeOutput<SelectOutput>(outputs(selectId(FULL, method, null)));
  const ranking = rankingRows(meta, signature, whole.statistics ?? {});
  const notes = [...(whole.notes ?? []), ...covariateNotes(meta, method)];
  return { ranking, summary: whole.summary ?? {}, stability_scores: scores, stability, performance, notes };
}

function rankingRows(meta: StudyMeta, signature: Signature, statistics: Record<string, (number | null)[]>) {
  return signature.features.map((j, i) => ({
    feature: meta.names[j]!,
    rank: i + 1,
    score: signature.scores[i] ?? null,
    ...Object.fromEntries(Object.entries(statistics).map(([name, values]) => [name, values[i] ?? null])),
  }));
}

function selectionMetrics(meta: StudyMeta, consensus: Summary, methods: Record<string, MethodResult>): SelectionMetrics {
  const { stability } = meta.config;
  const { signature } = consensus;
  const bound = stability.enabled
    ? pfer(stability.scheme, { ...stability, p: meta.p, resamples: stability.n_bootstraps })
    : { pfer: null, note: "no resampling: switch stability on for an error bound" };
  return {
    stability_scores: consensus.scores,
    stability: {
      ...consensus.stability,
      enabled: stability.enabled,
      scheme: stability.enabled ? stability.scheme : null,
      threshold: stability.enabled ? stability.threshold : null,
      q: stability.enabled ? stability.q : null,
      pfer: bound.pfer,
      pfer_note: bound.note,
      failed_resamples: signature.failed,
    },
    performance: consensus.performance,
    consensus: signature.features.map((j, i) => ({
      feature: meta.names[j]!,
      rank: i + 1,
      score: signature.scores[i] ?? null,
      votes: signature.votes[i]!,
    })),
    methods,
    notes: [...meta.notes, ...prefilterNotes(meta), ...(stability.enabled ? stableNotes(meta, signature) : plainNotes(meta, signature))],
  };
}

function prefilterNotes(meta: StudyMeta): string[] {
  const method = meta.config.prefilter?.method;
  return method === undefined ? [] : covariateNotes(meta, method, `the prefilter ${method}`);
}

/** Why fewer features than asked for, or none: the bound that forbade it and the nearest setting that would select. */
function stableNotes(meta: StudyMeta, signature: Signature): string[] {
  const { threshold } = meta.config.stability;
  const notes: string[] = [];
  if (signature.failed > 0) notes.push(`${signature.failed} resamples did not converge and are left out of every share`);
  if (signature.features.length > 0) return notes;
  const count = new Map<number, number>();
  for (const set of signature.sets) for (const j of set) count.set(j, (count.get(j) ?? 0) + 1);
  const best = [...count.entries()].sort((a, b) => b[1] - a[1])[0];
  if (best === undefined) return [...notes, "no feature was selected in any resample"];
  const share = best[1] / signature.sets.length;
  const reach = [...count.values()].filter((c) => c === best[1]).length;
  return [
    ...notes,
    `no feature reaches the threshold of ${threshold}: the highest share is ${share.toFixed(2)} (${meta.names[best[0]]}); ${reach} would pass at ${share.toFixed(2)}`,
  ];
}

function plainNotes(meta: StudyMeta, signature: Signature): string[] {
  const wanted = meta.config.n_features_to_select;
  if (signature.features.length >= wanted) return [];
  if (signature.features.length === 0) return ["nothing was selected; the notes of each method say why"];
  return [`${signature.features.length} features were selected; up to ${wanted} were asked for`];
}

function describeDataset(meta: StudyMeta): SelectionResult["dataset"] {
  const { target } = meta;
  const classes =
    "classes" in target
      ? Object.fromEntries(target.classes.map((name, k) => [name, target.y.reduce((c, y) => c + (y === k ? 1 : 0), 0)]))
      : null;
  return {
    sha256: meta.datasetHash,
    n_samples: meta.n,
    n_features: meta.p,
    target: meta.targetName,
    event_column: meta.eventName,
    n_events: target.task === "survival" ? target.event.reduce((count, seen) => count + seen, 0) : null,
    task: target.task,
    classes,
    positive_class: meta.positiveClass,
  };
}

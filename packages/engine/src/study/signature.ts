import type { ResolvedSelectionConfig } from "@omicselector2/contracts";
import { EngineError } from "../errors.ts";
import { compareNames } from "../selectors/rank.ts";
import { aggregate } from "../wrappers/ensemble.ts";
import { decodeOutput, type Outputs, type SelectOutput } from "./outputs.ts";
import { CONSENSUS, resamplesOf, selectId } from "./plan.ts";
import type { StudyMeta } from "./shape.ts";

/** A signature and how it came about: features best first. */
export interface Signature {
  readonly features: number[];
  /** without stability the method's score or the ensemble's; with stability the selection frequency */
  readonly scores: number[];
  /** methods that have the feature in their list, or resamples that selected it */
  readonly votes: number[];
  /** with stability: the selected set of each resample that ended well; empty without */
  readonly sets: readonly (readonly number[])[];
  /** resamples that did not converge */
  readonly failed: number;
}

/** Failed resamples are left out of numerator and denominator; above this share the job fails. */
const MOST_FAILED = 0.05;

/** The signature of a method, or the consensus of all, on one part of the study. */
export function partSignature(meta: StudyMeta, outputs: Outputs, part: string, name: string): Signature {
  return meta.config.stability.enabled ? stableSignature(meta, outputs, part, name) : plainSignature(meta, outputs, part, name);
}

function plainSignature(meta: StudyMeta, outputs: Outputs, part: string, name: string): Signature {
  const list = rankedList(meta, outputs, part, name, null, meta.config.n_features_to_select);
  if (list === null) throw notConverged(name, part, 1, 1);
  return { features: list.features, scores: list.scores, votes: list.votes, sets: [], failed: 0 };
}

/** Features that reach the threshold over the resamples, ordered by frequency, mean rank where selected, name. */
function stableSignature(meta: StudyMeta, outputs: Outputs, part: string, name: string): Signature {
  const { config } = meta;
  const count = new Uint32Array(meta.p);
  const rankSum = new Float64Array(meta.p);
  const sets: number[][] = [];
  const resamples = resamplesOf(config);
  for (const b of resamples) {
    const list = rankedList(meta, outputs, part, name, b, config.stability.q);
    if (list === null) continue;
    sets.push(list.features);
    list.features.forEach((j, rank) => {
      count[j]!++;
      rankSum[j]! += rank + 1;
    });
  }
  const failed = resamples.length - sets.length;
  if (failed > MOST_FAILED * resamples.length) throw notConverged(name, part, failed, resamples.length);
  const selected: number[] = [];
  for (let j = 0; j < meta.p; j++) if (reaches(count[j]!, sets.length, config)) selected.push(j);
  selected.sort(
    (a, b) =>
      count[b]! - count[a]! || rankSum[a]! / count[a]! - rankSum[b]! / count[b]! || compareNames(meta.names[a]!, meta.names[b]!) || a - b,
  );
  const features = selected.slice(0, config.n_features_to_select);
  return { features, scores: features.map((j) => count[j]! / sets.length), votes: features.map((j) => count[j]!), sets, failed };
}

/** count / resamples >= threshold, kept from rounding: 0.7 x 100 is 70 and not a little more. */
function reaches(count: number, resamples: number, config: ResolvedSelectionConfig): boolean {
  return count > 0 && count >= config.stability.threshold * resamples - 1e-9;
}

interface List {
  features: number[];
  scores: number[];
  votes: number[];
}

/** One method's list on one resample, or the ensemble of all methods' lists there; null where a method did not converge. */
function rankedList(meta: StudyMeta, outputs: Outputs, part: string, name: string, resample: number | null, limit: number): List | null {
  const { config, methods } = meta;
  const read = (method: string) => decodeOutput<SelectOutput>(outputs(selectId(part, method, resample)));
  if (name !== CONSENSUS || methods.length === 1) {
    const { features, scores } = read(name === CONSENSUS ? methods[0]! : name);
    return features && { features: features.slice(0, limit), scores: scores.slice(0, limit), votes: features.slice(0, limit).map(() => 1) };
  }
  const lists = methods.map(read);
  if (lists.some((list) => list.features === null)) return null;
  const ranked = lists.map((list) => ({ features: list.features!, scores: list.scores }));
  return aggregate(ranked, config.ensemble.rule, meta.p, meta.names, limit, config.ensemble.min_votes);
}

function notConverged(name: string, part: string, failed: number, of: number): EngineError {
  return new EngineError(
    "not_converged",
    `${name} did not converge in ${failed} of ${of} fits on ${part}; scale the data (transform log2p1) or leave the method out`,
  );
}

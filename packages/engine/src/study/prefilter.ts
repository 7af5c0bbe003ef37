import type { ResolvedSelectionConfig } from "@omicselector2/contracts";
import exp from "@stdlib/math-base-special-exp";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import type { Rng } from "../random.ts";
import type { AnySelector, SharedOptions } from "../selectors/define.ts";
import { checkedOptions } from "../selectors/options.ts";
import { selectorOf, selectors } from "../selectors/registry.ts";
import { adjustLogP } from "../stats/adjust.ts";
import type { Task } from "../target.ts";

export type Prefilter = NonNullable<ResolvedSelectionConfig["prefilter"]>;

/** What a prefilter let through. */
export interface Prefiltered {
  /** features of the part, ascending */
  readonly kept: number[];
  /** why nothing passed, or undefined */
  readonly note?: string;
}

/**
 * Judges all features of a part one at a time and keeps what passes the cut-off. It sees the part alone, so that it is learned anew in
 * every resample of every training part.
 *
 * @param shared  as the methods get it; the filter ranks all features
 */
export function runPrefilter(train: TrainingPart, prefilter: Prefilter, shared: SharedOptions, rng: Rng): Prefiltered {
  const selector = selectorOf(prefilter.method);
  const limit = prefilter.top ?? train.p;
  const { features, statistics } = selector.select(
    train,
    optionsOf(prefilter) as never,
    { ...shared, nFeatures: Math.min(limit, train.p) },
    rng,
  );
  const passing = prefilter.top === undefined ? passingTest(features, statistics!.log_p_value!, prefilter) : features;
  const kept = [...passing].sort((a, b) => a - b);
  return kept.length > 0 ? { kept } : { kept, note: emptyNote(prefilter, features, statistics) };
}

/** log p of -Infinity is written as null, as JSON has no such number. */
function passingTest(features: readonly number[], logP: readonly (number | null)[], { alpha, fdr }: Prefilter): number[] {
  const values = Float64Array.from(logP, (value) => value ?? Number.NEGATIVE_INFINITY);
  const judged = fdr === undefined ? values : adjustLogP(values, "bh");
  return features.filter((_, i) => exp(judged[i]!) < (alpha ?? fdr!));
}

function emptyNote(
  { method, top, alpha, fdr }: Prefilter,
  features: readonly number[],
  statistics: Record<string, (number | null)[]> | undefined,
): string {
  if (top !== undefined || features.length === 0)
    return `the prefilter ${method} could judge no feature, so that nothing was left to select from`;
  const least = statistics!.p_value!.reduce<number>((low, value) => Math.min(low, value ?? 0), 1);
  const cut = fdr === undefined ? `p below ${alpha}` : `an adjusted p below ${fdr}`;
  return `no feature passes the prefilter ${method} with ${cut}: the smallest p is ${least.toPrecision(3)}; a larger cut-off, or top, would let some through`;
}

/**
 * Everything about a prefilter that can be refused before any computing.
 * @throws EngineError  with the path of the field at fault
 */
export function checkPrefilter(prefilter: Prefilter, task: Task, p: number): void {
  const selector = selectorOf(prefilter.method);
  const at = (field: string) => ["config", "prefilter", field];
  if (selector.filter === undefined) {
    throw new EngineError(
      "option_invalid",
      `${selector.id} is no filter of single features; use one of ${idsOf((each) => each.filter !== undefined)}`,
      at("method"),
    );
  }
  if (!selector.tasks.includes(task) && !selector.tasks.includes("unsupervised")) {
    throw new EngineError(
      "method_task",
      `the prefilter ${selector.id} works for ${selector.tasks.join(", ")}; the target is ${task}`,
      at("method"),
    );
  }
  const cut = prefilter.alpha === undefined ? "fdr" : "alpha";
  if (prefilter.top === undefined && selector.filter !== "tests") {
    throw new EngineError(
      "option_invalid",
      `${selector.id} gives no p-values, so that ${cut} cannot cut it; use top, or one of ${idsOf((each) => each.filter === "tests")}`,
      at(cut),
    );
  }
  if (prefilter.top !== undefined && prefilter.top > p) {
    throw new EngineError("option_invalid", `top is ${prefilter.top}, but there are ${p} features`, at("top"));
  }
  optionsOf(prefilter);
}

/** Rough seconds of a prefilter on a part. */
export function prefilterCost(prefilter: Prefilter | undefined, shape: Parameters<AnySelector["cost"]>[0], shared: SharedOptions): number {
  return prefilter === undefined ? 0 : selectorOf(prefilter.method).cost(shape, optionsOf(prefilter) as never, shared);
}

function optionsOf({ method, options }: Prefilter): unknown {
  return checkedOptions(method, { method_options: { [selectorOf(method).id]: options } }, ["config", "prefilter", "options"]);
}

function idsOf(fits: (selector: AnySelector) => boolean): string {
  return selectors
    .filter(fits)
    .map(({ id }) => id)
    .join(", ");
}

import { type EnsembleRule, ensembleAliases, type ResolvedSelectionConfig, type SelectionConfig } from "@omicselector2/contracts";
import { EngineError } from "../errors.ts";
import { MOST_NEIGHBOURS } from "../preprocess/sample-distances.ts";
import { checkedOptions } from "../selectors/options.ts";
import { isMethod, selectorOf, selectors } from "../selectors/registry.ts";
import { sizeOf, type Target } from "../target.ts";
import { solveStability } from "../wrappers/solve-stability.ts";
import { checkPrefilter } from "./prefilter.ts";
import { populationOf } from "./shape.ts";
import { outerSplits } from "./splits.ts";
import { studyRng } from "./unit.ts";

/** What is known of a dataset before its values are read. */
export interface StudyFacts {
  readonly p: number;
  readonly target: Target;
  readonly groups: Int32Array | undefined;
}

/** Canonical ids, in the order given. @throws EngineError  method_unknown; option_invalid for none or one twice */
export function canonicalMethods(names: readonly string[]): string[] {
  if (names.length === 0) throw new EngineError("option_invalid", "name at least one method", ["methods"]);
  const ids = names.map((name) => selectorOf(name).id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new EngineError("option_invalid", `${twice} is asked for twice; name each method once`, ["methods"]);
  return ids;
}

/**
 * Fills in the defaults that depend on the number of features, and writes canonical ids for aliases.
 * @throws EngineError  method_unknown in prefilter; option_invalid for options given under an id and its alias
 */
export function resolveConfig(asked: SelectionConfig, p: number): ResolvedSelectionConfig {
  const config = canonicalConfig(asked);
  const wanted = config.n_features_to_select ?? Math.min(50, p);
  const { enabled, ...given } = config.stability;
  // Without resampling there is nothing to bound.
  const solved = solveStability({ enabled, ...given, ...(enabled ? {} : { pfer: undefined }) }, p, wanted);
  const ensemble = { ...config.ensemble, rule: canonicalRule(config.ensemble.rule) };
  return { ...config, n_features_to_select: wanted, stability: { ...config.stability, ...solved }, ensemble };
}

function canonicalRule(rule: SelectionConfig["ensemble"]["rule"]): EnsembleRule {
  return Object.hasOwn(ensembleAliases, rule) ? ensembleAliases[rule as keyof typeof ensembleAliases] : (rule as EnsembleRule);
}

function canonicalConfig(config: SelectionConfig): SelectionConfig {
  const { prefilter } = config;
  const method_options = canonicalKeys(config.method_options);
  if (prefilter === undefined) return { ...config, method_options };
  const at = ["config", "prefilter", "method"];
  return { ...config, method_options, prefilter: { ...prefilter, method: selectorOf(prefilter.method, at).id } };
}

/** Options of methods that nobody knows keep their key, and are refused as strays. */
function canonicalKeys<T>(options: Record<string, T>): Record<string, T> {
  const canonical: Record<string, T> = {};
  for (const [name, value] of Object.entries(options)) {
    const id = isMethod(name) ? selectorOf(name).id : name;
    if (Object.hasOwn(canonical, id)) {
      throw new EngineError("option_invalid", `the options of ${id} are given twice, once as ${name}`, ["config", "method_options", name]);
    }
    canonical[id] = value;
  }
  return canonical;
}

/**
 * Everything that can be refused before any computing.
 * @throws EngineError  with the path of the field at fault and what to do
 */
export function validateStudy(facts: StudyFacts, methods: readonly string[], config: ResolvedSelectionConfig): void {
  for (const method of methods) {
    checkTask(method, facts.target);
    checkedOptions(method, config);
  }
  const stray = Object.keys(config.method_options).find((id) => !methods.includes(id));
  if (stray !== undefined) {
    throw new EngineError("option_invalid", `method_options names ${stray}, which is not among the methods: ${methods.join(", ")}`, [
      "config",
      "method_options",
      stray,
    ]);
  }
  if (config.prefilter !== undefined) checkPrefilter(config.prefilter, facts.target.task, facts.p);
  checkCounts(facts, methods, config);
  checkBalance(facts, methods, config);
  checkClasses(facts, config);
  checkSplits(facts, config);
}

function checkTask(method: string, target: Target): void {
  const { tasks } = selectorOf(method);
  if (tasks.includes(target.task) || tasks.includes("unsupervised")) return;
  if (target.task === "unsupervised") {
    const fit = selectors.filter((each) => each.tasks.includes("unsupervised")).map(({ id }) => id);
    const message = `${method} needs a target (${tasks.join(", ")}), and task unsupervised has none; use ${fit.join(", ")}, or name a target`;
    throw new EngineError("method_task", message, ["methods"]);
  }
  throw new EngineError("method_task", `${method} works for ${tasks.join(", ")}; the target is ${target.task}`, ["methods"]);
}

function checkCounts({ p }: StudyFacts, methods: readonly string[], config: ResolvedSelectionConfig): void {
  if (config.n_features_to_select > p) {
    throw new EngineError("option_invalid", `n_features_to_select is ${config.n_features_to_select}, but there are ${p} features`, [
      "config",
      "n_features_to_select",
    ]);
  }
  const { enabled, q } = config.stability;
  if (enabled && q > Math.max(1, p >> 1)) {
    throw new EngineError(
      "option_invalid",
      `q is ${q} of ${p} features: so large a share makes everything look stable; use at most ${Math.max(1, p >> 1)}`,
      ["config", "stability", "q"],
    );
  }
  if (enabled && config.stability.scheme === "complementary_pairs" && config.stability.n_bootstraps % 2 === 1) {
    throw new EngineError("option_invalid", "n_bootstraps counts fits, and complementary pairs come in two: give an even number", [
      "config",
      "stability",
      "n_bootstraps",
    ]);
  }
  const votes = config.ensemble.min_votes;
  if (config.ensemble.rule === "min_votes" && (votes === undefined || votes > methods.length)) {
    throw new EngineError("option_invalid", `rule min_votes needs min_votes from 1 to ${methods.length}, the number of methods`, [
      "config",
      "ensemble",
      "min_votes",
    ]);
  }
}

function checkBalance({ p, target }: StudyFacts, methods: readonly string[], config: ResolvedSelectionConfig): void {
  const { balance } = config;
  const at = ["config", "balance"];
  if (balance === "none") return;
  if (!("classes" in target)) {
    throw new EngineError(
      "option_invalid",
      `balance ${balance} is for classes of unequal size; the target is ${target.task}: use none`,
      at,
    );
  }
  const seen = Math.min(p, config.prefilter?.top ?? p);
  const room = Math.max(192 * 2 ** 20, 8 * sizeOf(target) * p);
  const largest = Math.max(...target.classes.map((_, k) => target.y.reduce((count, y) => count + (y === k ? 1 : 0), 0)));
  const bytes = 4 * seen * largest * target.classes.length;
  // the balanced part and one inner fold at a time, or all of them
  const copies = methods.includes("l1_svm") && !config.stability.enabled ? 1 + config.cv_folds : 2;
  if (balance === "smote" && copies * bytes > room) {
    throw new EngineError(
      "too_large",
      `smote makes ${largest} samples of each of ${target.classes.length} classes, ${Math.ceil(bytes / 2 ** 20)} MiB in copies; use oversample, undersample or class_weight, or a prefilter`,
      at,
    );
  }
}

function checkClasses({ target }: StudyFacts, config: ResolvedSelectionConfig): void {
  const n = sizeOf(target);
  checkNeighbours(n, config);
  if (n < config.cv_folds) {
    throw new EngineError("target_unusable", `${n} samples with a label cannot be dealt to ${config.cv_folds} folds`, [
      "config",
      "cv_folds",
    ]);
  }
  if (target.task === "survival") checkEvents(target.event, config);
  if (!("classes" in target)) return;
  if (target.classes.length < 2) {
    throw new EngineError("target_unusable", `the target has one class only (${target.classes[0] ?? "none"}); at least two are needed`, [
      "config",
      "target_column",
    ]);
  }
  const sizes = target.classes.map((_, k) => target.y.reduce((count, y) => count + (y === k ? 1 : 0), 0));
  const least = sizes.indexOf(Math.min(...sizes));
  if (sizes[least]! < config.cv_folds) {
    throw new EngineError(
      "target_unusable",
      `class ${target.classes[least]} has ${sizes[least]} samples, fewer than the ${config.cv_folds} folds; use cv_folds of at most ${sizes[least]}, or merge or leave out the class`,
      ["config", "cv_folds"],
    );
  }
}

function checkNeighbours(n: number, { impute }: ResolvedSelectionConfig): void {
  if (impute !== "knn" || n <= MOST_NEIGHBOURS) return;
  throw new EngineError(
    "too_large",
    `impute knn compares every two samples and takes at most ${MOST_NEIGHBOURS}; there are ${n}: use median`,
    ["config", "impute"],
  );
}

function checkEvents(event: Uint8Array, { cv_folds }: ResolvedSelectionConfig): void {
  const events = event.reduce((count, seen) => count + seen, 0);
  if (events >= cv_folds) return;
  throw new EngineError(
    "target_unusable",
    `the event was seen in ${events} samples, fewer than the ${cv_folds} folds; use cv_folds of at most ${Math.max(2, events)}, or follow up for longer`,
    ["config", "cv_folds"],
  );
}

function checkSplits({ target, groups }: StudyFacts, config: ResolvedSelectionConfig): void {
  if (groups !== undefined && new Set(groups).size < config.cv_folds) {
    throw new EngineError("target_unusable", `there are ${new Set(groups).size} groups, fewer than the ${config.cv_folds} folds`, [
      "config",
      "cv_folds",
    ]);
  }
  if (!("classes" in target)) return;
  outerSplits(populationOf(target, groups), config, studyRng({ config })).forEach((split, i) => {
    if (split.test.length === 0)
      throw new EngineError("target_unusable", `outer fold ${i + 1} would be empty; use fewer folds`, ["config", "cv_folds"]);
    const seen = new Set(Array.from(split.train, (row) => target.y[row]));
    const absent = target.classes.find((_, k) => !seen.has(k));
    if (absent !== undefined) {
      throw new EngineError(
        "target_unusable",
        `class ${absent} would be absent from the training part of outer fold ${i + 1}: its samples lie in too few groups; use fewer folds or other groups`,
        ["config", "groups"],
      );
    }
  });
}

import { selectionResult } from "@omicselector2/contracts";
import { describe, expect, test } from "vitest";
import { EngineError } from "../src/errors.ts";
import { Rng } from "../src/random.ts";
import { decodeOutput, metaOf, reduceStudy, type SelectOutput, unitInputs } from "../src/study/index.ts";
import { outerSplits } from "../src/study/splits.ts";
import { jaccardIndex, kunchevaIndex, nogueira } from "../src/wrappers/index.ts";
import { runStudy } from "./run-study.ts";
import { classTarget, noise } from "./thread.ts";

const n = 40;
const half = Int32Array.from({ length: n }, (_, i) => i % 2);

/** Noise in which the first `planted` features are shifted in class 1. */
function planted(p: number, count: number, shift: number, seed = 3): Float64Array[] {
  return noise(n, p, seed).map((values, j) => (j < count ? values.map((v, i) => v + shift * half[i]!) : values));
}

describe("a study", () => {
  const request = {
    columns: planted(60, 4, 2.5),
    target: classTarget(half),
    methods: ["t_test", "anova"],
    config: { n_features_to_select: 5 },
  };

  test("finds what was planted, scores it, and its result is what the contract says", () => {
    const { result } = runStudy(request);
    expect(new Set(result.selected_features.slice(0, 4))).toEqual(new Set(["f01", "f02", "f03", "f04"]));
    expect(result.metrics.performance.roc_auc).toBeGreaterThan(0.95);
    expect(result.metrics.performance.fold_values.roc_auc).toHaveLength(5);
    expect(Object.keys(result.metrics.methods)).toEqual(["t_test", "anova"]);
    expect(result.metrics.stability).toMatchObject({ over: "outer_folds", interval: null, resamples: 5, enabled: false });
    expect(selectionResult.safeParse(result).error).toBeUndefined();
  });

  test("gives the same bytes whatever the order of its units", () => {
    const forwards = runStudy(request);
    const backwards = runStudy({ ...request, order: (units) => [...units].reverse() });
    expect(Buffer.from(backwards.bytes).equals(Buffer.from(forwards.bytes))).toBe(true);
  });

  test("plans (folds x repeats + 1) x resamples x methods fits and scores every signature on every fold", () => {
    const stability = { enabled: true, n_bootstraps: 6 };
    const { plan, input } = runStudy({ ...request, config: { ...request.config, cv_folds: 3, cv_repeats: 2, stability } });
    expect(plan.filter((unit) => unit.stage === 1)).toHaveLength((3 * 2 + 1) * 6 * 2);
    expect(plan.filter((unit) => unit.stage === 2)).toHaveLength(6 * 3);
    expect(new Set(plan.map((unit) => unit.id)).size).toBe(plan.length);
    const score = plan.find((unit) => unit.stage === 2)!;
    const known = new Set(plan.map((unit) => unit.id));
    expect(unitInputs(input.methods, input.config, score).every((id) => known.has(id))).toBe(true);
    expect(unitInputs(input.methods, input.config, score)).toHaveLength(6 * 2);
  });

  test("one method keeps its own order as the signature", () => {
    const { result } = runStudy({ ...request, methods: ["t_test"] });
    expect(result.selected_features).toEqual(result.metrics.methods.t_test!.ranking.map((row) => row.feature));
    expect(result.metrics.performance).toEqual(result.metrics.methods.t_test!.performance);
  });

  test("another seed gives other folds", () => {
    const first = runStudy(request).result.metrics.performance.fold_values.log_loss;
    const second = runStudy({ ...request, config: { ...request.config, seed: 43 } }).result.metrics.performance.fold_values.log_loss;
    expect(second).not.toEqual(first);
  });
});

describe("stability of the selection", () => {
  test("three indices over the same sets: the resamples' selections", () => {
    const config = { n_features_to_select: 5, stability: { enabled: true, n_bootstraps: 12, q: 5 } };
    const { result, outputs, plan } = runStudy({ columns: planted(60, 4, 2.5), target: classTarget(half), methods: ["t_test"], config });
    const units = plan.filter((unit) => unit.kind === "select").filter((unit) => unit.part === "full");
    const sets = units.map(({ id }) => decodeOutput<SelectOutput>(outputs.get(id)!).features!);
    expect(result.metrics.stability).toMatchObject({
      ...{ index: nogueira(sets, 60).index, jaccard: jaccardIndex(sets, 60), kuncheva: kunchevaIndex(sets, 60), resamples: 12 },
    });
    expect(result.metrics.stability.kuncheva).toBeGreaterThan(0.5);
  });

  test("a bound that is asked for decides q, and is kept", () => {
    const config = { stability: { enabled: true, n_bootstraps: 10, threshold: 0.8, pfer: 0.5 } };
    const { result } = runStudy({ columns: planted(60, 4, 2.5), target: classTarget(half), methods: ["t_test"], config });
    // q² / (0.6 x 60) <= 0.5
    expect(result.metrics.stability).toMatchObject({ q: 4, threshold: 0.8, pfer: expect.closeTo(16 / (0.6 * 60), 12) });
  });
});

test("without a target features are ranked, their stability is told, and nothing is estimated", () => {
  const target = { task: "unsupervised", n } as const;
  const columns = noise(n, 30).map((values, j) => values.map((value) => value * (1 + j / 10)));
  const { result } = runStudy({ columns, target, methods: ["variance_threshold", "hvg"], config: { n_features_to_select: 5 } });
  expect(result.selected_features).toHaveLength(5);
  expect(result.metrics.stability.index).toBeGreaterThan(0);
  expect(result.metrics.performance).toEqual({
    fold_values: {},
    n_features_by_fold: [],
    model: "none: there is no target to predict",
    notes: [],
  });
  expect(result.dataset).toMatchObject({ task: "unsupervised", classes: null, n_samples: n });
  expect(selectionResult.safeParse(result).error).toBeUndefined();
});

describe("a prefilter", () => {
  const request = { columns: planted(60, 4, 2.5), target: classTarget(half), methods: ["lasso"] };

  test("decides what the method sees, and says how much it kept", () => {
    const { result } = runStudy({ ...request, config: { n_features_to_select: 50, prefilter: { method: "t_test", top: 7 } } });
    const alone = runStudy({ ...request, methods: ["t_test"], config: { n_features_to_select: 7 } }).result;
    expect(alone.selected_features).toEqual(expect.arrayContaining(result.selected_features));
    expect(result.metrics.methods.lasso!.summary).toMatchObject({ prefilter_kept: 7 });
  });

  test("aliases are answered with the canonical id", () => {
    const config = {
      prefilter: { method: "ttest", top: 7 },
      method_options: { random_forest: { n_trees: 20 } },
      ensemble: { rule: "consensus_ranking" as const },
    };
    const { result } = runStudy({ ...request, methods: ["rf_importance"], config });
    expect(result.config).toMatchObject({
      ensemble: { rule: "borda" },
      prefilter: { method: "t_test" },
      method_options: { rf_importance: { n_trees: 20 } },
    });
  });

  test("cuts at alpha and at the false discovery rate as the test says", () => {
    const { metrics } = runStudy({ ...request, methods: ["t_test"], config: { n_features_to_select: 60 } }).result;
    const { ranking } = metrics.methods.t_test!;
    const kept = (prefilter: object) =>
      runStudy({ ...request, config: { prefilter: { method: "t_test", ...prefilter } } }).result.metrics.methods.lasso!.summary
        .prefilter_kept;
    expect(kept({ alpha: 0.2 })).toBe(ranking.filter((row) => (row.p_value as number) < 0.2).length);
    expect(kept({ fdr: 0.2 })).toBe(ranking.filter((row) => (row.p_adjusted as number) < 0.2).length);
  });

  test("that nothing passes is a finding with its reason", () => {
    const { result } = runStudy({ ...request, config: { prefilter: { method: "t_test", alpha: 1e-60 } } });
    expect(result.selected_features).toEqual([]);
    expect(result.metrics.methods.lasso!.notes[0]).toMatch(/no feature passes the prefilter t_test with p below 1e-60: the smallest p is/);
    expect(result.metrics.performance.notes).toContain("fold-1: nothing was selected; scored by the class shares alone");
  });

  test("is learned inside the training part: noise gives no better than chance", () => {
    const aucs = [1, 2, 3, 4].map((seed) => {
      const config = { n_features_to_select: 10, seed, prefilter: { method: "t_test", top: 20 } };
      return runStudy({ columns: noise(n, 400, seed), target: classTarget(half), methods: ["lasso"], config }).result.metrics.performance
        .roc_auc!;
    });
    expect(aucs.reduce((a, b) => a + b, 0) / aucs.length).toBeLessThan(0.65);
  });
});

describe("honesty", () => {
  test("selection on pure noise does not leak into the outer estimate", () => {
    const aucs = [1, 2, 3, 4, 5, 6].map((seed) => {
      const { result } = runStudy({
        columns: noise(n, 500, seed),
        target: classTarget(half),
        methods: ["t_test"],
        config: { n_features_to_select: 10, seed },
      });
      return result.metrics.performance.roc_auc!;
    });
    const mean = aucs.reduce((a, b) => a + b, 0) / aucs.length;
    // Selected on all samples first, the ten best of 500 noise features would score above 0.9.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.15);
  });

  test("what a fold holds cannot change what its training part selects", () => {
    const columns = planted(30, 3, 2);
    const clean = runStudy({ columns, target: classTarget(half), methods: ["t_test"], config: { n_features_to_select: 5 } });
    const id = "select/fold-1/t_test";
    const held = outerSplits({ n, strata: half }, clean.input.config, Rng.from(42, "study"))[0]!.test;
    const split = new Set(held);
    const poisoned = columns.map((values) => values.map((v, i) => (split.has(i) ? 1e6 * (i + 1) : v)));
    const dirty = runStudy({ columns: poisoned, target: classTarget(half), methods: ["t_test"], config: { n_features_to_select: 5 } });
    expect(decodeOutput(dirty.outputs.get(id)!)).toEqual(decodeOutput(clean.outputs.get(id)!));
    expect(dirty.outputs.get("select/full/t_test")).not.toEqual(clean.outputs.get("select/full/t_test"));
  });

  test("groups never straddle a split: a patient's copies do not inflate the estimate", () => {
    const patients = 10;
    const y = Int32Array.from({ length: patients * 4 }, (_, i) => (i >> 2) % 2);
    const groups = Int32Array.from({ length: patients * 4 }, (_, i) => i >> 2);
    const rng = Rng.from(5);
    const base = noise(patients, 300, 9);
    const columns = base.map((values) => Float64Array.from({ length: patients * 4 }, (_, i) => values[i >> 2]! + 0.01 * rng.uniform()));
    const request = { columns, target: classTarget(y), methods: ["t_test"], config: { n_features_to_select: 5 } };
    const leaking = runStudy(request).result.metrics.performance.roc_auc!;
    const grouped = runStudy({ ...request, groups }).result.metrics.performance.roc_auc!;
    expect(leaking).toBeGreaterThan(0.95);
    expect(grouped).toBeLessThan(0.85);
  });
});

describe("stability", () => {
  const stability = { enabled: true, n_bootstraps: 20, threshold: 0.7, q: 5 };
  const request = {
    columns: planted(60, 3, 3),
    target: classTarget(half),
    methods: ["t_test", "anova"],
    config: { n_features_to_select: 10, cv_folds: 3, stability },
  };

  test("keeps what reaches the threshold, by frequency, and reports the bound", () => {
    const { result } = runStudy(request);
    const { metrics } = result;
    expect(new Set(result.selected_features.slice(0, 3))).toEqual(new Set(["f01", "f02", "f03"]));
    for (const feature of result.selected_features) expect(metrics.stability_scores[feature]).toBeGreaterThanOrEqual(0.7);
    const missed = Object.entries(metrics.stability_scores).filter(([feature]) => !result.selected_features.includes(feature));
    for (const [, share] of missed) expect(share).toBeLessThan(0.7);
    expect(metrics.stability.pfer).toBeCloseTo(25 / (0.4 * 60), 12);
    expect(metrics.stability).toMatchObject({ enabled: true, over: "resamples", resamples: 20, q: 5, failed_resamples: 0 });
    expect(metrics.stability.interval).not.toBeNull();
  });

  test("a share equal to the threshold passes, rounding or not", () => {
    const { input, plan, outputs } = runStudy(request);
    // f07 in exactly 14 of 20 resamples: 0.7 x 20 is 14.
    const doctored = new Map(outputs);
    plan
      .filter((unit) => unit.kind === "select" && unit.part === "full")
      .forEach((unit) => {
        const b = (unit as { resample: number }).resample;
        doctored.set(unit.id, encode({ features: b < 14 ? [0, 6] : [0], scores: b < 14 ? [2, 1] : [2] }));
      });
    const { result } = reduceStudy(metaOf(input), (id) => doctored.get(id)!);
    expect(result.selected_features).toEqual(["f01", "f07"]);
    expect(result.metrics.stability_scores).toEqual({ f01: 1, f07: 0.7 });
  });

  test("resamples that do not converge leave both sides of the share; over 5 % fail the job", () => {
    const { input, plan, outputs } = runStudy(request);
    const failing = (count: number) => {
      const doctored = new Map(outputs);
      const units = plan.filter((unit) => unit.kind === "select" && unit.part === "full" && unit.method === "t_test");
      for (const unit of units.slice(0, count)) doctored.set(unit.id, encode({ features: null, scores: [] }));
      return reduceStudy(metaOf(input), (id) => doctored.get(id)!).result;
    };
    expect(failing(1).metrics.stability).toMatchObject({ failed_resamples: 1, resamples: 19 });
    expect(failing(1).metrics.notes.join()).toContain("1 resamples did not converge");
    expect(() => failing(2)).toThrow(EngineError);
    expect(() => failing(2)).toThrow(/did not converge in 2 of 20/);
  });

  test("nothing selected is an answer: it names the highest share and what would pass", () => {
    const noisy = { columns: noise(n, 200, 8), target: classTarget(half), methods: ["t_test"] };
    const { result } = runStudy({ ...noisy, config: { cv_folds: 3, stability: { ...stability, threshold: 1, q: 2 } } });
    expect(result.selected_features).toEqual([]);
    expect(result.metrics.notes.join()).toMatch(/highest share is 0\.\d\d \(f\d+\); \d+ would pass at 0\.\d\d/);
    expect(result.metrics.performance.roc_auc).not.toBeUndefined();
    expect(result.metrics.performance.notes.join()).toContain("nothing was selected");
  });
});

function encode(output: Pick<SelectOutput, "features" | "scores">): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(output));
}

test("an interval ends where its metric does", () => {
  const columns = planted(40, 4, 3);
  const { result } = runStudy({
    columns,
    target: classTarget(half),
    methods: ["t_test"],
    config: { n_features_to_select: 2, cv_folds: 8 },
  });
  for (const metric of ["roc_auc", "accuracy", "mcc", "brier"]) {
    const interval = (result.metrics.performance as Record<string, unknown>)[`${metric}_interval`] as [number, number] | null;
    if (interval === null) continue;
    expect(interval[0]).toBeGreaterThanOrEqual(metric === "mcc" ? -1 : 0);
    expect(interval[1]).toBeLessThanOrEqual(1);
  }
  expect(result.metrics.performance.fold_values.accuracy).toHaveLength(8);
});

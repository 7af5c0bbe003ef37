import { describe, expect, test } from "vitest";
import { lasso } from "../src/selectors/lasso.ts";
import { moderatedT } from "../src/selectors/moderated-t.ts";
import { tTest } from "../src/selectors/t-test.ts";
import type { Target } from "../src/target.ts";
import { runStudy } from "./run-study.ts";
import { classTarget, noise, rank, testThread } from "./thread.ts";

/*
 * A cohort in which age tells the target, f01 does nothing but follow age, and f02 tells something of its own.
 */
const n = 120;
const draws = noise(n, 12, 31);
const age = draws[0]!.map((x) => Math.round(55 + 10 * x));
const sex = Float64Array.from({ length: n }, (_, i) => (i * 3 + (i >> 2)) % 2);
const columns = draws.slice(2).map((values, j) => {
  if (j === 0) return values.map((x, i) => (age[i]! - 55) / 10 + 0.3 * x);
  return values;
});
const names = columns.map((_, j) => `f${String(j + 1).padStart(2, "0")}`);
const score = draws[1]!.map((x, i) => (age[i]! - 55) / 10 + columns[1]![i]! + 0.4 * sex[i]! + 0.5 * x);
const targets: Record<string, Target> = {
  binary: classTarget(Array.from(score, (s) => (s > 0 ? 1 : 0))),
  multiclass: classTarget(Array.from(score, (s) => (s > 0.8 ? 2 : s > -0.6 ? 1 : 0))),
  regression: { task: "regression", y: score.map((s) => 100 + 20 * s) },
  survival: {
    task: "survival",
    time: score.map((s) => Math.ceil(60 * Math.exp(-s))),
    event: Uint8Array.from(score, (_, i) => (i % 4 === 0 ? 0 : 1)),
  },
};
const covariates = { names: ["age", "sex=male"], columns: [age, sex] };

describe.each(Object.keys(targets))("%s", (task) => {
  const target = targets[task]!;
  const bare = testThread(columns, names, target);
  const beside = testThread(columns, names, target, covariates);

  test("what follows a covariate counts for little, and covariates are never answered", () => {
    const without = rank(lasso, bare);
    expect(without.features.slice(0, 2)).toContain(0);
    const got = rank(lasso, beside);
    expect(got.features[0]).toBe(1);
    expect(got.features.every((j) => j < columns.length)).toBe(true);
    expect(got.scores[got.features.indexOf(0)] ?? 0).toBeLessThan(0.4 * without.scores[without.features.indexOf(0)]!);
    const { covariates: told, ...summary } = got.summary!;
    expect(told).toBe("age, sex=male");
    const key = task === "multiclass" ? "coefficient_age_c" : "coefficient_age";
    expect(summary[key]).toBeGreaterThan(0);
  });

  test("the first features into the path are counted without them", () => {
    const { features } = rank(lasso, beside, { shared: { byPathEntry: true, nFeatures: 1 } });
    expect(features).toEqual([1]);
    const counted = rank(lasso, beside, { options: { lambda: "count" }, shared: { nFeatures: 2 } });
    expect(counted.summary!.nonzero).toBe(2);
  });

  test("a covariate that is constant in the part has no coefficient", () => {
    const flat = testThread(columns, names, target, { names: ["age", "flat"], columns: [age, new Float64Array(n).fill(3)] });
    const { summary } = rank(lasso, flat, { options: { lambda: 0.05 } });
    const key = task === "multiclass" ? "coefficient_flat_a" : "coefficient_flat";
    expect(summary![key]).toBeNull();
  });

  test("a study scores signature and covariates, beside the covariates alone", () => {
    const methods = task === "survival" ? ["cox_lasso", "ridge"] : ["lasso", "ridge"];
    const config = { covariates: ["age", "sex"], n_features_to_select: 3, cv_folds: 3 };
    const { result, plan, bytes } = runStudy({ columns, names, target, methods, config, covariates });
    expect(plan.filter((unit) => unit.kind === "score" && unit.signature === "covariates")).toHaveLength(3);
    const { performance, methods: each } = result.metrics;
    const metric = { binary: "roc_auc", multiclass: "roc_auc", regression: "r2", survival: "c_index" }[task]!;
    const only = (performance.covariates_only as Record<string, number>)[metric]!;
    expect(only).toBeGreaterThan(task === "regression" ? 0.2 : 0.6);
    expect(performance[metric]).toBeGreaterThan(only + 0.02);
    expect(performance.model).toContain("with the covariates age, sex=male at a millionth of the penalty");
    expect(each.ridge!.notes).toContain("ridge judges each feature without the covariates age, sex");
    expect(each[methods[0]!]!.notes.join()).not.toMatch(/without the covariates/);
    expect(each[methods[0]!]!.summary).toMatchObject({ covariates: "age, sex=male" });
    expect(result.config).toMatchObject({ covariates: ["age", "sex"] });
    const reversed = runStudy({ columns, names, target, methods, config, covariates, order: (units) => [...units].reverse() });
    expect(reversed.bytes).toEqual(bytes);
  });
});

test("a method that cannot use them answers as without them; a prefilter too says so, and subsets keep the covariates", () => {
  const target = targets.binary!;
  expect(rank(tTest, testThread(columns, names, target, covariates))).toEqual(rank(tTest, testThread(columns, names, target)));
  const config = { covariates: ["age", "sex"], cv_folds: 3, prefilter: { method: "t_test", top: 5 } };
  const { result } = runStudy({ columns, names, target, methods: ["lasso"], config, covariates });
  expect(result.metrics.notes).toContain("the prefilter t_test judges each feature without the covariates age, sex");
  expect(result.metrics.methods.lasso!.summary).toMatchObject({ covariates: "age, sex=male", prefilter_kept: 5 });
  expect(result.selected_features[0]).toBe("f02");
});

test("without covariates nothing is said of them", () => {
  const { result } = runStudy({ columns, names, target: targets.binary!, methods: ["lasso"], config: { cv_folds: 3 } });
  expect(JSON.stringify(result)).not.toMatch(/covariates_only|without the covariates|coefficient_age/);
});

test("a covariate that all events share, so that its coefficient has no finite value, is refused with the reason", () => {
  const own = noise(412, 3, 3);
  const shared = Float64Array.from({ length: 412 }, (_, i) => i % 2);
  const time = own[0]!.map((x, i) => Math.ceil(1000 * Math.exp(-x + own[1]![i]!)));
  const target: Target = { task: "survival", time, event: Uint8Array.from(shared) };
  const thread = testThread(own, ["a", "b", "c"], target, { names: ["age", "treated"], columns: [own[2]!, shared] });
  expect(() => rank(lasso, thread)).toThrow(/covariates alone tell the classes apart, or order the events/);
});

describe.each(["class_weight", "undersample", "oversample", "smote"] as const)("beside balance %s", (balance) => {
  const rows = 60;
  const y = Int32Array.from({ length: rows }, (_, i) => (i % 4 === 0 ? 1 : 0));
  const features = noise(rows, 20, 9).map((values, j) => (j < 2 ? values.map((value, i) => value + 1.5 * y[i]!) : values));
  const age = Float64Array.from({ length: rows }, (_, i) => 40 + ((i * 7) % 31));
  const study = (unit: number, scale: "standardize" | "robust") =>
    runStudy({
      columns: features,
      target: classTarget(y),
      methods: ["lasso"],
      covariates: { names: ["age"], columns: [age.map((value) => value * unit)] },
      config: { covariates: ["age"], balance, scale, cv_folds: 3 },
    }).result.metrics.methods.lasso!;

  test.each(["standardize", "robust"] as const)("the unit of a covariate moves nothing but its coefficient, scale %s", (scale) => {
    const [years, parts] = [study(1, scale), study(1024, scale)];
    expect(parts.ranking.map(({ feature }) => feature)).toEqual(years.ranking.map(({ feature }) => feature));
    parts.ranking.forEach(({ score }, k) => {
      expect(score).toBeCloseTo(years.ranking[k]!.score!, 5);
    });
    expect(parts.performance.roc_auc).toBeCloseTo(years.performance.roc_auc!, 5);
    expect(1024 * (parts.summary.coefficient_age as number)).toBeCloseTo(years.summary.coefficient_age as number, 5);
    if (balance !== "class_weight") expect(years.summary.balanced).toMatch(/^. \d+, . \d+$/);
  });
});

test("moderated_t says which of its columns are not adjusted", () => {
  const noted = (task: string, beside: typeof covariates | undefined) =>
    rank(moderatedT, testThread(columns, names, targets[task]!, beside)).notes!.join();
  expect(noted("binary", covariates)).toMatch(/adjusted for age, sex=male; log2_fold_change, mean_0 and mean_1 are those of the data/);
  expect(noted("binary", undefined)).not.toMatch(/adjusted/);
  expect(noted("regression", covariates)).not.toMatch(/adjusted/);
});

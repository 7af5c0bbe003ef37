import { type SelectionConfigInput, selectionConfig } from "@omicselector2/contracts";
import { describe, expect, test } from "vitest";
import { EngineError } from "../src/errors.ts";
import { canonicalMethods, resolveConfig, validateStudy } from "../src/study/index.ts";
import type { Target } from "../src/target.ts";
import { classTarget } from "./thread.ts";

const balanced = classTarget(
  Int32Array.from({ length: 20 }, (_, i) => i % 2),
  ["healthy", "ill"],
);

function refusal(
  methods: string[],
  config: SelectionConfigInput = {},
  target: Target = balanced,
  p = 30,
  groups?: Int32Array,
): EngineError {
  try {
    validateStudy({ p, target, groups }, canonicalMethods(methods), resolveConfig(selectionConfig.parse(config), p));
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

describe("what is refused before any computing, and which field is named", () => {
  const cases: [string, () => EngineError, string, RegExp][] = [
    ["an unknown method", () => refusal(["t_tset"]), "methods", /unknown method "t_tset"; known methods: .*t_test/],
    [
      "a prefilter that is no filter",
      () => refusal(["t_test"], { prefilter: { method: "lasso", top: 5 } }),
      "config.prefilter.method",
      /lasso is no filter.*t_test/,
    ],
    [
      "a prefilter for another task",
      () => refusal(["lasso"], { prefilter: { method: "t_test", top: 5 } }, classTarget(Int32Array.from({ length: 21 }, (_, i) => i % 3))),
      "config.prefilter.method",
      /t_test works for binary/,
    ],
    [
      "a cut at p where there is none",
      () => refusal(["t_test"], { prefilter: { method: "variance_threshold", fdr: 0.1 } }),
      "config.prefilter.fdr",
      /no p-values.*use top/,
    ],
    [
      "a prefilter that keeps more than there is",
      () => refusal(["t_test"], { prefilter: { method: "anova", top: 31 } }),
      "config.prefilter.top",
      /30 features/,
    ],
    [
      "an option that the prefilter does not have",
      () => refusal(["t_test"], { prefilter: { method: "anova", top: 3, options: { k: 1 } } }),
      "config.prefilter.options",
      /anova: .*k/,
    ],
    [
      "an unknown prefilter",
      () => refusal(["t_test"], { prefilter: { method: "tt", top: 3 } }),
      "config.prefilter.method",
      /unknown method "tt"/,
    ],
    [
      "options under an id and its alias",
      () => refusal(["t_test"], { method_options: { t_test: {}, ttest: {} } }),
      "config.method_options.ttest",
      /twice/,
    ],
    ["no method", () => refusal([]), "methods", /at least one/],
    ["a method twice, once by its alias", () => refusal(["t_test", "ttest"]), "methods", /t_test is asked for twice/],
    [
      "more features than there are",
      () => refusal(["t_test"], { n_features_to_select: 31 }),
      "config.n_features_to_select",
      /31.*30 features/,
    ],
    ["a q near p", () => refusal(["t_test"], { stability: { enabled: true, q: 20 } }), "config.stability.q", /at most 15/],
    [
      "half a pair",
      () => refusal(["t_test"], { stability: { enabled: true, n_bootstraps: 7, scheme: "complementary_pairs" } }),
      "config.stability.n_bootstraps",
      /even/,
    ],
    [
      "a balance without classes",
      () => refusal(["lasso"], { balance: "oversample" }, { task: "regression", y: Float64Array.from({ length: 20 }, (_, i) => i) }),
      "config.balance",
      /oversample is for classes of unequal size; the target is regression: use none/,
    ],
    [
      "class weights for survival",
      () =>
        refusal(
          ["cox_lasso"],
          { balance: "class_weight" },
          { task: "survival", time: new Float64Array(20).fill(1), event: new Uint8Array(20).fill(1) },
        ),
      "config.balance",
      /the target is survival/,
    ],
    [
      "more synthetic samples than there is room for",
      () => refusal(["lasso"], { balance: "smote" }, classTarget(Int32Array.from({ length: 4000 }, (_, i) => (i < 3900 ? 0 : 1))), 30_000),
      "config.balance",
      /smote makes 3900 samples of each of 2 classes, 893 MiB.*or a prefilter/,
    ],
    [
      "one class",
      () => refusal(["t_test"], {}, classTarget(new Int32Array(20), ["ill"])),
      "config.target_column",
      /one class only \(ill\)/,
    ],
    [
      "a class smaller than the folds",
      () =>
        refusal(
          ["t_test"],
          {},
          classTarget(
            Int32Array.from({ length: 20 }, (_, i) => (i < 3 ? 1 : 0)),
            ["healthy", "ill"],
          ),
        ),
      "config.cv_folds",
      /class ill has 3 samples, fewer than the 5 folds/,
    ],
    [
      "too few groups",
      () =>
        refusal(
          ["t_test"],
          {},
          balanced,
          30,
          Int32Array.from({ length: 20 }, (_, i) => i % 3),
        ),
      "config.cv_folds",
      /3 groups/,
    ],
    [
      "a class in one group alone",
      () =>
        refusal(
          ["t_test"],
          { cv_folds: 2 },
          balanced,
          30,
          Int32Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 99 : i)),
        ),
      "config.groups",
      /class healthy would be absent/,
    ],
    [
      "an option of no method",
      () => refusal(["t_test"], { method_options: { lasso: {} } }),
      "config.method_options.lasso",
      /not among the methods/,
    ],
    [
      "an unknown option",
      () => refusal(["t_test"], { method_options: { t_test: { alhpa: 1 } } }),
      "config.method_options.t_test",
      /t_test/,
    ],
    [
      "a method that cannot do the task",
      () => refusal(["t_test"], {}, { task: "regression", y: new Float64Array(20) }),
      "methods",
      /t_test works for binary/,
    ],
    [
      "votes without their number",
      () => refusal(["t_test", "anova"], { ensemble: { rule: "min_votes" } }),
      "config.ensemble.min_votes",
      /1 to 2/,
    ],
  ];
  test.each(cases)("%s", (_name, refuse, path, message) => {
    const error = refuse();
    expect(error.path.join(".")).toBe(path);
    expect(error.message).toMatch(message);
  });

  test("aliases are answered with the canonical id", () => {
    expect(canonicalMethods(["ttest", "anova"])).toEqual(["t_test", "anova"]);
  });

  test("defaults that depend on the data: at most all features, at most half of them a resample", () => {
    const config = resolveConfig(selectionConfig.parse({}), 30);
    expect(config.n_features_to_select).toBe(30);
    expect(config.stability.q).toBe(15);
    expect(resolveConfig(selectionConfig.parse({}), 20_531).n_features_to_select).toBe(50);
  });
});

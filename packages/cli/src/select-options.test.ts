import { selectionConfig } from "@omicselector2/contracts";
import { Command } from "commander";
import { expect, test } from "vitest";
import { addStudyOptions, configOf, type SelectFlags } from "./select-options.ts";

function parse(...args: string[]): ReturnType<typeof configOf> {
  const command = addStudyOptions(new Command("select"))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return configOf(command.parse(["--methods", "lasso", ...args], { from: "user" }).opts<SelectFlags>());
}

test("no flags are the defaults of the wire", () => {
  expect(parse()).toEqual(selectionConfig.parse({}));
});

test("every flag lands in its field", () => {
  const study =
    "--target class --positive-class case --task classification --groups patient --covariates sex,batch --exclude age,bmi --layer raw";
  const data = "--transform log2 --clip 1,16000 --impute mean --scale robust --balance class_weight --prefilter t_test:top=500";
  const run = "--n-features 12 --folds 4 --repeats 3 --seed 7 --ensemble borda";
  const stable = "--stability --bootstraps 60 --threshold 0.8 --scheme complementary_pairs --pfer 2 --assumption none";
  const own = "--option lasso.lambda=1se --option lasso.tolerance=0.1 --option rf_importance.n_trees=100";
  expect(parse(...[study, data, run, stable, own].join(" ").split(" "))).toEqual(
    selectionConfig.parse({
      target_column: "class",
      positive_class: "case",
      task: "classification",
      groups: "patient",
      covariates: ["sex", "batch"],
      exclude_columns: ["age", "bmi"],
      layer: "raw",
      transform: "log2",
      clip: [1, 16000],
      impute: "mean",
      scale: "robust",
      balance: "class_weight",
      prefilter: { method: "t_test", top: 500 },
      n_features_to_select: 12,
      cv_folds: 4,
      cv_repeats: 3,
      seed: 7,
      ensemble: { rule: "borda" },
      stability: { enabled: true, n_bootstraps: 60, threshold: 0.8, scheme: "complementary_pairs", pfer: 2, assumption: "none" },
      method_options: { lasso: { lambda: "1se", tolerance: 0.1 }, rf_importance: { n_trees: 100 } },
    }),
  );
});

test("survival has flags of its own", () => {
  expect(parse("--time", "os", "--event", "dead", "--event-value", "yes", "--task", "survival")).toMatchObject({
    ...{ time_column: "os", event_column: "dead", event_value: "yes", task: "survival" },
  });
});

test("clip alone is a transform", () => {
  expect(parse("--clip", "0,1")).toMatchObject({ transform: "clip", clip: [0, 1] });
});

test.each([
  [["--folds", "1"], /^--folds: /],
  [["--threshold", "1.5", "--stability"], /^--threshold: /],
  [["--bootstraps", "50"], /^--bootstraps goes with --stability/],
  [["--pfer", "1"], /^--pfer goes with --stability/],
  [["--folds", "five"], /whole number/],
  [["--clip", "3"], /two numbers/],
  [["--transform", "sqrt"], /Allowed choices are none, log2/],
  [["--option", "lambda=3"], /method\.name=value/],
  [["--prefilter", "t_test"], /method:top=500/],
  [["--prefilter", "t_test:top=0"], /^--top: /],
  [["--bogus"], /unknown option '--bogus'/],
])("%s is refused", (args, message) => {
  expect(() => parse(...args)).toThrow(message);
});

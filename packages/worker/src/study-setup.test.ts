import { type SelectionConfigInput, selectionConfig } from "@omicselector2/contracts";
import { EngineError } from "@omicselector2/engine";
import type { ObsColumn } from "@omicselector2/formats";
import { describe, expect, test } from "vitest";
import { isReference } from "./positive-class.ts";
import type { StudySource } from "./source.ts";
import { setUpStudy } from "./study-setup.ts";

const n = 30;
const repeat = <T>(values: readonly T[]): T[] => Array.from({ length: n }, (_, i) => values[i % values.length]!);

function text(name: string, values: readonly (string | null)[]): ObsColumn {
  const categories = [...new Set(values.filter((value) => value !== null))];
  return { name, kind: "categorical", categories, codes: Int32Array.from(values, (value) => categories.indexOf(value ?? "")) };
}

function numeric(name: string, values: readonly number[]): ObsColumn {
  return { name, kind: "numeric", values: Float64Array.from(values) };
}

function sourceOf(obs: ObsColumn[], featureNames = ["a", "b", "c", "d", "e", "f"], namedFeatures: ObsColumn[] = []): StudySource {
  return { n, featureNames, obs, namedFeatures };
}

const classColumn = text("class", repeat(["tumor", "control"]));
const setUp = (source: StudySource, config: SelectionConfigInput = {}, methods = ["t_test"]) =>
  setUpStudy(source, methods, selectionConfig.parse(config));

function refusal(...args: Parameters<typeof setUp>): { code: string; path: string; message: string } {
  try {
    setUp(...args);
  } catch (error) {
    if (error instanceof EngineError) return { code: error.code, path: error.path.join("."), message: error.message };
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the target", () => {
  test("is found by its name, and the class that is no control is positive", () => {
    const { target, targetName, positiveClass, features } = setUp(sourceOf([text("site", repeat(["x", "y", "z"])), classColumn]));
    expect(targetName).toBe("class");
    expect(target).toMatchObject({ task: "binary", classes: ["control", "tumor"], y: Int32Array.from(repeat([1, 0])) });
    expect(positiveClass).toBe("tumor");
    expect(features).toHaveLength(6);
  });

  test("may be the only text; several are listed", () => {
    expect(setUp(sourceOf([text("stage", repeat(["I", "II"]))])).targetName).toBe("stage");
    const { code, message } = refusal(sourceOf([text("stage", repeat(["I", "II"])), text("site", repeat(["x", "y"]))]));
    expect(code).toBe("target_unusable");
    expect(message).toMatch(/target_column.*stage, site/);
  });

  test("may be none at all", () => {
    const config = { task: "unsupervised" } as const;
    const { target, targetName, rows, plan } = setUp(sourceOf([classColumn]), config, ["variance_threshold", "hvg"]);
    expect([target, targetName, rows.length]).toEqual([{ task: "unsupervised", n }, null, n]);
    expect(plan.every(({ kind }) => kind === "select")).toBe(true);
    expect(refusal(sourceOf([classColumn]), config, ["t_test"]).message).toMatch(/t_test needs a target .*use .*variance_threshold/);
    expect(refusal(sourceOf([classColumn]), { ...config, target_column: "class" }, ["hvg"]).path).toBe("config.target_column");
  });

  test("that does not exist is refused with the candidates", () => {
    expect(refusal(sourceOf([classColumn]), { target_column: "Class" })).toEqual({
      code: "option_invalid",
      path: "config.target_column",
      message: "there is no column Class; candidates: class",
    });
  });

  test("may be a feature, which is none then; so with groups", () => {
    const values = repeat([0, 1]);
    const groups = Array.from({ length: n }, (_, i) => i % 10);
    const source = sourceOf([], ["a", "outcome_code", "patient", "d"], [numeric("outcome_code", values), numeric("patient", groups)]);
    const setup = setUp(source, { target_column: "outcome_code", groups: "patient", exclude_columns: ["d"] });
    expect(setup.names).toEqual(["a"]);
    expect(setup.target).toMatchObject({ task: "binary", classes: ["0", "1"] });
    expect(setup.groups).toEqual(Int32Array.from(groups));
  });

  test("samples without a label are left out, with a note", () => {
    const labels = repeat(["tumor", "control"]).map((label, i) => (i < 3 ? null : label));
    const { rows, target, notes } = setUp(sourceOf([text("class", labels)]));
    expect([...rows]).toEqual(Array.from({ length: n - 3 }, (_, i) => i + 3));
    expect(target).toMatchObject({ y: expect.objectContaining({ length: n - 3 }) });
    expect(notes).toEqual(["3 of 30 samples have no value in class and are left out"]);
  });

  test("is a quantity with more than 20 values, or when asked for", () => {
    const age = Array.from({ length: n }, (_, i) => 40 + i);
    expect(setUp(sourceOf([numeric("y", age)]), {}, ["anova"]).target).toMatchObject({ task: "regression" });
    expect(setUp(sourceOf([numeric("y", repeat([1, 2, 3]))]), {}, ["anova"]).target).toMatchObject({
      task: "multiclass",
      classes: ["1", "2", "3"],
    });
    expect(setUp(sourceOf([numeric("y", repeat([1, 2, 3]))]), { task: "regression" }, ["anova"]).target).toMatchObject({
      task: "regression",
    });
    expect(refusal(sourceOf([classColumn]), { task: "regression" }).path).toBe("config.task");
    expect(refusal(sourceOf([numeric("y", repeat([4]))]), { task: "regression" }).message).toContain("same value in every sample");
  });
});

describe("the positive class", () => {
  const positive = (labels: string[], config: SelectionConfigInput = {}) =>
    setUp(sourceOf([text("class", repeat(labels))]), config).positiveClass;

  test("is the one asked for, the one that is no reference, else the later by name", () => {
    expect(positive(["AML", "ALL"])).toBe("AML");
    expect(positive(["AML", "ALL"], { positive_class: "ALL" })).toBe("ALL");
    expect(positive(["Cancer", "Healthy donor"])).toBe("Cancer");
    expect(positive(["1", "0"])).toBe("1");
  });

  test("that is no class, or one of three, is refused", () => {
    const source = sourceOf([classColumn]);
    expect(refusal(source, { positive_class: "cancer" })).toMatchObject({
      path: "config.positive_class",
      message: expect.stringContaining("control, tumor"),
    });
    expect(refusal(sourceOf([text("class", repeat(["x", "y", "z"]))]), { positive_class: "x" }, ["anova"]).path).toBe(
      "config.positive_class",
    );
  });

  test.each([
    ["Control", true],
    ["healthy controls", true],
    ["wild-type", true],
    ["non-responder", true],
    ["FALSE", true],
    ["abnormal", false],
    ["tumor", false],
    ["notochord", false],
  ])("%s as a reference: %s", (name, expected) => {
    expect(isReference(name)).toBe(expected);
  });
});

describe("refused before anything is computed", () => {
  const source = sourceOf([classColumn, text("site", repeat(["x", "y", null, "z"]))]);
  test.each<[string, SelectionConfigInput, string[], string, RegExp]>([
    ["an unknown method", {}, ["lassso"], "methods", /unknown method "lassso"; known methods: .*lasso/],
    ["a method that cannot do the task", { task: "regression", target_column: "age" }, ["t_test"], "methods", /works for binary/],
    ["more features than there are", { n_features_to_select: 7 }, ["t_test"], "config.n_features_to_select", /there are 6 features/],
    ["more folds than samples in a class", { cv_folds: 16 }, ["t_test"], "config.cv_folds", /15 samples/],
    ["groups that are not known for all", { groups: "site" }, ["t_test"], "config.groups", /7 samples have no value/],
    ["exclusion of what is not there", { exclude_columns: ["a", "q"] }, ["t_test"], "config.exclude_columns.1", /names q/],
    ["exclusion of everything", { exclude_columns: ["a", "b", "c", "d", "e", "f"] }, ["t_test"], "config", /no numeric column is left/],
    ["clip without bounds", { transform: "clip" }, ["t_test"], "config.clip", /needs clip/],
    [
      "an option the method does not have",
      { method_options: { t_test: { nonsense: 1 } } },
      ["t_test"],
      "config.method_options.t_test",
      /nonsense/,
    ],
    [
      "more units than can be kept apart",
      { cv_repeats: 50, stability: { enabled: true, n_bootstraps: 10_000 } },
      ["t_test"],
      "config",
      /2510000 fits; at most 50000/,
    ],
  ])("%s", (_what, config, methods, path, message) => {
    const withAge = {
      ...source,
      obs: [
        ...source.obs,
        numeric(
          "age",
          Array.from({ length: n }, (_, i) => i),
        ),
      ],
    };
    const refused = refusal(withAge, { target_column: "class", ...config }, methods);
    expect(refused.path).toBe(path);
    expect(refused.message).toMatch(message);
  });

  test("one class only", () => {
    expect(refusal(sourceOf([text("class", repeat(["tumor"]))])).message).toContain("one class only");
  });
});

describe("covariates", () => {
  const age = numeric(
    "age",
    Array.from({ length: n }, (_, i) => 30 + ((i * 7) % 41)),
  );
  const sex = text("sex", repeat(["male", "female", "male"]));
  const source = sourceOf([classColumn, age, sex, text("batch", repeat(["b2", "b1", "b3"]))]);

  test("numbers as they are, text as one column a category but the first by name, both of the samples that are kept", () => {
    const labels = repeat(["tumor", "control"]).map((label, i) => (i === 0 ? null : label));
    const { covariates, config } = setUp(
      { ...source, obs: [text("class", labels), ...source.obs.slice(1)] },
      {
        covariates: ["age", "batch", "sex"],
      },
    );
    expect(covariates.names).toEqual(["age", "batch=b2", "batch=b3", "sex=male"]);
    expect(covariates.columns[0]).toEqual((age as { values: Float64Array }).values.slice(1));
    expect(Array.from(covariates.columns[1]!.slice(0, 6))).toEqual([0, 0, 1, 0, 0, 1]);
    expect(Array.from(covariates.columns[3]!.slice(0, 4))).toEqual([0, 1, 1, 0]);
    expect(covariates.columns.every((values) => values.length === n - 1)).toBe(true);
    expect(config.covariates).toEqual(["age", "batch", "sex"]);
  });

  test("a feature that is named is none then; without covariates there are none", () => {
    const named = numeric(
      "b",
      Array.from({ length: n }, (_, i) => i),
    );
    const setup = setUp(sourceOf([classColumn], undefined, [named]), { covariates: ["b"] });
    expect(setup.names).toEqual(["a", "c", "d", "e", "f"]);
    expect(setup.covariates.columns[0]).toEqual(named.kind === "numeric" && named.values);
    expect(setUp(source).covariates).toEqual({ names: [], columns: [] });
  });

  const gaps = numeric(
    "bmi",
    Array.from({ length: n }, (_, i) => (i % 10 === 0 ? Number.NaN : i)),
  );
  test.each<[string, string[], SelectionConfigInput, number, RegExp]>([
    ["a missing value", ["age", "bmi"], {}, 1, /3 of 30 samples have no value in the covariate bmi; fill them in/],
    ["a missing category", ["site"], {}, 0, /7 of 30 samples have no value in the covariate site/],
    ["one value only", ["sex", "age", "one"], {}, 2, /one has the same value in all 30 samples; leave it out/],
    ["one category only", ["same"], {}, 0, /same has the same value in all 30 samples/],
    ["the target", ["class"], {}, 0, /class is the target/],
    ["the groups", ["age", "patient"], { groups: "patient" }, 1, /patient is the groups column/],
    ["the time", ["age"], { target_column: undefined, time_column: "age", event_column: "dead" }, 0, /age is the time/],
    ["the event", ["dead"], { target_column: undefined, time_column: "age", event_column: "dead" }, 0, /dead is the event/],
    ["one twice", ["age", "age"], {}, 1, /named twice/],
    ["what is not there", ["Age"], {}, 0, /there is no column Age; the sample columns are class, age, sex/],
    ["a category for every sample", ["sex", "id"], {}, 1, /30 columns, too many for 30 samples/],
    ["an infinite value", ["far"], {}, 0, /far holds an infinite value/],
  ])("%s is refused", (_what, covariates, config, place, message) => {
    const more = {
      ...source,
      obs: [
        ...source.obs,
        gaps,
        text("site", repeat(["x", "y", null, "z"])),
        numeric("one", repeat([1])),
        text("same", repeat(["x"])),
        text(
          "patient",
          Array.from({ length: n }, (_, i) => `p${i >> 1}`),
        ),
        text(
          "id",
          Array.from({ length: n }, (_, i) => `s${i}`),
        ),
        numeric("dead", repeat([0, 1])),
        numeric("far", repeat([1, Number.POSITIVE_INFINITY])),
      ],
    };
    const methods = config.time_column === undefined ? ["t_test"] : ["cox_lasso"];
    const refused = refusal(more, { target_column: "class", covariates, ...config }, methods);
    expect(refused.path).toBe(`config.covariates.${place}`);
    expect(refused.message).toMatch(message);
  });
});

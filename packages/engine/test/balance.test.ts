import { type SelectionConfigInput, selectionConfig } from "@omicselector2/contracts";
import { describe, expect, test } from "vitest";
import { fitRefit, predictRefit } from "../src/models/refit.ts";
import { Rng } from "../src/random.ts";
import { selectorOf } from "../src/selectors/registry.ts";
import { ridge } from "../src/selectors/ridge.ts";
import { rankBalanced } from "../src/study/balanced-ranking.ts";
import { tableBalancer } from "../src/study/balanced-table.ts";
import { decodeOutput, estimateBytes, planStudy, resolveConfig, type ScoreOutput, type SelectOutput, shapeOf } from "../src/study/index.ts";
import { outerSplits } from "../src/study/splits.ts";
import type { Target } from "../src/target.ts";
import { type RunResult, runStudy } from "./run-study.ts";
import { classTarget, draw, featureNames, noise, sharedDefaults, testThread, withPart } from "./thread.ts";

/*
 * Balancing inside a study: 60 samples, a fifth of them cases, in runs that no fold follows; f01 and f02 tell the class, f04 has gaps.
 */
const [n, p] = [60, 14];
const codes = Int32Array.from({ length: n }, (_, i) => ((i * 7) % 5 === 0 ? 1 : 0));
const target = () => classTarget(codes, ["control", "case"]);
const columns = () =>
  noise(n, p, 23).map((values, j) => values.map((v, i) => (j === 3 && i % 7 === 2 ? Number.NaN : v + (j < 2 ? 2 * codes[i]! : 0))));

const hows = ["class_weight", "undersample", "oversample", "smote"] as const;
const methods = ["t_test", "lasso", "ridge", "l1_svm", "svm_rfe", "nearest_shrunken_centroids", "rf_importance", "relieff"];
const quick = { rf_importance: { n_trees: 30 }, lasso: { n_lambda: 30 }, ridge: { n_lambda: 15 }, l1_svm: { n_c: 15 } };
const study = (config: SelectionConfigInput, change: Partial<Parameters<typeof runStudy>[0]> = {}) =>
  runStudy({
    columns: columns(),
    target: target(),
    methods,
    ...change,
    config: { n_features_to_select: 4, cv_folds: 3, method_options: quick, ...config },
  });

function foldSizes({ input }: RunResult): { train: number[]; test: number[] }[] {
  const population = { n, strata: codes, groups: undefined };
  const sizes = (rows: Uint32Array) => [0, 1].map((code) => rows.filter((i) => codes[i] === code).length);
  return outerSplits(population, input.config, Rng.from(42, "study")).map(({ train, test: held }) => ({
    train: sizes(train),
    test: sizes(held),
  }));
}

describe.each(hows)("balance: %s", (how) => {
  const whole = study({ balance: how });
  const outputOf = <T>(id: string, run = whole) => decodeOutput(run.outputs.get(id)!) as T;

  test("finds what tells the class with every method, and says how many samples of each class were learned from", () => {
    for (const method of methods) {
      for (const [k, { train }] of foldSizes(whole).entries()) {
        const { summary, features } = outputOf<SelectOutput>(`select/fold-${k + 1}/${method}`);
        const size = how === "undersample" ? Math.min(...train) : Math.max(...train);
        expect(summary!.balanced).toBe(how === "class_weight" ? undefined : `control ${size}, case ${size}`);
        expect(features!.slice(0, 3).some((j) => j < 2)).toBe(true);
      }
    }
    expect(whole.result.metrics.performance.roc_auc).toBeGreaterThan(0.85);
  });

  test("outer test folds keep their samples and classes", () => {
    const plain = study({ balance: "none" });
    for (const k of [1, 2, 3]) {
      const [got, before] = [whole, plain].map((run) => outputOf<ScoreOutput>(`score/fold-${k}/t_test`, run));
      expect([got!.trainSize, got!.testSize]).toEqual([before!.trainSize, before!.testSize]);
    }
  });

  test("is another study than without, and the same bytes again in any order of its units", () => {
    expect(outputOf<SelectOutput>("select/full/lasso")).not.toEqual(
      outputOf<SelectOutput>("select/full/lasso", study({ balance: "none" })),
    );
    const backwards = study({ balance: how }, { order: (units) => [...units].reverse() });
    expect(Buffer.from(backwards.bytes).equals(Buffer.from(whole.bytes))).toBe(true);
  });

  test("values of held-out samples change no byte of what their fold selects", () => {
    const held = outerSplits({ n, strata: codes, groups: undefined }, whole.input.config, Rng.from(42, "study"))[0]!.test;
    const poisoned = columns().map((values, j) => values.map((v, i) => (held.includes(i) ? [3e37, -12345.678, 7][(i + j) % 3]! : v)));
    const other = study({ balance: how }, { columns: poisoned });
    for (const method of methods) {
      const id = `select/fold-1/${method}`;
      expect(Buffer.from(other.outputs.get(id)!).equals(Buffer.from(whole.outputs.get(id)!)), id).toBe(true);
    }
    const other2 = `select/fold-2/t_test`;
    expect(Buffer.from(other.outputs.get(other2)!).equals(Buffer.from(whole.outputs.get(other2)!))).toBe(false);
  });

  test("inside stability every resample is balanced; a prefilter sees the samples as they were", () => {
    const stability = { enabled: true, n_bootstraps: 6, scheme: "bootstrap", q: 3 } as const;
    const { result } = study({ balance: how, stability, prefilter: { method: "t_test", top: 8 } }, { methods: ["lasso", "t_test"] });
    expect(result.metrics.stability_scores.f01).toBeGreaterThan(0.5);
    const kept = (balance: "none" | typeof how) => {
      const run = study({ balance, prefilter: { method: "t_test", alpha: 0.2 } }, { methods: ["svm_rfe"] });
      return outputOf<SelectOutput>("select/full/svm_rfe", run).summary!.prefilter_kept;
    };
    expect(kept(how)).toBe(kept("none"));
  });
});

test("p-values of added samples are said to be too small; undersampling adds none", () => {
  const notes = (how: (typeof hows)[number]) =>
    study({ balance: how }, { methods: ["t_test"] }).result.metrics.methods.t_test!.notes.join();
  expect(notes("oversample")).toMatch(/too small/);
  expect(notes("smote")).toMatch(/too small/);
  expect(notes("undersample")).not.toMatch(/too small/);
});

test("a part with one sample of a class: SMOTE passes over it, says so, and names what would do", () => {
  const samples = draw(
    Array.from({ length: n }, (_, i) => i).filter((i) => codes[i] === 0 || i === 0),
    Array.from({ length: n }, (_, i) => i)
      .filter((i) => codes[i] === 0 || i === 0)
      .map((i) => (i === 0 ? 3 : 1)),
  );
  const { summary, notes } = withPart(
    testThread(columns(), featureNames(p), target()),
    (part) => rankBalanced(part, ridge, { lambda: 1 }, sharedDefaults, "smote", Rng.from(1, "method"), Rng.from(1, "balance")),
    samples,
  );
  expect(summary!.balanced).toBe("control 48, case 3");
  expect(notes!.join()).toMatch(/class case has one sample in this part.*oversample would/);
});

describe("estimates count the samples that a method learns from", () => {
  // 400 x 2,000, a tenth of them cases
  const rare = classTarget(Int32Array.from({ length: 400 }, (_, i) => (i % 10 === 0 ? 1 : 0)));
  const estimate = (asked: SelectionConfigInput, method: string, of: Target = rare) => {
    const config = resolveConfig(selectionConfig.parse({ n_features_to_select: 10, ...asked }), 2000);
    const shape = shapeOf(400, 2000, of);
    return { seconds: planStudy(shape, [method], config)[0]!.cost, bytes: estimateBytes(shape, [method], config, 2) };
  };
  const cost = (asked: number) => selectorOf("t_test").cost({ n: asked, p: 2000, classes: 2 }, {} as never, sharedDefaults);

  test.each([
    ["none", 400],
    ["class_weight", 400],
    ["undersample", 80],
    ["oversample", 720],
  ] as const)("%s: %d of 400", (balance, samples) => {
    expect(estimate({ balance }, "t_test").seconds).toBeCloseTo(cost(samples), 12);
    expect(estimate({ balance }, "t_test").bytes).toBe(estimate({}, "t_test").bytes);
  });

  test("smote: 720 of 400, the distances between them, and on each thread a copy of every column", () => {
    expect(estimate({ balance: "smote" }, "t_test").seconds).toBeGreaterThan(cost(720));
    const more = estimate({ balance: "smote" }, "t_test").bytes - estimate({}, "t_test").bytes;
    expect(more).toBe(2 * (4 * 720 * 2000 + 16 * (720 - 400)));
    const top = estimate({ balance: "smote", prefilter: { method: "t_test", top: 100 } }, "t_test").bytes;
    expect(top).toBeLessThan(estimate({ balance: "smote" }, "t_test").bytes);
  });

  test("resamples keep the proportions; classes of one size change nothing", () => {
    const stability = { enabled: true, n_bootstraps: 10, q: 5 } as const;
    expect(estimate({ balance: "oversample", stability }, "t_test").seconds).toBeCloseTo(cost(360), 12);
    const even = classTarget(Int32Array.from({ length: 400 }, (_, i) => i % 2));
    for (const balance of ["undersample", "oversample"] as const) {
      expect(estimate({ balance }, "t_test", even).seconds).toBe(estimate({}, "t_test", even).seconds);
    }
  });
});

describe("the model that scores a signature", () => {
  const table = { n, k: 2, columns: columns().slice(0, 2) };
  const rows = Uint32Array.from({ length: n }, (_, i) => i).filter((i) => i % 4 !== 1);

  test.each(hows)("%s: training samples of one weight a class, of the rows asked for alone", (how) => {
    const balance = tableBalancer(table, target(), how, Rng.from(1, "refit"))!;
    const got = balance(rows, "inner fold 0");
    const sums = [0, 0];
    got.weights.forEach((weight, i) => {
      sums["classes" in got.target ? got.target.y[i]! : 0]! += weight;
    });
    expect(sums[0]).toBeCloseTo(sums[1]!, 10);
    const seen = table.columns.map((column) => Array.from(rows, (i) => column[i]!));
    const old = how === "smote" ? rows.length : got.table.n;
    got.table.columns.forEach((column, j) => {
      expect(Array.from(column.slice(0, old)).every((value) => seen[j]!.includes(value))).toBe(true);
      expect(Array.from(column.slice(old)).every((value) => value >= Math.min(...seen[j]!) && value <= Math.max(...seen[j]!))).toBe(true);
    });
    expect(balance(rows, "inner fold 0")).toEqual(got);
  });

  test("what is learned from balanced classes calls a sample a case more readily, and its inner folds differ", () => {
    const rowsOf = (keep: (i: number) => boolean) => Uint32Array.from({ length: n }, (_, i) => i).filter(keep);
    const splits = [0, 1, 2].map((k) => ({ train: rowsOf((i) => i % 3 !== k), test: rowsOf((i) => i % 3 === k) }));
    const ones = new Float64Array(n).fill(1);
    const fit = (how: "none" | (typeof hows)[number]) =>
      fitRefit(table, target(), ones, splits, tableBalancer(table, target(), how, Rng.from(2, "refit")));
    const share = (model: ReturnType<typeof fit>) => predictRefit(model, table).scores[1]!.reduce((sum, value) => sum + value, 0) / n;
    const plain = fit("none");
    expect(share(plain)).toBeCloseTo(0.2, 3);
    for (const how of hows) {
      const model = fit(how);
      expect(share(model), how).toBeGreaterThan(0.24);
      expect(model.tried[0]!.loss).not.toBe(plain.tried[0]!.loss);
    }
    expect(tableBalancer(table, target(), "none", Rng.from(1, "refit"))).toBeUndefined();
  });
});

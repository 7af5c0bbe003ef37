import { describe, expect, test } from "vitest";
import { classTarget, draw, featureNames, noise, type RankRequest, rank, testThread, withPart } from "../../test/thread.ts";
import { fitPenalized } from "../solvers/index.ts";
import type { Target } from "../target.ts";
import { elasticNet } from "./elastic-net.ts";
import { lasso } from "./lasso.ts";

const n = 60;
const p = 40;
const columns = noise(n, p, 12).map((column) => Float32Array.from(column));
const score = Float64Array.from(noise(n, 1, 77)[0]!, (e, i) => 2 * columns[3]![i]! - 1.5 * columns[7]![i]! + columns[20]![i]! + e);
const names = featureNames(p);
const targets: Record<string, Target> = {
  regression: { task: "regression", y: score.map((s) => 100 + 10 * s) },
  binary: classTarget(Array.from(score, (s) => (s > 0 ? 1 : 0))),
  multiclass: classTarget(Array.from(score, (s) => (s > 1.2 ? 2 : s > -1.2 ? 1 : 0))),
  survival: {
    task: "survival",
    time: score.map((s) => Math.ceil(40 * Math.exp(-0.7 * s))),
    event: Uint8Array.from(score, (_, i) => (i % 5 === 0 ? 0 : 1)),
  },
};
const planted = [3, 7, 20];

describe.each([lasso, elasticNet])("$id", (selector) => {
  describe.each(Object.keys(targets))("%s", (task) => {
    const thread = testThread(columns, names, targets[task]!);
    const of = (request: RankRequest = {}) => rank(selector, thread, request);

    test("finds what was planted, best first, and says where", () => {
      const { features, scores, summary, statistics } = of();
      expect(features.slice(0, 2).sort((a, b) => a - b)).toEqual([3, 7]);
      expect(features).toContain(20);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
      expect(scores.every((s) => s > 0)).toBe(true);
      expect(summary).toMatchObject({ rule: "min", nonzero: features.length, l1_ratio: selector.id === "lasso" ? 1 : 0.5 });
      expect(summary!.cv_deviance).toBeLessThan(summary!.cv_deviance_empty as number);
      for (const list of Object.values(statistics!)) expect(list).toHaveLength(features.length);
    });

    test("count gives exactly that many, a number its own model, 1se no more than min", () => {
      expect(of({ options: { lambda: "count" }, shared: { nFeatures: 8 } }).features).toHaveLength(8);
      const [oneSe, min] = [of({ options: { lambda: "1se" } }), of()];
      expect(oneSe.summary!.lambda).toBeGreaterThanOrEqual(min.summary!.lambda as number);
      const given = of({ options: { lambda: 0.1 } });
      expect(given.summary).toMatchObject({ lambda: 0.1, rule: "given" });
      const direct = withPart(thread, (part) => fitPenalized(part, { l1Ratio: given.summary!.l1_ratio as number, lambdas: [0.1] }));
      expect([...given.features].sort((a, b) => a - b)).toEqual(Array.from(direct.steps[0]!.features));
    });

    test("by path entry: the first to enter, in their order, without folds", () => {
      const { features, scores, summary } = of({ shared: { byPathEntry: true, nFeatures: 6 } });
      expect(features).toHaveLength(6);
      expect(summary).toMatchObject({ rule: "path_entry" });
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
      const path = withPart(thread, (part) => fitPenalized(part, { l1Ratio: summary!.l1_ratio as number }));
      features.forEach((j, k) => {
        const earlier = Array.from(path.entry).filter((e) => e >= 0 && e < path.entry[j]!).length;
        expect(earlier).toBeLessThanOrEqual(k);
      });
    });

    test("the same seed gives the same answer, groups change the folds", () => {
      expect(of({ seed: 5 })).toEqual(of({ seed: 5 }));
      const groups = Int32Array.from({ length: n }, (_, i) => i >> 1);
      const grouped = of({ shared: { groups } });
      expect(grouped.summary!.cv_deviance).not.toBe(of().summary!.cv_deviance);
    });

    test("a bootstrap's copies are weights", () => {
      const rows = Array.from({ length: n }, (_, i) => i).filter((i) => i % 5 !== 0);
      const samples = draw(
        rows,
        rows.map((i) => 1 + (i % 3)),
      );
      const { features } = of({ samples });
      expect(features).toContain(3);
      // without its copies the same draw has another optimum
      expect(of({ samples: draw(rows), options: { lambda: 0.1 } }).scores).not.toEqual(of({ samples, options: { lambda: 0.1 } }).scores);
    });
  });

  test("balanced class weights undo unequal classes", () => {
    const unequal = classTarget(Array.from(score, (s) => (s > 2.5 ? 1 : 0)));
    const thread = testThread(columns, names, unequal);
    const y = (unequal as { y: Int32Array }).y;
    const sizes = [0, 1].map((k) => y.filter((code) => code === k).length);
    const weights = Array.from(y, (code) => n / (2 * sizes[code]!));
    const got = rank(selector, thread, { options: { lambda: 0.1 }, shared: { classWeight: true } });
    const l1Ratio = got.summary!.l1_ratio as number;
    const direct = withPart(thread, (part) => fitPenalized(part, { l1Ratio, lambdas: [0.1], weights }));
    expect(got.summary!.lambda_max).toBeCloseTo(direct.lambdaMax, 12);
    expect([...got.features].sort((a, b) => a - b)).toEqual(Array.from(direct.steps[0]!.features));
    expect(got.summary!.lambda_max).not.toBeCloseTo(rank(selector, thread, { options: { lambda: 0.1 } }).summary!.lambda_max as number, 3);
  });

  test("nothing selected comes with its reason and a setting that selects", () => {
    const random = classTarget(Array.from({ length: n }, (_, i) => i % 2));
    const thread = testThread(columns.slice(21), names.slice(21), random);
    const { features, notes, summary } = rank(selector, thread, { options: { lambda: "1se" } });
    expect(features).toEqual([]);
    expect(summary!.nonzero).toBe(0);
    expect(notes!.join()).toMatch(/nothing was selected at lambda .* would select/);
    const empty = rank(selector, thread, { options: { lambda: 10 } });
    expect(empty.features).toEqual([]);
    expect(empty.notes!.join()).toMatch(/no feature enters above lambda/);
  });

  test("fewer than asked for are not padded", () => {
    const { features, notes } = rank(selector, testThread(columns, names, targets.binary!), { options: { lambda: "1se" } });
    expect(features.length).toBeLessThan(p);
    expect(notes!.join()).toMatch(/fewer than the 50 asked for/);
  });

  test("a group that holds every sample cannot be cross-validated", () => {
    const thread = testThread(columns, names, targets.binary!);
    expect(() => rank(selector, thread, { shared: { groups: new Int32Array(n) } })).toThrow(/one group holds every sample/);
  });
});

test("coefficients are in the units of the data", () => {
  const thread = testThread(columns, names, targets.regression!);
  const { features, statistics } = rank(lasso, thread, { options: { lambda: 0.001 } });
  planted.forEach((j, k) => {
    expect(statistics!.coefficient![features.indexOf(j)]).toBeCloseTo([20, -15, 10][k]!, -1);
  });
});

test("elastic net: l1_ratio by cross-validation comes from the grid; outside it a ratio is refused", () => {
  const thread = testThread(columns, names, targets.binary!);
  const { summary } = rank(elasticNet, thread, { options: { l1_ratio: "cv", n_lambda: 20 } });
  expect([0.1, 0.5, 0.7, 0.9, 0.95, 1]).toContain(summary!.l1_ratio);
  const entered = rank(elasticNet, thread, { options: { l1_ratio: "cv" }, shared: { byPathEntry: true, nFeatures: 5 } });
  expect(entered.notes!.join()).toMatch(/0.5 was used/);
  for (const l1_ratio of [0, 1.5]) expect(() => rank(elasticNet, thread, { options: { l1_ratio } })).toThrow();
  expect(() => rank(lasso, thread, { options: { l1_ratio: 0.5 } })).toThrow();
});

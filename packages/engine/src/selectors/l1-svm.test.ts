import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/l1_svm/agreement.ts";
import { publicCase } from "../../../../fixtures/public-cases.ts";
import { classTarget, draw, featureNames, noise, type RankRequest, rank, testThread, withPart } from "../../test/thread.ts";
import { fitL1Svm } from "../solvers/index.ts";
import type { Target } from "../target.ts";
import { l1Svm } from "./l1-svm.ts";

const rows = agreements();

describe("against liblinear", () => {
  test("all cases are there, the public ones where their data are", () => {
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row.inputs.split("; ")).toHaveLength(publicCase("alon_colon") === undefined ? 3 : 8);
  });
  test.each(rows)("$quantity", ({ deviation, tolerance }) => {
    expect(deviation).toBeLessThanOrEqual(tolerance);
  });
});

const n = 60;
const p = 40;
const names = featureNames(p);
const columns = noise(n, p, 12);
const score = Array.from(noise(n, 1, 77)[0]!, (e, i) => 2 * columns[3]![i]! - 1.5 * columns[7]![i]! + 0.5 * e);
const targets: Record<string, Target> = {
  binary: classTarget(score.map((s) => (s > 0 ? 1 : 0))),
  multiclass: classTarget(score.map((s) => (s > 1.2 ? 2 : s > -1.2 ? 1 : 0))),
};

describe.each(Object.keys(targets))("%s", (task) => {
  const thread = testThread(columns, names, targets[task]!);
  const of = (request: RankRequest = {}) => rank(l1Svm, thread, request);

  test("finds what was planted, best first, and says where", () => {
    const { features, scores, summary, statistics } = of();
    expect(features.slice(0, 2).sort((a, b) => a - b)).toEqual([3, 7]);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(summary).toMatchObject({ rule: "min", nonzero: features.length });
    expect(summary!.cv_loss).toBeLessThan(summary!.cv_loss_empty as number);
    for (const list of Object.values(statistics!)) expect(list).toHaveLength(features.length);
  });

  test("count stops at enough, 1se is no larger than min, a number is its own model", () => {
    const counted = of({ options: { c: "count" }, shared: { nFeatures: 6 } });
    expect(counted.features).toHaveLength(6);
    expect(counted.summary!.nonzero).toBeGreaterThanOrEqual(6);
    expect(of({ options: { c: "1se" } }).summary!.c).toBeLessThanOrEqual(of().summary!.c as number);
    const given = of({ options: { c: 0.2 } });
    expect(given.summary).toMatchObject({ c: 0.2, rule: "given" });
    const fitting = { weights: new Uint32Array(n).fill(1), standardise: true };
    const direct = withPart(thread, (part) => fitL1Svm(part, fitting, () => [0.2], { toTheEnd: true })).steps[0]!;
    const active = new Set(direct.flatMap((model) => Array.from(model.features)));
    expect([...given.features].sort((a, b) => a - b)).toEqual([...active].sort((a, b) => a - b));
  });

  test("by path entry: the first to enter, in their order, without folds", () => {
    const { features, scores, summary } = of({ shared: { byPathEntry: true, nFeatures: 6 } });
    expect(features).toHaveLength(6);
    expect(summary).toMatchObject({ rule: "path_entry" });
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    const counted = of({ options: { c: "count" }, shared: { nFeatures: 6 } });
    features.forEach((j, k) => {
      const at = counted.features.indexOf(j);
      if (at >= 0) expect(counted.statistics!.entry_c![at]).toBeCloseTo(1 / scores[k]!, 12);
    });
  });

  test("seeds repeat, groups change the folds; a sample drawn twice is two samples", () => {
    expect(of()).toEqual(of());
    const groups = Int32Array.from({ length: n }, (_, i) => i >> 1);
    expect(of({ shared: { groups } }).summary!.cv_loss).not.toBe(of().summary!.cv_loss);
    const order = Array.from({ length: n }, (_, i) => (i % 3 === 1 ? [i, i] : [i])).flat();
    const counts = Array.from({ length: n }, (_, i) => 1 + Number(i % 3 === 1));
    const { classes, y } = targets[task] as Extract<Target, { task: "binary" | "multiclass" }>;
    const written = testThread(
      columns.map((column) => Float64Array.from(order, (i) => column[i]!)),
      names,
      classTarget(
        order.map((i) => y[i]!),
        classes,
      ),
    );
    const [a, b] = [of({ options: { c: 0.1 }, samples: draw(n, counts) }), rank(l1Svm, written, { options: { c: 0.1 } })];
    expect(a.features).toEqual(b.features);
    a.scores.forEach((value, k) => {
      expect(value).toBeCloseTo(b.scores[k]!, 6);
    });
  });
});

test("class weights raise the cost of the rare class; on their own scale columns rank by standardised weights", () => {
  const y = Array.from(score, (s) => (s > 2 ? 1 : 0));
  const thread = testThread(columns, names, classTarget(y));
  const plain = rank(l1Svm, thread, { options: { c: 0.1 } });
  const balanced = rank(l1Svm, thread, { options: { c: 0.1 }, shared: { classWeight: true } });
  expect(balanced.scores).not.toEqual(plain.scores);
  const sizes = [0, 1].map((k) => y.filter((code) => code === k).length);
  const weights = y.map((code) => n / (2 * sizes[code]!));
  const direct = withPart(thread, (part) => fitL1Svm(part, { weights, standardise: true }, () => [0.1], { toTheEnd: true }));
  expect([...balanced.features].sort((a, b) => a - b)).toEqual(Array.from(direct.steps[0]![0]!.features));
  const wide = testThread(
    columns.map((column, j) => (j === 7 ? column.map((x) => 100 * x) : column)),
    names,
    targets.binary!,
  );
  const own = rank(l1Svm, wide, { options: { c: 0.05 }, shared: { scale: "none" } });
  expect(own.features[0]).toBe(7);
});

test("of copies the first by name enters, whatever the order of the columns", () => {
  const turned = testThread([columns[3]!, columns[7]!, columns[3]!], ["z", "b", "a"], targets.binary!);
  const { features } = rank(l1Svm, turned, { options: { c: 0.05 } });
  expect(features).toContain(2);
  expect(features).not.toContain(0);
});

test("nothing selected comes with its reason and a setting that selects; fewer are not padded", () => {
  const thread = testThread(columns.slice(21), names.slice(21), classTarget(Array.from({ length: n }, (_, i) => i % 2)));
  const small = rank(l1Svm, thread, { options: { c: 1e-6 } });
  expect(small.features).toEqual([]);
  expect(small.notes!.join()).toMatch(/no feature has a weight at C 0.000001, and none enters below .*"count"/);
  const none = rank(l1Svm, thread, { options: { c: "1se" } });
  expect(none.features).toEqual([]);
  expect(none.notes!.join()).toMatch(/nothing was selected at C .* would select/);
  const few = rank(l1Svm, testThread(columns, names, targets.binary!), { options: { c: 0.02 } });
  expect(few.notes!.join()).toMatch(/fewer than the 50 asked for; c "count" goes on/);
  expect(() => rank(l1Svm, thread, { shared: { groups: new Int32Array(n) } })).toThrow(/one group holds every sample/);
});

import { describe, expect, test } from "vitest";
import { WITHOUT_DATA } from "../../../../fixtures/data.ts";
import { agreements } from "../../../../fixtures/oracles/ridge/agreement.ts";
import { agreements as survivalAgreements } from "../../../../fixtures/oracles/ridge_cox/agreement.ts";
import { publicCase } from "../../../../fixtures/public-cases.ts";
import { classTarget, draw, featureNames, noise, type RankRequest, rank, testThread, withPart } from "../../test/thread.ts";
import { crossValidate, crossValidateRidge, fitRidge } from "../solvers/index.ts";
import type { Target } from "../target.ts";
import { ridge } from "./ridge.ts";

const missing = publicCase("alon_colon") === undefined;
const rows = agreements();

describe("against glmnet and closed forms", () => {
  test.skipIf(missing)(missing ? WITHOUT_DATA : "all cases are there", () => {
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row.inputs.split("; ")).toHaveLength(7);
  });
  test.each(rows)("$quantity", ({ deviation, tolerance }) => {
    expect(deviation).toBeLessThanOrEqual(tolerance);
  });
});

test.each(survivalAgreements())("$quantity, $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const n = 60;
const score = Float64Array.from(noise(n, 1, 77)[0]!, (e, i) => 2 * columnsOf(40)[3]![i]! - 1.5 * columnsOf(40)[7]![i]! + 0.3 * e);
function columnsOf(p: number): Float32Array[] {
  return noise(n, p, 12).map((column) => Float32Array.from(column));
}
const targets: Record<string, Target> = {
  regression: { task: "regression", y: score.map((s) => 100 + 10 * s) },
  binary: classTarget(Array.from(score, (s) => (s > 0 ? 1 : 0))),
  multiclass: classTarget(Array.from(score, (s) => (s > 1.2 ? 2 : s > -1.2 ? 1 : 0))),
  survival: {
    task: "survival",
    time: score.map((s) => Math.ceil(40 - 8 * s)),
    event: Uint8Array.from(score, (_, i) => (i % 5 === 0 ? 0 : 1)),
  },
};

describe.each(Object.keys(targets))("%s", (task) => {
  describe.each([30, 90])("%i features to 60 samples", (p) => {
    const names = featureNames(p);
    const columns = noise(n, p, 12);
    const thread = testThread([...columns.slice(0, p - 1), columns[3]!], names, targets[task]!);
    const of = (request: RankRequest = {}) => rank(ridge, thread, request);

    test("finds what was planted, a copy beside its original, and says where", () => {
      const { features, scores, summary, statistics, notes } = of();
      expect(features.slice(0, 3).sort((a, b) => a - b)).toEqual([3, 7, p - 1]);
      expect(Math.abs(scores[features.indexOf(3)]! - scores[features.indexOf(p - 1)]!)).toBeLessThan(1e-6 * scores[0]!);
      expect(features).toHaveLength(Math.min(50, p));
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
      expect(summary).toMatchObject({ rule: "min" });
      // more features than samples can tell a number without error: the weakest penalty is then the best
      if (task !== "regression") expect(notes).toBeUndefined();
      for (const list of Object.values(statistics!)) expect(list).toHaveLength(features.length);
    });

    test("1se is no weaker than min; a number is its own model; seeds repeat, groups change the folds", () => {
      const min = of();
      expect(of({ options: { lambda: "1se" } }).summary!.lambda).toBeGreaterThanOrEqual(min.summary!.lambda as number);
      const given = of({ options: { lambda: 0.3 } });
      expect(given.summary).toMatchObject({ lambda: 0.3, rule: "given", cv_deviance: null });
      const direct = withPart(thread, (part) => fitRidge(part, {}, (fitter) => fitter.at(0.3)));
      const norm = (j: number) => Math.sqrt(direct.coefficients.reduce((sum, block) => sum + block[j]! ** 2, 0));
      given.features.forEach((j, k) => {
        expect(given.scores[k]).toBeCloseTo(norm(j), 12);
      });
      expect(of()).toEqual(min);
      const groups = Int32Array.from({ length: n }, (_, i) => i >> 1);
      expect(of({ shared: { groups } }).summary!.cv_deviance).not.toBe(min.summary!.cv_deviance);
      expect(of({ shared: { byPathEntry: true } })).toEqual(min);
    });

    test("a sample drawn twice is two samples", () => {
      const twice = draw(
        n,
        Array.from({ length: n }, (_, i) => 1 + (i % 2)),
      );
      const order = Array.from({ length: n }, (_, i) => (i % 2 === 1 ? [i, i] : [i])).flat();
      const copied = testThread(
        [...columns.slice(0, p - 1), columns[3]!].map((column) => Float64Array.from(order, (i) => column[i]!)),
        names,
        taken(targets[task]!, order),
      );
      const options = { lambda: 0.2 };
      const weighted = rank(ridge, thread, { options, samples: twice });
      const written = rank(ridge, copied, { options });
      expect(weighted.features.slice(0, 10)).toEqual(written.features.slice(0, 10));
      weighted.scores.slice(0, 10).forEach((value, k) => {
        expect(value).toBeCloseTo(written.scores[k]!, 7);
      });
    });
  });
});

function taken(target: Target, rows: number[]): Target {
  if (target.task === "survival")
    return { ...target, time: Float64Array.from(rows, (i) => target.time[i]!), event: Uint8Array.from(rows, (i) => target.event[i]!) };
  if (!("y" in target)) throw new Error("classes or numbers only");
  if (target.task === "regression") return { ...target, y: Float64Array.from(rows, (i) => target.y[i]!) };
  return { ...target, y: Int32Array.from(rows, (i) => target.y[i]!) };
}

test("on columns of their own scale the ranking is by standardised coefficients, and differs", () => {
  const columns = noise(n, 20, 4).map((column, j) => column.map((x) => x * (j % 2 === 0 ? 1 : 10)));
  const y = columns[0]!.map((x, i) => x + columns[1]![i]! / 10);
  const thread = testThread(columns, featureNames(20), { task: "regression", y });
  const own = rank(ridge, thread, { options: { lambda: 0.5 }, shared: { scale: "none" } });
  expect(own.features[0]).toBe(1);
  const standard = rank(ridge, thread, { options: { lambda: 0.5 } });
  expect(Math.abs(standard.scores[0]! - standard.scores[1]!)).toBeLessThan(0.2 * standard.scores[0]!);
  expect(own.scores[1]).toBeLessThan(0.8 * own.scores[0]!);
});

test("survival: an earlier event has a positive coefficient; cross-validation is what each fold adds to the partial likelihood", () => {
  const thread = testThread(columnsOf(30), featureNames(30), targets.survival!);
  const { features, statistics, summary } = rank(ridge, thread);
  expect(Math.sign(statistics!.coefficient![features.indexOf(3)]!)).toBe(1);
  expect(Math.sign(statistics!.coefficient![features.indexOf(7)]!)).toBe(-1);
  expect(summary!.deviance_ratio).toBeGreaterThan(0.2);
  const folds = [0, 1, 2].map((f) => ({
    train: Array.from({ length: n }, (_, i) => i).filter((i) => i % 3 !== f),
    test: Array.from({ length: n }, (_, i) => i).filter((i) => i % 3 === f),
  }));
  const lambdas = [3, 0.3, 0.03];
  const ours = withPart(thread, (part) => crossValidateRidge(part, folds, lambdas, {}));
  const path = withPart(thread, (part) => crossValidate(part, folds, lambdas, { l1Ratio: 0, tolerance: 1e-9 }));
  ours.deviance.forEach((value, k) => {
    expect(value).toBeCloseTo(path.deviance[k]!, 4);
  });
  const none = { ...targets.survival!, event: new Uint8Array(n) } as Target;
  expect(() => rank(ridge, testThread(columnsOf(5), featureNames(5), none))).toThrow(/no event that happened while others/);
});

test("balanced class weights undo unequal classes", () => {
  const unequal = classTarget(Array.from(score, (s) => (s > 2 ? 1 : 0)));
  const y = (unequal as { y: Int32Array }).y;
  const thread = testThread(columnsOf(40), featureNames(40), unequal);
  const sizes = [0, 1].map((k) => y.filter((code) => code === k).length);
  const weights = Array.from(y, (code) => n / (2 * sizes[code]!));
  const got = rank(ridge, thread, { options: { lambda: 0.1 }, shared: { classWeight: true } });
  const direct = withPart(thread, (part) => fitRidge(part, { weights }, (fitter) => fitter.at(0.1)));
  expect(got.scores[0]).toBeCloseTo(Math.abs(direct.coefficients[0]![got.features[0]!]!), 12);
  expect(got.scores[0]).not.toBeCloseTo(rank(ridge, thread, { options: { lambda: 0.1 } }).scores[0]!, 3);
});

test("the last lambda as the best, constant features, and one group come with their reasons", () => {
  const columns = [...columnsOf(5), new Float32Array(n).fill(2)];
  const thread = testThread(columns, featureNames(6), targets.regression!);
  const short = rank(ridge, thread, { options: { lambda_min_ratio: 0.5 } });
  expect(short.notes!.join()).toMatch(/a smaller lambda_min_ratio may find a better one/);
  expect(rank(ridge, thread).notes!.join()).toMatch(/5 of 6 features vary; the rest are constant/);
  expect(rank(ridge, thread).features).toHaveLength(5);
  const flat = rank(ridge, testThread([new Float32Array(n)], ["a"], targets.binary!), { options: { lambda: 1 } });
  expect(flat.features).toEqual([]);
  expect(flat.notes!.join()).toMatch(/nothing was selected: all 1 features are constant/);
  expect(() => rank(ridge, thread, { shared: { groups: new Int32Array(n) } })).toThrow(/set lambda to a number/);
});

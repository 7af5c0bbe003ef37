import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/logistic_l2/agreement.ts";
import { noise } from "../../test/thread.ts";
import { logLoss, rocAuc, rocAucOvr } from "../metrics/index.ts";
import { Rng } from "../random.ts";
import { kFold } from "../resampling/index.ts";
import type { Target } from "../target.ts";
import { coxPath } from "./cox-l2.ts";
import { type DenseTable, fitRefit, penalties, predictRefit, type RefitModel } from "./index.ts";
import { logisticPath } from "./logistic-l2.ts";
import { ridgePath } from "./ridge.ts";

const tableOf = (columns: number[][]): DenseTable => ({
  n: columns[0]?.length ?? 0,
  k: columns.length,
  columns: columns.map((column) => Float64Array.from(column)),
});
const ones = (n: number) => new Float64Array(n).fill(1);

/** Classes dealt in turn; column j of the first `informative` is higher by `effect` in class j mod K. */
function simulated(seed: number, n: number, k: number, classes: number, effect: number, informative = k) {
  const rng = Rng.from(seed, "simulated");
  const normal = () => Array.from({ length: 12 }, () => rng.uniform()).reduce((a, b) => a + b, -6);
  const y = Int32Array.from({ length: n }, (_, i) => i % classes);
  const column = (j: number) => Array.from(y, (code) => normal() + (j < informative && code === j % classes ? effect : 0));
  const table = tableOf(Array.from({ length: k }, (_, j) => column(j)));
  const target: Target = {
    task: classes === 2 ? "binary" : "multiclass",
    classes: Array.from({ length: classes }, (_, c) => `c${c}`),
    y,
  };
  return { table: { ...table, n }, target, y, splits: kFold({ n, strata: y }, 5, rng) };
}

describe("as scikit-learn at the same penalty", () => {
  test.each(agreements())("$quantity", ({ deviation, tolerance }) => {
    expect(deviation).toBeLessThanOrEqual(tolerance);
  });
});

describe("the optimum, at any shape", () => {
  test.each([
    ["binary", 60, 5, 2],
    ["binary, k > n", 30, 80, 2],
    ["four classes", 60, 6, 4],
    ["three classes, k > n", 24, 60, 3],
  ])("%s: the gradient is 0, penalty included", (_, n, k, classes) => {
    const { table, y } = simulated(3, n, k, classes, 0.7);
    const weights = Float64Array.from({ length: n }, (_, i) => 1 + (i % 3));
    const total = weights.reduce((a, b) => a + b);
    const path = logisticPath(table, y, weights, classes);
    for (const penalty of [1, 0.01, 0.0001]) {
      const model = path(penalty, 1e-9);
      const { scores } = predictRefit(model, table);
      model.coefficients.forEach((row, r) => {
        const code = classes === 2 ? 1 : r;
        const residual = Array.from(y, (own, i) => (weights[i]! / total) * (scores[code]![i]! - (own === code ? 1 : 0)));
        expect(Math.abs(residual.reduce((a, b) => a + b))).toBeLessThan(1e-8);
        row.forEach((b, j) => {
          const slope = residual.reduce((sum, v, i) => sum + (v * (table.columns[j]![i]! - model.centre[j]!)) / model.scale[j]!, 0);
          expect(Math.abs(slope + penalty * b)).toBeLessThan(1e-8);
        });
      });
    }
  });

  test("ridge by its normal equations, with k below and above n", () => {
    for (const [n, k] of [
      [30, 6],
      [12, 25],
    ] as const) {
      const { table } = simulated(4, n, k, 2, 0.5);
      const y = table.columns[0]!.map((v, i) => 5 + 3 * v + (i % 4));
      const weights = Float64Array.from({ length: n }, (_, i) => 1 + (i % 2));
      const model = ridgePath(table, y, weights)(0.05);
      const fitted = predictRefit(model, table).scores[0]!;
      const total = weights.reduce((a, b) => a + b);
      model.coefficients.forEach((b, j) => {
        const slope = fitted.reduce(
          (sum, v, i) => sum + ((weights[i]! / total) * (v - y[i]!) * (table.columns[j]![i]! - model.centre[j]!)) / model.scale[j]!,
          0,
        );
        expect(Math.abs(slope + 0.05 * b)).toBeLessThan(1e-12);
      });
    }
  });

  test("weights are repeats", () => {
    const { table, y } = simulated(5, 20, 3, 2, 1);
    const times = Array.from({ length: 20 }, (_, i) => i % 3);
    const rows = times.flatMap((t, i) => Array.from({ length: t }, () => i));
    const repeated = tableOf(table.columns.map((column) => rows.map((i) => column[i]!)));
    const once = logisticPath(table, y, Float64Array.from(times), 2)(0.1, 1e-11);
    const more = logisticPath(
      repeated,
      Int32Array.from(rows, (i) => y[i]!),
      ones(rows.length),
      2,
    )(0.1, 1e-11);
    once.coefficients[0]!.forEach((b, j) => {
      expect(b).toBeCloseTo(more.coefficients[0]![j]!, 8);
    });
  });
});

describe("fitRefit", () => {
  test("finds signal and predicts new samples; noise gets the class shares", () => {
    const { table, target, splits } = simulated(1, 90, 5, 2, 1);
    const fresh = simulated(2, 60, 5, 2, 1);
    const { scores } = predictRefit(fitRefit(table, target, ones(90), splits), fresh.table);
    expect(rocAuc(fresh.y, scores[1]!)).toBeGreaterThan(0.9);
    const noise = simulated(1, 90, 5, 2, 0);
    expect(fitRefit(noise.table, noise.target, ones(90), noise.splits).penalty).toBeGreaterThanOrEqual(0.2);
  });

  test("several classes: probabilities sum to 1", () => {
    const { table, target, y, splits } = simulated(1, 60, 6, 3, 2);
    const { scores } = predictRefit(fitRefit(table, target, ones(60), splits), table);
    expect(scores.length).toBe(3);
    for (let i = 0; i < 60; i++) expect(scores[0]![i]! + scores[1]![i]! + scores[2]![i]!).toBeCloseTo(1, 12);
    expect(rocAucOvr(y, scores)).toBeGreaterThan(0.9);
  });

  test("the penalty is the one of the least loss over the inner folds, the largest of equals", () => {
    const { table, target, splits } = simulated(6, 50, 8, 2, 0.8, 2);
    const { tried, penalty } = fitRefit(table, target, ones(50), splits);
    expect(tried.map((trial) => trial.penalty)).toEqual(penalties.slice(0, tried.length));
    const least = Math.min(...tried.map(({ loss }) => loss));
    expect(tried.find(({ loss }) => loss === least)!.penalty).toBe(penalty);
    // by hand for one of them
    let total = 0;
    for (const { train, test } of splits) {
      const rows = (columns: Float64Array[], at: Uint32Array) => tableOf(columns.map((column) => Array.from(at, (i) => column[i]!)));
      const codes = (at: Uint32Array) => Int32Array.from(at, (i) => (target.task === "binary" ? target.y[i]! : 0));
      const model = logisticPath(rows(table.columns, train), codes(train), ones(train.length), 2)(tried[2]!.penalty, 1e-9);
      total += (test.length / 50) * logLoss(codes(test), predictRefit(model, rows(table.columns, test)).scores)!;
    }
    expect(tried[2]!.loss).toBeCloseTo(total, 4);
  });

  test("separated data converge to finite coefficients", () => {
    const { table, target, y, splits } = simulated(1, 30, 3, 2, 30);
    const model = fitRefit(table, target, ones(30), splits);
    expect(model.penalty).toBe(penalties.at(-1));
    const { scores } = predictRefit(model, table);
    expect(rocAuc(y, scores[1]!)).toBe(1);
    expect(Math.max(...scores[1]!)).toBeLessThan(1);
    expect(scores.flatMap((column) => Array.from(column)).every(Number.isFinite)).toBe(true);
  });

  test("no features: weighted class shares, AUC 0.5; the mean", () => {
    const { target, splits } = simulated(1, 9, 0, 2, 0);
    const empty: DenseTable = { n: 9, k: 0, columns: [] };
    const { scores } = predictRefit(fitRefit(empty, target, ones(9), splits), { n: 4, k: 0, columns: [] });
    expect([...scores[1]!].every((p) => Math.abs(p - 4 / 9) < 1e-12)).toBe(true);
    expect(rocAuc([0, 1, 1, 0], scores[1]!)).toBe(0.5);
    const regression: Target = { task: "regression", y: Float64Array.of(1, 2, 6) };
    const mean = predictRefit(fitRefit({ n: 3, k: 0, columns: [] }, regression, Float64Array.of(1, 1, 2), []), { n: 1, k: 0, columns: [] });
    expect(mean.scores[0]![0]).toBeCloseTo(3.75, 14);
  });

  test("constant columns, a lonely class, empty inner folds and none at all", () => {
    const { table, y } = simulated(1, 20, 2, 2, 2);
    const constant = { ...table, k: 3, columns: [...table.columns, new Float64Array(20).fill(0.1)] };
    const alone = y.map((code, i) => (i === 7 ? 2 : code));
    const target: Target = { task: "multiclass", classes: ["a", "b", "c"], y: alone };
    const splits = [...kFold({ n: 20 }, 4, Rng.from(1)), { train: Uint32Array.from(alone.keys()), test: new Uint32Array(0) }];
    for (const inner of [splits, []]) {
      const model = fitRefit(constant, target, ones(20), inner);
      const { scores } = predictRefit(model, constant);
      expect(scores.flatMap((column) => Array.from(column)).every(Number.isFinite)).toBe(true);
      expect(model.scale[2]).toBe(1);
      expect(model.coefficients.map((row) => (row as number[])[2])).toEqual([0, 0, 0]);
    }
  });

  test("one class only: it gets 1", () => {
    const target: Target = { task: "binary", classes: ["a", "b"], y: Int32Array.of(1, 1, 1) };
    const { scores } = predictRefit(fitRefit(tableOf([[1, 2, 3]]), target, ones(3), []), tableOf([[5]]));
    expect(scores.map((column) => [...column])).toEqual([[0], [1]]);
  });

  test("regression predicts", () => {
    const { table, splits } = simulated(1, 50, 4, 2, 0);
    const y = table.columns[0]!.map((v, i) => 3 * v + table.columns[1]![i]! + 0.01 * (i % 5));
    const model = fitRefit(table, { task: "regression", y }, ones(50), splits);
    const [predicted] = predictRefit(model, table).scores;
    y.forEach((value, i) => {
      expect(Math.abs(predicted![i]! - value)).toBeLessThan(0.1);
    });
  });

  test("a model written as JSON and read again predicts the same", () => {
    const { table, target, splits } = simulated(1, 40, 3, 3, 1);
    const model = fitRefit(table, target, ones(40), splits);
    const read = JSON.parse(JSON.stringify(model)) as RefitModel;
    expect(read).toEqual(model);
    expect(predictRefit(read, table)).toEqual(predictRefit(model, table));
  });

  test("the unit of a column plays no part", () => {
    const { table, target, splits } = simulated(7, 40, 3, 2, 1);
    const before = predictRefit(fitRefit(table, target, ones(40), splits), table).scores[1]!;
    fc.assert(
      fc.property(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -100, max: 100 }), (power, shift) => {
        const moved = {
          ...table,
          columns: table.columns.map((column, j) => (j === 1 ? column.map((v) => v * 2 ** power + shift) : column)),
        };
        const after = predictRefit(fitRefit(moved, target, ones(40), splits), moved).scores[1]!;
        after.forEach((value, i) => {
          expect(Math.abs(value - before[i]!)).toBeLessThan(1e-4);
        });
      }),
      { numRuns: 8 },
    );
  });
});

test("free columns are all but unpenalised: under a penalty that leaves nothing of the others they are the model without them", () => {
  const [x, z, e] = noise(80, 3, 5);
  const y = z!.map((value, i) => 3 + 2 * value + x![i]! + 0.5 * e![i]!);
  const weights = new Float64Array(80).fill(1);
  const table = { n: 80, k: 2, columns: [x!, z!], free: 1 };
  const alone = { n: 80, k: 1, columns: [z!], free: 1 };
  const codes = Int32Array.from(y, (value) => (value > 3 ? 1 : 0));
  const target = { time: y.map((value) => 20 - value), event: new Uint8Array(80).fill(1) };
  const pairs: [{ coefficients: number[] | number[][]; scale: number[] }, { coefficients: number[] | number[][]; scale: number[] }][] = [
    [ridgePath(table, y, weights)(100), ridgePath(alone, y, weights)(1e-9)],
    [logisticPath(table, codes, weights, 2)(100, 1e-8), logisticPath(alone, codes, weights, 2)(1e-9, 1e-8)],
    [coxPath(table, target, weights)(100, 1e-8), coxPath(alone, target, weights)(1e-9, 1e-8)],
  ];
  for (const [held, free] of pairs) {
    const own = held.coefficients.flat().map((value, j) => value / held.scale[j]!);
    expect(Math.abs(own[0]!)).toBeLessThan(0.02);
    expect(own[1]! / (free.coefficients.flat()[0]! / free.scale[0]!)).toBeCloseTo(1, 1);
  }
});

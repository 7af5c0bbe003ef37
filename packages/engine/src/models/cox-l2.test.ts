import { describe, expect, test } from "vitest";
import { WITHOUT_DATA } from "../../../../fixtures/data.ts";
import { agreements } from "../../../../fixtures/oracles/cox_l2/agreement.ts";
import { gbsg2 } from "../../../../fixtures/oracles/survival-data.ts";
import { noise } from "../../test/thread.ts";
import { cIndex } from "../metrics/c-index.ts";
import { Rng } from "../random.ts";
import { kFold } from "../resampling/index.ts";
import type { Target } from "../target.ts";
import { coxPath, leftOutDeviance } from "./cox-l2.ts";
import { type DenseTable, fitRefit, predictRefit } from "./index.ts";

test.each(agreements())("$quantity as $oracle, $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const gbsg = gbsg2();

test.skipIf(gbsg === undefined)(
  gbsg === undefined ? WITHOUT_DATA : "without a penalty, the textbook's model of gbsg2 to its last digit",
  () => {
    const { columns, target } = gbsg!;
    const n = target.time.length;
    const table = { n, k: columns.length, columns };
    const model = coxPath(table, target, new Float64Array(n).fill(1))(1e-13, 1e-10);
    const published = [-0.34628, -0.00946, -0.25844, 0.0078, 0.63611, 0.77965, 0.04879, -0.00222, 0.0002];
    model.coefficients.forEach((value, j) => {
      expect(value / model.scale[j]!).toBeCloseTo(published[j]!, 5);
    });
    const risk = predictRefit(model, table).scores[0]!;
    expect(cIndex(target.time, target.event, risk)).toBeCloseTo(0.6919, 4);
  },
);

const n = 90;
const columns = noise(n, 6, 31);
const survival = (event: (i: number) => number): Target & { task: "survival" } => ({
  task: "survival",
  time: Float64Array.from(columns[0]!, (x, i) => Math.ceil(20 * Math.exp(-x + 0.7 * columns[1]![i]! + 0.5 * columns[5]![i]!))),
  event: Uint8Array.from(columns[0]!, (_, i) => event(i)),
});
const target = survival((i) => (i % 3 === 0 ? 0 : 1));
const table: DenseTable = { n, k: 4, columns: columns.slice(0, 4) };
const ones = new Float64Array(n).fill(1);
const splits = (of: Target & { task: "survival" }) => kFold({ n, strata: Int32Array.from(of.event) }, 5, Rng.from(3, "folds"));

describe("refitting a signature", () => {
  test("learns a risk, its penalty by the partial likelihood of what each fold leaves out", () => {
    const model = fitRefit(table, target, ones, splits(target));
    expect(model.model).toBe("cox_l2");
    const risk = predictRefit(model, table).scores[0]!;
    expect(cIndex(target.time, target.event, risk)).toBeGreaterThan(0.75);
    const best = model.tried.reduce((least, trial) => (trial.loss < least.loss ? trial : least));
    expect(model.penalty).toBe(best.penalty);
    expect(model.penalty).toBeLessThan(100);
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
    // by hand at the penalty chosen
    let [gain, events] = [0, 0];
    for (const { train, test: held } of splits(target)) {
      const take = (values: ArrayLike<number>) => Float64Array.from(train, (i) => values[i]!);
      const part = { n: train.length, k: 4, columns: table.columns.map(take) };
      const own = { time: take(target.time), event: Uint8Array.from(train, (i) => target.event[i]!) };
      const fit = coxPath(part, own, new Float64Array(train.length).fill(1))(model.penalty, 1e-9);
      const training = Float64Array.from(ones, (_, i) => (train.includes(i) ? 1 : 0));
      const seen = held.reduce((sum, i) => sum + target.event[i]!, 0);
      gain += seen * leftOutDeviance(predictRefit(fit, table).scores[0]!, target, ones, training);
      events += seen;
    }
    expect(best.loss).toBeCloseTo(gain / events, 3);
  });

  test("of noise takes a heavy penalty", () => {
    const model = fitRefit({ n, k: 2, columns: columns.slice(2, 4) }, target, ones, splits(target));
    expect(model.penalty).toBeGreaterThan(0.01);
  });

  test("a weight of two is two samples, but for the ties that copies make; a weight of zero none", () => {
    const half = Float64Array.from(ones, (_, i) => i % 2);
    const rows = Array.from(ones.keys()).filter((i) => i % 2 === 1);
    const take = (values: ArrayLike<number>) => Float64Array.from(rows, (i) => values[i]!);
    const whole = coxPath(table, target, half)(0.1, 1e-10);
    const own = { time: take(target.time), event: Uint8Array.from(rows, (i) => target.event[i]!) };
    const only = coxPath({ n: rows.length, k: 4, columns: table.columns.map(take) }, own, take(half))(0.1, 1e-10);
    whole.coefficients.forEach((value, j) => {
      expect(value).toBeCloseTo(only.coefficients[j]!, 8);
    });
  });

  test("without features, or without an event, all risks are equal", () => {
    const empty = fitRefit({ n, k: 0, columns: [] }, target, ones, splits(target));
    expect(new Set(predictRefit(empty, { n: 7, k: 0, columns: [] }).scores[0])).toEqual(new Set([0]));
    const none = survival(() => 0);
    const model = fitRefit(table, none, ones, splits(none));
    expect(new Set(predictRefit(model, table).scores[0]!.map(Math.abs))).toEqual(new Set([0]));
  });

  test("events in the order of a column, a constant column, folds without events", () => {
    const time = Float64Array.from({ length: n }, (_, i) => 1 + i);
    const ordered: Target & { task: "survival" } = { task: "survival", time, event: Uint8Array.from(time, (t) => (t <= 3 ? 1 : 0)) };
    const hard = { n, k: 2, columns: [time.map((t) => -t), new Float64Array(n).fill(4)] };
    const model = fitRefit(hard, ordered, ones, splits(ordered));
    const [risk] = predictRefit(model, hard).scores;
    expect(risk!.every(Number.isFinite)).toBe(true);
    expect(cIndex(ordered.time, ordered.event, risk!)).toBe(1);
    expect(model.model === "cox_l2" && model.coefficients[1]).toBe(0);
  });
});

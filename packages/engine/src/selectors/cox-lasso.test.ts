import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/cox_lasso/agreement.ts";
import { draw, featureNames, noise, rank, testThread, withPart } from "../../test/thread.ts";
import { fitPenalized } from "../solvers/index.ts";
import type { Target } from "../target.ts";
import { coxLasso } from "./cox-lasso.ts";
import { lasso } from "./lasso.ts";

test.each(agreements())("$quantity as $oracle, $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const n = 80;
const columns = noise(n, 40, 21);
const names = featureNames(40);
const risk = Float64Array.from(columns[3]!, (x, i) => x - 0.8 * columns[7]![i]!);
const survival = (event: ArrayLike<number>): Target => ({
  task: "survival",
  time: Float64Array.from(risk, (r, i) => Math.ceil(30 * Math.exp(-r + 0.4 * columns[30]![i]!))),
  event: Uint8Array.from(event),
});
const events = Array.from({ length: n }, (_, i) => (i % 4 === 0 ? 0 : 1));
const thread = testThread(columns, names, survival(events));

test("is the lasso on a survival target: finds what was planted, a higher risk with a positive coefficient", () => {
  const got = rank(coxLasso, thread);
  expect(got.features.slice(0, 2)).toEqual([3, 7]);
  const { coefficient } = got.statistics!;
  expect([Math.sign(coefficient![0]!), Math.sign(coefficient![1]!)]).toEqual([1, -1]);
  expect(got.summary!.cv_deviance).toBeLessThan(got.summary!.cv_deviance_empty as number);
  const same = rank(lasso, thread, { options: { lambda: 0.1 } });
  expect(rank(coxLasso, thread, { options: { lambda: 0.1 } })).toEqual(same);
});

test("stability's order is that of entry into the path", () => {
  const { features, summary } = rank(coxLasso, thread, { shared: { byPathEntry: true, nFeatures: 4 } });
  expect(features.slice(0, 2).sort((a, b) => a - b)).toEqual([3, 7]);
  expect(features).toHaveLength(4);
  expect(summary).toMatchObject({ rule: "path_entry" });
});

test("a sample drawn twice counts as two: Breslow ties", () => {
  const twice = <T>(values: ArrayLike<T>) => Array.from(values).flatMap((value) => [value, value]);
  const target = survival(events) as Target & { task: "survival" };
  const copied = testThread(columns.map(twice), names, {
    task: "survival",
    time: Float64Array.from(twice(target.time)),
    event: Uint8Array.from(twice(target.event)),
  });
  const samples = draw(
    Array.from({ length: n }, (_, i) => i),
    new Array(n).fill(2),
  );
  const steps = (on: typeof thread, request = draw(on.matrix.n)) =>
    withPart(on, (part) => fitPenalized(part, { l1Ratio: 1, lambdas: [0.15, 0.05] }), request).steps;
  steps(thread, samples).forEach((step, k) => {
    const other = steps(copied)[k]!;
    expect(Array.from(step.features)).toEqual(Array.from(other.features));
    step.coefficients[0]!.forEach((value, i) => {
      expect(value).toBeCloseTo(other.coefficients[0]![i]!, 6);
    });
  });
});

describe("too few events", () => {
  test("none, or only among the last at risk: refused, with the reason", () => {
    expect(() => rank(coxLasso, testThread(columns, names, survival(new Array(n).fill(0))))).toThrow(/no event that happened while others/);
    const { time } = survival(events) as Target & { task: "survival" };
    const last = time.indexOf(Math.max(...time));
    const only = survival(events.map((_, i) => (i === last ? 1 : 0)));
    expect(() => rank(coxLasso, testThread(columns, names, only))).toThrow(/nothing to learn/);
  });

  test("one event cannot be cross-validated; by count it can be learned from", () => {
    const { time } = survival(events) as Target & { task: "survival" };
    const first = time.indexOf(Math.min(...time));
    const one = testThread(columns, names, survival(events.map((_, i) => (i === first ? 1 : 0))));
    expect(() => rank(coxLasso, one)).toThrow(/fewer than two inner folds hold an event/);
    expect(rank(coxLasso, one, { options: { lambda: "count" }, shared: { nFeatures: 2 } }).features.length).toBeGreaterThan(0);
  });

  test("three events in five folds: the folds without are passed over", () => {
    const { time } = survival(events) as Target & { task: "survival" };
    const early = Array.from(time.keys())
      .sort((a, b) => time[a]! - time[b]!)
      .slice(0, 3);
    const three = testThread(columns, names, survival(events.map((_, i) => (early.includes(i) ? 1 : 0))));
    expect(Number.isFinite(rank(coxLasso, three).summary!.cv_deviance)).toBe(true);
  });
});

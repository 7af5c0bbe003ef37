import { describe, expect, test } from "vitest";
import { type DenseProblem, judge, standardColumns } from "../../test/dense-model.ts";
import { classTarget, draw, featureNames, noise, testThread, withPart } from "../../test/thread.ts";
import { EngineError } from "../errors.ts";
import type { Draw } from "../part.ts";
import type { Target } from "../target.ts";
import { cheapestShift } from "./class-shift.ts";
import { fitPenalized, geometricLambdas, type PenalizedOptions, type PenalizedPath } from "./index.ts";

interface Cohort {
  columns: Float32Array[];
  target: Target;
}

/** n samples, p features of which the first three matter, neighbours correlated. */
function cohort(task: "regression" | "binary" | "multiclass", n: number, p: number, seed = 3): Cohort {
  const raw = noise(n, p + 1, seed);
  const columns = Array.from({ length: p }, (_, j) =>
    Float32Array.from(raw[j]!, (x, i) => 5 + (1 + (j % 3)) * (x + 0.7 * raw[j + 1]![i]!)),
  );
  const signal = Float64Array.from(raw[p]!, (e, i) => columns[0]![i]! - columns[1]![i]! / 2 + columns[2]![i]! / 3 + 2 * e - 4);
  if (task === "regression") return { columns, target: { task, y: signal } };
  const cuts = task === "binary" ? [0] : [-1.5, 1.5];
  return { columns, target: classTarget(Array.from(signal, (s) => cuts.filter((cut) => s > cut).length)) };
}

function fit({ columns, target }: Cohort, options: PenalizedOptions, samples?: Draw): PenalizedPath {
  const thread = testThread(columns, featureNames(columns.length), target);
  return withPart(thread, (part) => fitPenalized(part, options), samples);
}

function denseOf({ columns, target }: Cohort, path: PenalizedPath, l1Ratio: number, weights: ArrayLike<number>): DenseProblem {
  if (!("y" in target)) throw new Error("classes or numbers only");
  const y = target.task === "regression" ? target.y.map((value) => (value - path.targetCentre) / path.targetScale) : target.y;
  return { family: path.family, columns, y, weights, l1Ratio };
}

const tasks = ["regression", "binary", "multiclass"] as const;

describe.each(tasks)("%s", (task) => {
  test.each([0, 0.01, 0.3, 0.5, 0.9, 1])("every step is optimal at l1_ratio %f, weighted samples included", (l1Ratio) => {
    for (const [n, p] of [
      [40, 60],
      [61, 9],
    ] as const) {
      const data = cohort(task, n, p);
      const weights = Float64Array.from({ length: n }, (_, i) => 1 + (i % 3) / 2);
      const path = fit(data, { l1Ratio, weights, nLambda: 15 });
      const problem = denseOf(data, path, l1Ratio, weights);
      const standard = standardColumns(data.columns, weights);
      expect(path.steps.length).toBeGreaterThan(7);
      if (l1Ratio > 0) expect(path.steps[0]!.features).toHaveLength(0);
      if (l1Ratio > 0) expect(path.steps.at(-1)!.features.length).toBeGreaterThan(3);
      const scale = path.lambdaMax * Math.max(l1Ratio, 1e-3);
      for (const step of path.steps) {
        const { violation, objective } = judge(problem, step, standard);
        expect(violation).toBeLessThan(2e-7 * scale);
        expect(step.objective).toBeCloseTo(objective, 12);
      }
    }
  });

  test("a weight of 2 is a row written twice", () => {
    const data = cohort(task, 30, 12);
    const rows = Array.from({ length: 30 }, (_, i) => i).flatMap((i) => (i % 4 === 1 ? [i, i] : [i]));
    const twice = <T>(values: ArrayLike<T>) => rows.map((i) => values[i]!);
    const target = "y" in data.target ? data.target : undefined;
    const doubled: Cohort = {
      columns: data.columns.map((column) => Float32Array.from(twice(column))),
      target: task === "regression" ? { task, y: Float64Array.from(twice(target!.y)) } : classTarget(twice(target!.y)),
    };
    const counts = Uint32Array.from({ length: 30 }, (_, i) => (i % 4 === 1 ? 2 : 1));
    const options = { l1Ratio: 0.8, nLambda: 20, lambdaMinRatio: 0.02 };
    const [byCounts, byRows] = [fit(data, options, draw(30, counts)), fit(doubled, options)];
    const byWeights = fit(data, { ...options, weights: counts });
    expect(byCounts.lambdaMax).toBeCloseTo(byRows.lambdaMax, 12);
    byRows.steps.forEach((step, k) => {
      for (const other of [byCounts.steps[k]!, byWeights.steps[k]!]) {
        expect(other.objective).toBeCloseTo(step.objective, 9);
        expect(Array.from(other.features)).toEqual(Array.from(step.features));
      }
    });
  });

  test("rows outside the part change nothing, byte for byte", () => {
    const data = cohort(task, 41, 30);
    const rows = Array.from({ length: 41 }, (_, i) => i).filter((i) => i % 4 !== 3);
    const poison = [1e30, -3e38, 7, 1e-40];
    const poisoned: Cohort = {
      columns: data.columns.map((column, j) => column.map((x, i) => (i % 4 === 3 ? poison[(i + j) % 4]! : x))),
      target: data.target,
    };
    const options = { l1Ratio: 0.9, nLambda: 25 };
    const [clean, dirty] = [fit(data, options, draw(rows)), fit(poisoned, options, draw(rows))];
    expect(dirty).toEqual(clean);
    expect(clean.steps.at(-1)!.features.length).toBeGreaterThan(3);
  });

  test("nearly doubled columns converge", () => {
    const data = cohort(task, 50, 10);
    const tilt = noise(50, 10, 8);
    const columns = [
      ...data.columns,
      ...data.columns.map((column, j) => column.map((x, i) => x * (1 + 2e-7 * tilt[j]![i]!))),
      data.columns[0]!,
    ];
    const all = { columns, target: data.target };
    const path = fit(all, { l1Ratio: 1, nLambda: 30, lambdaMinRatio: 0.01 });
    const problem = denseOf(all, path, 1, new Float64Array(50).fill(1));
    for (const step of path.steps) expect(judge(problem, step).violation).toBeLessThan(5e-7 * path.lambdaMax);
  });

  test("constant columns stay out", () => {
    const data = cohort(task, 30, 5);
    const columns = [...data.columns, new Float32Array(30).fill(1e6), new Float32Array(30)];
    for (const l1Ratio of [0, 0.5, 1]) {
      const path = fit({ columns, target: data.target }, { l1Ratio, nLambda: 10 });
      for (const step of path.steps) expect(step.features.every((j) => j < 5)).toBe(true);
      expect([path.sd[5], path.sd[6]]).toEqual([0, 0]);
    }
  });

  test("columns on their own scale are penalised on it", () => {
    const data = cohort(task, 40, 6);
    const path = fit(data, { l1Ratio: 1, nLambda: 20, scale: "none" });
    // the same objective through columns of unit variance: the penalty of each is its own
    const standard = standardColumns(data.columns, new Float64Array(40).fill(1));
    const problem = denseOf(data, path, 1, new Float64Array(40).fill(1));
    const step = path.steps[12]!;
    const scaled = step.coefficients.map((block) => block.map((b, k) => b * path.sd[step.features[k]!]!));
    const { gradients } = judge(problem, { ...step, coefficients: scaled }, standard);
    expect(step.features.length).toBeGreaterThan(1);
    for (const g of gradients) {
      for (let j = 0; j < 6; j++) expect(Math.abs(g[j]!) * path.sd[j]!).toBeLessThan(step.lambda + 1e-6 * path.lambdaMax);
    }
    step.features.forEach((j, k) => {
      step.coefficients.forEach((block, b) => {
        if (block[k] !== 0) expect(gradients[b]![j]! * path.sd[j]!).toBeCloseTo(Math.sign(block[k]!) * step.lambda, 5);
      });
    });
  });
});

test("one feature: the Gaussian lasso is soft thresholding, ridge is shrinkage", () => {
  const data = cohort("regression", 25, 3);
  data.columns.length = 1;
  const path = fit(data, { l1Ratio: 1, lambdas: (largest) => [0.6 * largest, 0.2 * largest] });
  path.steps.forEach(({ coefficients }, k) => {
    expect(Math.abs(coefficients[0]![0]!)).toBeCloseTo(path.lambdaMax * [0.4, 0.8][k]!, 8);
  });
  const ridge = fit(data, { l1Ratio: 0, lambdas: [0.5] });
  expect(Math.abs(ridge.steps[0]!.coefficients[0]![0]!)).toBeCloseTo(path.lambdaMax / 1.5, 8);
});

test("the cheapest shift between classes is a median, or under ridge the mean", () => {
  expect(cheapestShift([1, 2, 7], { l1: 1, l2: 0 })).toBe(2);
  expect(cheapestShift([1, 2, 7], { l1: 0, l2: 1 })).toBeCloseTo(10 / 3, 12);
  expect(cheapestShift([-1, -2, 7, 3], { l1: 1, l2: 0 })).toBe(0);
  expect(cheapestShift([0, 2, 7], { l1: 0.5, l2: 0.25 })).toBeCloseTo(7 / 3, 12);
});

test("features enter in the order of the path, and the path stops when asked", () => {
  const path = fit(cohort("binary", 50, 40), { l1Ratio: 1, enough: (_step, entered) => entered >= 7 });
  const entered = Array.from(path.entry).filter((k) => k >= 0);
  expect(entered.length).toBeGreaterThanOrEqual(7);
  expect(path.end).toBe("enough");
  expect(Math.max(...entered)).toBe(path.steps.length - 1);
  path.entry.forEach((k, j) => {
    if (k >= 0) expect(path.steps[k]!.features).toContain(j);
    if (k > 0) expect(path.steps[k - 1]!.features).not.toContain(j);
  });
});

test("the path ends early where classes are separated, and not when lambdas are given", () => {
  const data = cohort("binary", 30, 60);
  const path = fit(data, { l1Ratio: 1, lambdaMinRatio: 1e-5 });
  expect(path.end).toBe("saturated");
  expect(path.steps.length).toBeLessThan(100);
  expect(path.lambdas).toHaveLength(100);
  expect(fit(data, { l1Ratio: 1, lambdas: [0.1, 0.01, 0.0001] }).steps).toHaveLength(3);
});

test("what cannot be fitted is refused", () => {
  const data = cohort("binary", 20, 4);
  expect(() => fit({ ...data, target: classTarget(new Array(20).fill(1)) }, { l1Ratio: 1 })).toThrow(/class a has no sample/);
  const constant: Target = { task: "regression", y: new Float64Array(20).fill(3) };
  expect(() => fit({ ...data, target: constant }, { l1Ratio: 1 })).toThrow(/the target is 3/);
  expect(() => fit(data, { l1Ratio: 1, tolerance: 0 })).toThrow(EngineError);
  expect(() => fit(data, { l1Ratio: 1, tolerance: 0 })).toThrow(/did not reach its optimum/);
});

test("geometric lambdas end at their ratio", () => {
  const lambdas = geometricLambdas(2, 100, 0.01);
  expect(lambdas[0]).toBe(2);
  expect(lambdas[99]).toBeCloseTo(0.02, 14);
  expect(lambdas[50]! / lambdas[49]!).toBeCloseTo(lambdas[1]! / lambdas[0]!, 14);
});

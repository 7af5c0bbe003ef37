import { expect, test } from "vitest";
import { classTarget, draw, featureNames, noise, testThread, withPart } from "../../test/thread.ts";
import { Rng } from "../random.ts";
import type { Target } from "../target.ts";
import { crossValidate, type Fold, fitPenalized, innerFolds } from "./index.ts";

const n = 48;
const columns = noise(n, 15, 4).map((column) => Float32Array.from(column));
const signal = Float64Array.from(noise(n, 1, 9)[0]!, (e, i) => columns[0]![i]! - columns[1]![i]! + 1.5 * e);
const targets: Record<string, Target> = {
  regression: { task: "regression", y: signal },
  binary: classTarget(Array.from(signal, (s) => (s > 0 ? 1 : 0))),
  multiclass: classTarget(Array.from(signal, (s) => (s > 0.8 ? 2 : s > -0.8 ? 1 : 0))),
};
const threadOf = (task: string) => testThread(columns, featureNames(15), targets[task]!);
const folds: Fold[] = [0, 1, 2].map((f) => {
  const all = Array.from({ length: n }, (_, i) => i);
  return { train: all.filter((i) => i % 3 !== f), test: all.filter((i) => i % 3 === f) };
});

test.each(Object.keys(targets))("%s: the curve is what refitting each fold by hand gives", (task) => {
  const thread = threadOf(task);
  const weights = Float64Array.from({ length: n }, (_, i) => 1 + (i % 4));
  const lambdas = [0.3, 0.2, 0.1, 0.05];
  const curve = withPart(thread, (part) => crossValidate(part, folds, lambdas, { l1Ratio: 0.7, weights, tolerance: 1e-9 }));
  const whole = withPart(thread, (part) => fitPenalized(part, { l1Ratio: 0.7, lambdas, weights }));
  let total = 0;
  const sums = lambdas.map(() => 0);
  const y = targets[task]! as { y: ArrayLike<number> };
  for (const { train, test: held } of folds) {
    // a Gaussian fold keeps the scale of the whole part's target, as glmnet's lambdas keep that of y
    const own = withPart(
      thread,
      (part) => fitPenalized(part, { l1Ratio: 0.7, lambdas: [1], weights: Array.from(train, (i) => weights[i]!) }),
      draw(train),
    );
    const ratio = own.targetScale / whole.targetScale;
    const scaled = lambdas.map((lambda) => (task === "regression" ? lambda / ratio : lambda));
    if (task === "regression" && Math.abs(ratio - 1) < 1e-6) throw new Error("the folds must differ in scale for this to be a test");
    const path = withPart(
      thread,
      (part) =>
        fitPenalized(part, {
          l1Ratio: task === "regression" ? 1 : 0.7,
          lambdas: scaled,
          weights: Array.from(train, (i) => weights[i]!),
          tolerance: 1e-9,
        }),
      draw(train),
    );
    for (const i of Array.from(held)) {
      total += weights[i]!;
      path.steps.forEach((step, k) => {
        const eta = step.intercepts.map((b0, b) => {
          let sum = b0;
          step.features.forEach((j, f) => {
            sum += (step.coefficients[b]![f]! * (columns[j]![i]! - path.centre[j]!)) / path.sd[j]!;
          });
          return sum;
        });
        sums[k]! += weights[i]! * devianceAt(task, eta, y.y[i]!, path.targetCentre, path.targetScale, whole.targetScale);
      });
    }
  }
  // l2 of a Gaussian fold does not scale with l1, so that only the lasso can be rescaled by hand
  const again =
    task === "regression"
      ? withPart(thread, (part) => crossValidate(part, folds, lambdas, { l1Ratio: 1, weights, tolerance: 1e-9 }))
      : curve;
  sums.forEach((sum, k) => {
    expect(again.deviance[k]).toBeCloseTo(sum / total, 6);
  });
  expect(curve.deviance[curve.min]).toBe(Math.min(...curve.deviance));
  expect(curve.oneSe).toBeLessThanOrEqual(curve.min);
  expect(curve.error.every((e) => e > 0)).toBe(true);
});

function devianceAt(task: string, eta: Float64Array, y: number, centre: number, scale: number, unit: number): number {
  if (task === "regression") return ((y - centre - scale * eta[0]!) / unit) ** 2;
  if (task === "binary") return 2 * Math.log1p(Math.exp(y === 1 ? -eta[0]! : eta[0]!));
  return 2 * Math.log(eta.reduce((sum, e) => sum + Math.exp(e - eta[y]!), 0));
}

test("held-out samples do not reach the fit of their fold", () => {
  const thread = threadOf("binary");
  const lambdas = [0.2, 0.1];
  const of = (list: Fold[]) => withPart(thread, (part) => crossValidate(part, list, lambdas, { l1Ratio: 1 }));
  // of two folds that train on the same samples the one's held-out sample is not in the other's fit at all
  const train = Array.from({ length: 40 }, (_, i) => i);
  const one = of([
    { train, test: [40, 41] },
    { train, test: [42, 43] },
  ]);
  const other = of([
    { train, test: [40, 41, 42, 43] },
    { train, test: [44] },
  ]);
  const alone = of([
    { train, test: [44] },
    { train, test: [44] },
  ]);
  for (const k of [0, 1]) expect((4 * one.deviance[k]! + alone.deviance[k]!) / 5).toBeCloseTo(other.deviance[k]!, 12);
});

test("a training fold without one of the classes is refused", () => {
  const thread = testThread(columns, featureNames(15), classTarget(Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 1 : 0))));
  expect(() => withPart(thread, (part) => crossValidate(part, folds, [0.1], { l1Ratio: 1 }))).toThrow(/a class is absent/);
});

test("inner folds split samples, not copies, and keep groups whole", () => {
  const thread = threadOf("binary");
  const rows = Array.from({ length: 30 }, (_, i) => i + 3);
  const groups = Int32Array.from(rows, (i) => i >> 2);
  const counts = rows.map((i) => 1 + (i % 3));
  withPart(
    thread,
    (part) => {
      const split = innerFolds(part, 5, groups, Rng.from(1));
      expect(split.flatMap(({ test: held }) => Array.from(held)).sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
      for (const { train, test: held } of split) {
        expect(train.length + held.length).toBe(30);
        const inside = new Set(Array.from(train, (i) => groups[i]!));
        expect(Array.from(held).some((i) => inside.has(groups[i]!))).toBe(false);
      }
      expect(innerFolds(part, 5, new Int32Array(30), Rng.from(1))).toEqual([]);
      expect(innerFolds(part, 5, undefined, Rng.from(1))).toHaveLength(5);
    },
    draw(rows, counts),
  );
});

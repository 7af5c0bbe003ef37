import { describe, expect, it } from "vitest";
import { classTarget, draw, featureNames, noise, testThread } from "../../test/thread.ts";
import { type Thread, withTrainingPart } from "../part.ts";
import { Rng } from "../random.ts";
import type { Target } from "../target.ts";
import { type ForestOptions, growForest } from "./forest.ts";
import { outOfBag } from "./out-of-bag.ts";

const n = 60;
const halves = Int32Array.from({ length: n }, (_, i) => i % 2);

/** Noise, but feature `at` is shifted by class. */
function planted(p: number, at: number, shift = 2.5, y: Int32Array = halves): Thread {
  const columns = noise(n, p, 2);
  columns[at] = columns[at]!.map((v, i) => v + shift * y[i]!);
  return testThread(columns, featureNames(p), classTarget(y));
}

const defaults: ForestOptions = {
  trees: 60,
  mtry: 5,
  minNodeSize: 1,
  maxDepth: undefined,
  classWeight: false,
  importance: "impurity",
};

function forestOf(thread: Thread, options: Partial<ForestOptions> = {}, samples = draw(thread.matrix.n), seed = 1) {
  return withTrainingPart(thread, samples, "median", (part) => {
    const forest = growForest(part, { ...defaults, ...options }, Rng.from(seed, "forest"));
    return { ...forest, oob: outOfBag(part, forest) };
  });
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

describe("growForest", () => {
  it("puts the importance of noise near 0 when permuted or corrected, not by impurity", () => {
    const thread = testThread(noise(n, 40, 11), featureNames(40), classTarget(halves));
    const share = (v: Float64Array) => sum(v) / sum(v.map(Math.abs));
    expect(share(forestOf(thread, { trees: 300 }).importance)).toBe(1);
    expect(Math.abs(share(forestOf(thread, { trees: 300, importance: "impurity_corrected" }).importance))).toBeLessThan(0.4);
    const permuted = forestOf(thread, { trees: 300, importance: "permutation" }).importance;
    expect(Math.max(...permuted.map(Math.abs))).toBeLessThan(0.02);
  });

  it("scales permutation importance by its standard error over the trees", () => {
    const thread = planted(15, 4);
    const plain = forestOf(thread, { trees: 50, importance: "permutation" }).importance;
    const scaled = forestOf(thread, { trees: 50, importance: "permutation_scaled" }).importance;
    // one tree more or less at a time: sums of squares from forests of 1 .. 50 trees, whose first trees are the same
    const sums = Array.from({ length: 51 }, (_, t) =>
      t === 0 ? new Float64Array(15) : forestOf(thread, { trees: t, importance: "permutation" }).importance.map((v) => v * t),
    );
    for (let j = 0; j < 15; j++) {
      const losses = Array.from({ length: 50 }, (_, t) => sums[t + 1]![j]! - sums[t]![j]!);
      const variance = losses.reduce((total, loss) => total + (loss - plain[j]!) ** 2, 0) / 50;
      expect(scaled[j]).toBeCloseTo(variance > 0 ? plain[j]! / Math.sqrt(variance / 50) : plain[j]!, 6);
    }
    expect(scaled[4]).toBeGreaterThan(3);
  });

  it("sees the order of values and nothing else of them", () => {
    const columns = noise(n, 10, 4).map((values) => values.map((v) => Math.round(v * 3)));
    const bent = columns.map((values) => values.map((v) => v * v * v + 2 * v - 5));
    const grown = [columns, bent].map((x) => forestOf(testThread(x, featureNames(10), classTarget(halves))).importance);
    expect(grown[1]).toEqual(grown[0]);
  });

  it("splits a column of two values only between them, half-way", () => {
    const binary = Float64Array.from(halves, (k, i) => (i < 50 ? k : 1 - k));
    const { trees } = forestOf(testThread([binary], ["only"], classTarget(halves)), { trees: 20, mtry: 1, keepTrees: true });
    for (const tree of trees) {
      expect([...tree.feature]).toEqual([0, -1, -1]);
      expect(tree.threshold[0]).toBe(0.5);
    }
  });

  it("learns from two samples in a class", () => {
    const y = Int32Array.from({ length: n }, (_, i) => (i < 2 ? 1 : 0));
    const columns = noise(n, 10, 6);
    columns[3] = columns[3]!.map((v, i) => v + 12 * y[i]!);
    const { importance, oob } = forestOf(testThread(columns, featureNames(10), classTarget(y)), { classWeight: true });
    expect(importance.indexOf(Math.max(...importance))).toBe(3);
    expect(oob.auc).toBeGreaterThan(0.8);
  });

  it("draws a sample as often as it is in the part, and counts it out of bag by sample", () => {
    const rows = Array.from({ length: 30 }, (_, i) => 2 * i + (i % 2));
    const counts = rows.map((_, i) => (i < 15 ? 7 : 1));
    const forest = forestOf(planted(12, 3), { trees: 200, keepTrees: true, maxDepth: 1 }, draw(rows, counts));
    // of 120 draws: a sample of 7 is left out by chance 0.0008, one of 1 by 0.366
    const covered = rows.map((_, i) => !Number.isNaN(forest.outOfBag[2 * i]!));
    expect(covered.slice(15).every(Boolean)).toBe(true);
    expect(covered.slice(0, 15).filter(Boolean).length).toBeLessThan(12);
    expect(forest.oob.covered).toBeLessThan(1);
  });

  it("gains nearly twice as much in a part that holds every sample twice", () => {
    const y: Target = { task: "regression", y: noise(n, 1, 9)[0]! };
    const thread = testThread(noise(n, 8, 10), featureNames(8), y);
    const once = forestOf(thread, { trees: 300, maxDepth: 1, mtry: 8 }).importance;
    const twice = forestOf(thread, { trees: 300, maxDepth: 1, mtry: 8 }, draw(n, Array(n).fill(2))).importance;
    // a little below 2: with more distinct samples in a tree, chance finds less to split on
    expect(sum(twice) / sum(once)).toBeGreaterThan(1.5);
    expect(sum(twice) / sum(once)).toBeLessThan(2.05);
  });

  it("weighs classes: leaves give a rare class its due", () => {
    const y = Int32Array.from({ length: n }, (_, i) => (i % 6 === 0 ? 1 : 0));
    const thread = planted(10, 2, 1.2, y);
    const votesForRare = (classWeight: boolean) => {
      const { outOfBag: votes } = forestOf(thread, { trees: 300, classWeight, maxDepth: 1 });
      return sum(Array.from(y, (k, i) => k * votes[2 * i + 1]!));
    };
    expect(votesForRare(true)).toBeGreaterThan(1.5 * votesForRare(false));
  });

  it("refuses to hand out trees that split on shadows", () => {
    expect(() => forestOf(planted(5, 1), { importance: "impurity_corrected", keepTrees: true })).toThrow(/split on shadows/);
  });
});

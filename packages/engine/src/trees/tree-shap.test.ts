import { expect, test } from "vitest";
import { classTarget, featureNames, noise, testThread, withPart } from "../../test/thread.ts";
import { Rng } from "../random.ts";
import { type BoostedTree, childOf } from "./boosted-tree.ts";
import { type Booster, fitBooster, marginsOf } from "./booster.ts";
import { meanShap } from "./tree-shap.ts";

const n = 40;
const p = 5;
const options = {
  ...{ rounds: 4, maxDepth: 4, minChildWeight: 0.1, lambda: 1, alpha: 0, gamma: 0, eta: 0.5, maxBin: 64 },
  ...{ subsample: 1, colsample: 1, baseScore: 0.5, classWeight: false },
};

/** Mean prediction of a tree given the features of a set. */
function worth(tree: BoostedTree, node: number, known: (j: number) => number | undefined): number {
  const feature = tree.feature[node]!;
  if (feature < 0) return tree.value[node]!;
  const left = tree.left[node]!;
  const value = known(feature);
  if (value !== undefined) return worth(tree, childOf(tree, node, value), known);
  const share = tree.cover[left]! / tree.cover[node]!;
  return share * worth(tree, left, known) + (1 - share) * worth(tree, left + 1, known);
}

const factorial = (k: number): number => (k <= 1 ? 1 : k * factorial(k - 1));

/** By its definition, over all sets of features. */
function shapley(booster: Booster, valueAt: (j: number) => number): number[] {
  const game = (set: number) => {
    const known = (j: number) => ((set >> j) & 1 ? valueAt(j) : undefined);
    return booster.trees.reduce((sum, tree) => sum + worth(tree, 0, known), 0);
  };
  return Array.from({ length: p }, (_, f) => {
    let phi = 0;
    for (let set = 0; set < 2 ** p; set++) {
      if ((set >> f) & 1) continue;
      const size = Array.from({ length: p }, (_, j) => (set >> j) & 1).reduce((a, b) => a + b, 0);
      phi += ((factorial(size) * factorial(p - size - 1)) / factorial(p)) * (game(set | (1 << f)) - game(set));
    }
    return phi;
  });
}

test("SHAP values are the Shapley values of the trees, and add up to the margin", () => {
  const y = Array.from({ length: n }, (_, i) => ((i * 7) % 5 < 2 ? 1 : 0));
  const columns = noise(n, p, 3).map((values, j) => values.map((v, i) => ((i + j) % 9 === 0 ? Number.NaN : v + (j < 2 ? y[i]! : 0))));
  withPart(testThread(columns, featureNames(p), classTarget(y)), (part) => {
    fitBooster(part, options, Rng.from(1), (booster, values) => {
      const expected = new Float64Array(p);
      for (let i = 0; i < n; i++) {
        const valueAt = (j: number) => values.value(j, i);
        const phi = shapley(booster, valueAt);
        const mean = booster.trees.reduce((sum, tree) => sum + worth(tree, 0, () => undefined), 0);
        const margin = marginsOf(booster, valueAt)[0]! - booster.base[0]!;
        expect(mean + phi.reduce((a, b) => a + b, 0)).toBeCloseTo(margin, 10);
        for (let j = 0; j < p; j++) expected[j]! += Math.abs(phi[j]!) / n;
      }
      const got = meanShap(booster, values, p);
      for (let j = 0; j < p; j++) expect(got[j]).toBeCloseTo(expected[j]!, 10);
      expect(Math.max(...expected)).toBeGreaterThan(0.1);
    });
  });
});

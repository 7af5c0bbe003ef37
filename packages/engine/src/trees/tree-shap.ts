import type { BoostedTree } from "./boosted-tree.ts";
import { childOf } from "./boosted-tree.ts";
import type { Booster, PartValues } from "./booster.ts";

/**
 * Mean over a part's samples (by multiplicity) of the absolute SHAP value of each feature; with several margins their sum.
 *
 * A SHAP value is the Shapley value of a feature in the game whose worth of a set S is the tree's mean prediction given the
 * features in S, the others averaged over by the covers of the nodes. Leaf by leaf: with the features on the way to the leaf,
 * o_f whether the sample agrees with all splits on f, and r_f the product of the shares of cover along them,
 *
 *   phi_f = value (o_f - r_f) sum over S without f of |S|! (d - |S| - 1)! / d! prod_S o prod_rest r,   d features on the way
 *
 * which depends on the sample by the d bits o only: computed once for each pattern met.
 * Cost O(trees x leaves x m x depth), and d^2 for each pattern.
 * Source: Lundberg et al. 2020, Nat Mach Intell 2 (path-dependent TreeSHAP).
 *
 * @returns p values, in margin units
 */
export function meanShap(booster: Booster, values: PartValues, p: number): Float64Array {
  const paths = booster.trees.map((tree) => pathsOf(tree));
  const sums = new Float64Array(p);
  const phi = Array.from({ length: booster.width }, () => new Float64Array(p));
  let total = 0;
  for (let i = 0; i < values.m; i++) {
    for (const values of phi) values.fill(0);
    booster.trees.forEach((tree, t) => {
      const agrees = agreements(tree, (feature) => values.value(feature, i));
      for (const path of paths[t]!) addPath(phi[t % booster.width]!, path, agrees);
    });
    for (const values_ of phi) for (let j = 0; j < p; j++) sums[j]! += values.counts[i]! * Math.abs(values_[j]!);
    total += values.counts[i]!;
  }
  return sums.map((sum) => sum / total);
}

/** The way to a leaf, by feature. */
interface LeafPath {
  readonly value: number;
  /** d features, and of each: the nodes below its splits on the way, as children taken, and the product of their shares of cover */
  readonly features: number[];
  readonly children: number[][];
  readonly shares: number[];
  /** SHAP values of the d features by pattern of agreement */
  readonly known: Map<number, Float64Array>;
}

function pathsOf(tree: BoostedTree): LeafPath[] {
  const paths: LeafPath[] = [];
  const walk = (node: number, way: number[]): void => {
    if (tree.feature[node]! >= 0) {
      for (const child of [tree.left[node]!, tree.left[node]! + 1]) walk(child, [...way, node, child]);
    } else if (tree.value[node] !== 0) paths.push(pathOf(tree, node, way));
  };
  walk(0, []);
  return paths;
}

/** @param way  node, child, node, child ... from the root to the leaf */
function pathOf(tree: BoostedTree, leaf: number, way: number[]): LeafPath {
  const path: LeafPath = { value: tree.value[leaf]!, features: [], children: [], shares: [], known: new Map() };
  for (let at = 0; at < way.length; at += 2) {
    const [node, child] = [way[at]!, way[at + 1]!];
    const share = tree.cover[node]! > 0 ? tree.cover[child]! / tree.cover[node]! : 0.5;
    const f = path.features.indexOf(tree.feature[node]!);
    if (f < 0) {
      path.features.push(tree.feature[node]!);
      path.children.push([child]);
      path.shares.push(share);
    } else {
      path.children[f]!.push(child);
      path.shares[f]! *= share;
    }
  }
  return path;
}

/** 1 for each node that the sample would be sent to by the split above it. */
function agreements(tree: BoostedTree, valueAt: (feature: number) => number): Uint8Array {
  const agrees = new Uint8Array(tree.feature.length);
  for (let node = 0; node < agrees.length; node++) {
    if (tree.feature[node]! >= 0) agrees[childOf(tree, node, valueAt(tree.feature[node]!))] = 1;
  }
  return agrees;
}

function addPath(phi: Float64Array, path: LeafPath, agrees: Uint8Array): void {
  let pattern = 0;
  for (let f = 0; f < path.features.length; f++) if (path.children[f]!.every((child) => agrees[child])) pattern += 2 ** f;
  let known = path.known.get(pattern);
  if (known === undefined) {
    known = shapleyOf(path, pattern);
    path.known.set(pattern, known);
  }
  for (let f = 0; f < known.length; f++) phi[path.features[f]!]! += known[f]!;
}

/** Sums over sets of a given size, feature f left out, as coefficients of prod (r_j + o_j z). */
function shapleyOf({ value, features, shares }: LeafPath, pattern: number): Float64Array {
  const d = features.length;
  const agrees = features.map((_, f) => Math.floor(pattern / 2 ** f) % 2);
  return Float64Array.from(features, (_, f) => {
    const coefficients = new Float64Array(d);
    coefficients[0] = 1;
    let degree = 0;
    for (let j = 0; j < d; j++) {
      if (j === f) continue;
      degree++;
      for (let s = degree; s >= 0; s--) coefficients[s] = coefficients[s]! * shares[j]! + (s > 0 ? coefficients[s - 1]! * agrees[j]! : 0);
    }
    let sum = 0;
    // |S|! (d - |S| - 1)! / d! = 1 / (d choose(d - 1, |S|))
    let choose = 1;
    for (let s = 0; s < d; s++) {
      sum += coefficients[s]! / (d * choose);
      choose = (choose * (d - 1 - s)) / (s + 1);
    }
    return value * (agrees[f]! - shares[f]!) * sum;
  });
}

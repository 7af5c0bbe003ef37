import type { TrainingPart } from "../part.ts";
import { viewOf } from "../part-view.ts";
import type { Rng } from "../random.ts";
import { type Grower, type GrowOptions, IN_BAG, layOutGrower, type Tree } from "./grower.ts";

export type ForestImportance = "none" | "impurity" | "permutation" | "permutation_scaled" | "impurity_corrected";

export interface ForestOptions extends Omit<GrowOptions, "shadows"> {
  readonly trees: number;
  readonly importance: ForestImportance;
  /** hand the trees back as well; not with `impurity_corrected`, whose trees split on shadows */
  readonly keepTrees?: boolean;
}

/** A forest as far as it was asked for. */
export interface Forest {
  /**
   * p; mean over trees of: the decrease of impurity by the feature's splits (`impurity`), minus that by its shadow's
   * (`impurity_corrected`), or the out-of-bag loss gained when it is permuted (`permutation`), which may be divided by its standard
   * error over the trees (`permutation_scaled`; 0 where no tree asks for the feature); zeros for `none`
   */
  readonly importance: Float64Array;
  /** numbers a prediction has: K class proportions, or 1 mean */
  readonly width: number;
  /** m x width, by sample: mean of the predictions of the trees that did not draw it; NaN where every tree did */
  readonly outOfBag: Float64Array;
  /** kept when asked for, in their order */
  readonly trees: readonly Tree[];
}

/**
 * A random forest on a training part. Tree i draws from `rng.child("tree", i)`, from samples in proportion to their
 * multiplicity, as many as there are draws in the part; sums run in the order of the trees and of their nodes.
 *
 * Cost about 4 ns x trees x mtry x draws x depth, and ranks of the columns unless `prepareRanks` has made them.
 * Source: Breiman 2001; Nembrini, Koenig & Wright 2018 (corrected); Malley 2012 (votes are class proportions of leaves).
 */
export function growForest(part: TrainingPart, options: ForestOptions, rng: Rng): Forest {
  const view = viewOf(part);
  return view.arena.scope(() => {
    const shadows = options.importance === "impurity_corrected";
    if (shadows && options.keepTrees) throw new Error("trees of the corrected importance split on shadows: keep others");
    const grower = layOutGrower(part, view, { ...options, shadows }, rng);
    const importance = new Float64Array(part.p);
    const squares = new Float64Array(part.p);
    const permuted = options.importance === "permutation" || options.importance === "permutation_scaled";
    const votes = newVotes(part.m, grower.width);
    const trees: Tree[] = [];
    for (let i = 0; i < options.trees; i++) {
      const tree = grower.grow(rng.child("tree", i));
      addVotes(votes, tree, grower.leaves);
      if (permuted) addPermutation(importance, squares, part, grower, tree);
      else if (options.importance !== "none") addGains(importance, tree);
      if (options.keepTrees) trees.push(copyOf(tree));
    }
    for (let j = 0; j < part.p; j++) importance[j]! /= options.trees;
    if (options.importance === "permutation_scaled") scale(importance, squares, options.trees);
    return { importance, width: grower.width, outOfBag: meanVotes(votes), trees };
  });
}

function addGains(importance: Float64Array, tree: Tree): void {
  const p = importance.length;
  for (let node = 0; node < tree.feature.length; node++) {
    const feature = tree.feature[node]!;
    if (feature >= p) importance[feature - p]! -= tree.gain[node]!;
    else if (feature >= 0) importance[feature]! += tree.gain[node]!;
  }
}

/** A feature that the tree never asks for cannot change its predictions: only those met are permuted, first met first. */
function addPermutation(importance: Float64Array, squares: Float64Array, part: TrainingPart, grower: Grower, tree: Tree): void {
  let draws = 0;
  for (let i = 0; i < part.m; i++) if (grower.leaves[i] !== IN_BAG) draws += part.counts[i]!;
  if (draws === 0) return;
  const met = new Set(tree.feature);
  met.delete(-1);
  for (const feature of met) {
    const loss = grower.permutedLoss(feature) / draws;
    importance[feature]! += loss;
    squares[feature]! += loss * loss;
  }
}

/** Divides means over trees by their standard errors, as ranger does. */
function scale(importance: Float64Array, squares: Float64Array, trees: number): void {
  for (let j = 0; j < importance.length; j++) {
    const variance = squares[j]! / trees - importance[j]! * importance[j]!;
    if (variance > 0) importance[j]! /= Math.sqrt(variance / trees);
  }
}

interface Votes {
  readonly width: number;
  readonly sums: Float64Array;
  readonly trees: Uint32Array;
}

function newVotes(m: number, width: number): Votes {
  return { width, sums: new Float64Array(m * width), trees: new Uint32Array(m) };
}

function addVotes(votes: Votes, tree: Tree, leaves: Uint32Array<ArrayBufferLike>): void {
  const { width, sums } = votes;
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!;
    if (leaf === IN_BAG) continue;
    votes.trees[i]!++;
    for (let k = 0; k < width; k++) sums[i * width + k]! += tree.value[leaf * width + k]!;
  }
}

function meanVotes({ width, sums, trees }: Votes): Float64Array {
  return sums.map((sum, at) => sum / trees[Math.floor(at / width)]!);
}

function copyOf(tree: Tree): Tree {
  return {
    feature: Int32Array.from(tree.feature),
    left: Uint32Array.from(tree.left),
    threshold: Float64Array.from(tree.threshold),
    gain: Float64Array.from(tree.gain),
    value: Float64Array.from(tree.value),
  };
}

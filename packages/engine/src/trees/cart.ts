import type { Rng } from "../random.ts";
import type { PlainTree } from "./plain-tree.ts";

/** What a tree makes its nodes alike in. */
export interface Criterion {
  /** numbers that a node answers */
  readonly width: number;
  /** whether a node is not worth splitting */
  pure(rows: Uint32Array): boolean;
  /**
   * The best cut of a node's rows, sorted by a column; `cuts` are where its value changes: rows before a cut go left.
   * @returns the cut and what it gains, above 0; the first of equally good ones
   */
  best(sorted: Uint32Array, cuts: readonly number[]): { cut: number; gain: number } | undefined;
  answer(rows: Uint32Array): number[];
}

export interface CartOptions {
  /** splits from root to leaf; undefined for no limit */
  readonly maxDepth: number | undefined;
  /** a node of at most so many samples is a leaf */
  readonly minNodeSize: number;
  /** a leaf holds at least so many samples */
  readonly minLeaf: number;
  /** columns drawn for a node, and where from; all when left out */
  readonly draw?: { readonly mtry: number; readonly rng: Rng };
}

/** Gains that differ by less, relatively, are equal up to the order in which they were summed. */
const ROUNDING = 1e-12;

/**
 * A binary tree grown from the root down, each node cut in two where it gains most; of equally good columns the first in `order`.
 *
 * @param columns  k columns of m values, none missing
 * @param counts   m, how many samples each row stands for; rows of 0 are left out
 * @param order    the columns that may be split on, by rank
 * Cost O(k m log m) a level, and the criterion's.
 * Source: Breiman, Friedman, Olshen & Stone 1984.
 */
export function growCart(
  columns: readonly Float64Array[],
  counts: ArrayLike<number>,
  criterion: Criterion,
  options: CartOptions,
  order: readonly number[],
): PlainTree {
  const tree: PlainTree = { feature: [], left: [], threshold: [], value: [] };
  const all = Uint32Array.from({ length: counts.length }, (_, i) => i).filter((i) => counts[i]! > 0);
  const waiting: { node: number; rows: Uint32Array; depth: number }[] = [{ node: addLeaf(tree, criterion, all), rows: all, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, rows, depth } = next;
    if (depth === options.maxDepth || sizeOf(rows, counts) <= options.minNodeSize || criterion.pure(rows)) continue;
    const split = bestSplit(columns, counts, rows, criterion, options, order);
    if (split === undefined) continue;
    const sides = [
      rows.filter((i) => columns[split.feature]![i]! <= split.threshold),
      rows.filter((i) => columns[split.feature]![i]! > split.threshold),
    ];
    tree.feature[node] = split.feature;
    tree.threshold[node] = split.threshold;
    tree.left[node] = tree.feature.length;
    const children = sides.map((own) => ({ node: addLeaf(tree, criterion, own), rows: own, depth: depth + 1 }));
    waiting.push(...children.reverse());
  }
  return tree;
}

function addLeaf(tree: PlainTree, criterion: Criterion, rows: Uint32Array): number {
  tree.feature.push(-1);
  tree.left.push(0);
  tree.threshold.push(0);
  tree.value.push(...criterion.answer(rows));
  return tree.feature.length - 1;
}

function bestSplit(
  columns: readonly Float64Array[],
  counts: ArrayLike<number>,
  rows: Uint32Array,
  criterion: Criterion,
  { minLeaf, draw }: CartOptions,
  order: readonly number[],
): { feature: number; threshold: number } | undefined {
  const offered = draw === undefined ? order : draw.rng.shuffle([...order]).slice(0, draw.mtry);
  const all = sizeOf(rows, counts);
  let most = 0;
  let found: { feature: number; threshold: number } | undefined;
  for (const feature of offered) {
    const x = columns[feature]!;
    const sorted = rows.slice().sort((a, b) => x[a]! - x[b]! || a - b);
    const cuts: number[] = [];
    let left = 0;
    for (let at = 1; at < sorted.length; at++) {
      left += counts[sorted[at - 1]!]!;
      if (x[sorted[at - 1]!]! < x[sorted[at]!]! && left >= minLeaf && all - left >= minLeaf) cuts.push(at);
    }
    const best = cuts.length === 0 ? undefined : criterion.best(sorted, cuts);
    if (best === undefined || !(best.gain > most * (1 + ROUNDING))) continue;
    most = best.gain;
    const [low, high] = [x[sorted[best.cut - 1]!]!, x[sorted[best.cut]!]!];
    const middle = low / 2 + high / 2;
    found = { feature, threshold: middle < high ? middle : low };
  }
  return found;
}

function sizeOf(rows: Uint32Array, counts: ArrayLike<number>): number {
  let size = 0;
  for (const i of rows) size += counts[i]!;
  return size;
}

/** Gini impurity of classes; a node answers its class proportions. @param weights  of the rows */
export function giniCriterion(y: Int32Array, weights: Float64Array, classes: number): Criterion {
  const totalsOf = (rows: Uint32Array) => {
    const totals = new Float64Array(classes);
    for (const i of rows) totals[y[i]!]! += weights[i]!;
    return totals;
  };
  return {
    width: classes,
    pure: (rows) => rows.every((i) => y[i] === y[rows[0]!]),
    answer(rows) {
      const totals = totalsOf(rows);
      const all = totals.reduce((a, b) => a + b, 0);
      return Array.from(totals, (total) => total / all);
    },
    best(sorted, cuts) {
      const right = totalsOf(sorted);
      const left = new Float64Array(classes);
      const squares = (totals: Float64Array) => {
        let [sum, all] = [0, 0];
        for (const total of totals) {
          sum += total * total;
          all += total;
        }
        return sum / all;
      };
      const whole = squares(right);
      let at = 0;
      return largest(cuts, (cut) => {
        for (; at < cut; at++) {
          left[y[sorted[at]!]!]! += weights[sorted[at]!]!;
          right[y[sorted[at]!]!]! -= weights[sorted[at]!]!;
        }
        return squares(left) + squares(right) - whole;
      });
    },
  };
}

/** Squared error of numbers; a node answers its mean. @param weights  of the rows */
export function varianceCriterion(y: Float64Array, weights: Float64Array): Criterion {
  const meanOf = (rows: Uint32Array) => {
    let [sum, all] = [0, 0];
    for (const i of rows) {
      sum += weights[i]! * y[i]!;
      all += weights[i]!;
    }
    return { mean: sum / all, all };
  };
  return {
    width: 1,
    pure: (rows) => rows.every((i) => y[i] === y[rows[0]!]),
    answer: (rows) => [meanOf(rows).mean],
    best(sorted, cuts) {
      // from the node's mean, so that nothing large cancels
      const { mean, all } = meanOf(sorted);
      let [sum, weight, at] = [0, 0, 0];
      return largest(cuts, (cut) => {
        for (; at < cut; at++) {
          sum += weights[sorted[at]!]! * (y[sorted[at]!]! - mean);
          weight += weights[sorted[at]!]!;
        }
        return (sum * sum * all) / (weight * (all - weight));
      });
    },
  };
}

/** The cut that gains most, the first of equally good ones; undefined where none gains. */
export function largest(cuts: readonly number[], gainOf: (cut: number) => number): { cut: number; gain: number } | undefined {
  let best: { cut: number; gain: number } | undefined;
  for (const cut of cuts) {
    const gain = gainOf(cut);
    if (gain > (best?.gain ?? 0) * (1 + ROUNDING) && gain > 0) best = { cut, gain };
  }
  return best;
}

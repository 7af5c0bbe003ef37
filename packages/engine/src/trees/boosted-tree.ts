/** A boosted tree in flat arrays, plain data; node 0 is the root, a node's children are `left` and `left + 1`. */
export interface BoostedTree {
  /** feature of the split, -1 at a leaf */
  readonly feature: Int32Array;
  readonly left: Uint32Array;
  /** values at most this go left; Number.MAX_VALUE where only missing values go right */
  readonly threshold: Float64Array;
  /** 1 where missing values go left */
  readonly missingLeft: Uint8Array;
  /** what a leaf adds to the margin, learning rate included; 0 at a split */
  readonly value: Float64Array;
  /** gain of the split, 0 at a leaf */
  readonly gain: Float64Array;
  /** sum of second derivatives */
  readonly cover: Float64Array;
}

/** Child that a value goes to. */
export function childOf(tree: BoostedTree, node: number, value: number): number {
  const left = Number.isNaN(value) ? tree.missingLeft[node] === 1 : value <= tree.threshold[node]!;
  return tree.left[node]! + (left ? 0 : 1);
}

/** Leaf of a sample. @param valueAt  value of a feature in the sample, NaN where missing */
export function leafOf(tree: BoostedTree, valueAt: (feature: number) => number): number {
  let node = 0;
  while (tree.feature[node]! >= 0) node = childOf(tree, node, valueAt(tree.feature[node]!));
  return node;
}

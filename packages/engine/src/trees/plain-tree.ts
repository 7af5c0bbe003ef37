import { z } from "zod";

/** A tree in plain lists, node 0 the root; a node's children are `left` and `left + 1`, values at most `threshold` go left. */
export const plainTree = z
  .strictObject({
    /** column of the split, -1 at a leaf */
    feature: z.array(z.int().min(-1)),
    left: z.array(z.int().min(0)),
    threshold: z.array(z.number()),
    /** by node: what it answers, the same count of numbers for each */
    value: z.array(z.number()),
  })
  .refine(leadsDown, "a tree whose nodes do not lead to leaves");

export type PlainTree = z.output<typeof plainTree>;

/** Children come after their parents, so that every way ends at a leaf; lists are of one length. */
export function leadsDown({ feature, left, threshold }: { feature: number[]; left: number[]; threshold: number[] }): boolean {
  const nodes = feature.length;
  if (nodes === 0 || left.length !== nodes || threshold.length !== nodes) return false;
  return feature.every((column, node) => column < 0 || (left[node]! > node && left[node]! + 1 < nodes));
}

/** Leaf of row i. */
export function leafAt(tree: PlainTree, columns: readonly ArrayLike<number>[], i: number): number {
  let node = 0;
  for (let feature = tree.feature[0]!; feature >= 0; feature = tree.feature[node]!) {
    node = tree.left[node]! + (columns[feature]![i]! <= tree.threshold[node]! ? 0 : 1);
  }
  return node;
}

/** Features that trees split on, ascending, and the trees with these as their columns. */
export function onUsedFeatures<Tree extends { readonly feature: readonly number[] }>(
  trees: readonly Tree[],
): { features: number[]; trees: Tree[] } {
  const features = [...new Set(trees.flatMap(({ feature }) => feature.filter((j) => j >= 0)))].sort((a, b) => a - b);
  const place = new Map(features.map((j, k) => [j, k]));
  return { features, trees: trees.map((tree) => ({ ...tree, feature: tree.feature.map((j) => (j < 0 ? -1 : place.get(j)!)) })) };
}

/** Mean over trees of what they answer: `width` arrays of n. Sums run in the order of the trees. */
export function meanOfTrees(trees: readonly PlainTree[], width: number, columns: readonly ArrayLike<number>[], n: number): Float64Array[] {
  const out = Array.from({ length: width }, () => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    for (const tree of trees) {
      const leaf = leafAt(tree, columns, i);
      for (let k = 0; k < width; k++) out[k]![i]! += tree.value[leaf * width + k]!;
    }
    for (const column of out) column[i]! /= trees.length;
  }
  return out;
}

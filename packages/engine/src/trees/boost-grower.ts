import { BOOST_BYTES, BOOST_FIELDS, BOOST_NODE_BYTES } from "@omicselector2/kernels";
import type { PartView } from "../part-view.ts";
import { type BoostColumns, sortColumns } from "./boost-columns.ts";
import type { BoostedTree } from "./boosted-tree.ts";

export interface BoostGrowOptions {
  /** splits from root to leaf, at least 1 */
  readonly maxDepth: number;
  /** least sum of second derivatives of a child */
  readonly minChildWeight: number;
  /** L2 and L1 penalty of leaf values */
  readonly lambda: number;
  readonly alpha: number;
  /** least gain of a split */
  readonly gamma: number;
  /** learning rate: what leaf values are multiplied by */
  readonly eta: number;
  /** a column of more distinct values is cut into so many bins */
  readonly maxBin: number;
}

/** Grows boosted trees one after the other on the same sorted columns. */
export interface BoostGrower {
  readonly columns: BoostColumns;
  /** first and second derivative of each of the m samples, side by side: to be filled in before `grow` */
  readonly pairs: Float64Array<ArrayBufferLike>;
  /** leaf of each sample in the tree grown last; NO_LEAF where it was left out */
  readonly leaves: Uint32Array;
  /** @param samples  to learn from, ascending @param list  columns to split on, the first of equally good ones is taken */
  grow(samples: Uint32Array, list: Uint32Array): BoostedTree;
}

export const NO_LEAF = 0xffffffff;

/** Gains at most this are rounding, not splits; as in xgboost. */
const LEAST_GAIN = Math.fround(1e-6);

/** A node that may be split: its samples are `first` .. `end` of the grower's list. */
interface OpenNode {
  readonly id: number;
  readonly first: number;
  readonly end: number;
}

/** Lays out a grower in the arena; it lasts as long as the arena's scope of now. */
export function layOutBoostGrower(view: PartView, names: readonly string[], options: BoostGrowOptions): BoostGrower {
  const m = view.rows.length;
  const columns = sortColumns(view, names, options.maxBin);
  const level = layOutLevel(view, columns, options);
  const leaves = new Uint32Array(m);
  const order = new Uint32Array(m);
  return {
    columns,
    pairs: level.pairs,
    leaves,
    grow(samples, list) {
      const tree = newTree();
      leaves.fill(NO_LEAF);
      order.set(samples);
      level.offer(list);
      addNode(tree, level.pairs, order, { id: 0, first: 0, end: samples.length }, options);
      let open: OpenNode[] = [{ id: 0, first: 0, end: samples.length }];
      for (let depth = 0; depth <= options.maxDepth && open.length > 0; depth++) {
        const [candidates, closed] = triage(tree, open, depth, options);
        for (const node of closed) close(leaves, order, node);
        const splits = level.search(candidates, order, tree, options);
        open = splits.flatMap((split, k) => {
          const node = candidates[k]!;
          if (split !== undefined) return divide(tree, level.pairs, columns, order, node, split, options);
          close(leaves, order, node);
          return [];
        });
      }
      return frozen(tree);
    },
  };
}

interface Split {
  readonly feature: number;
  /** bins below go left */
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
}

interface Level {
  readonly pairs: Float64Array<ArrayBufferLike>;
  offer(list: Uint32Array): void;
  /** the best split of each node, undefined where none gains enough */
  search(nodes: readonly OpenNode[], order: Uint32Array, tree: GrowingTree, options: BoostGrowOptions): (Split | undefined)[];
}

function layOutLevel(view: PartView, columns: BoostColumns, options: BoostGrowOptions): Level {
  const { arena, kernels, kernelsMemory, p } = view;
  const m = view.rows.length;
  const list = arena.u32(p);
  const slots = arena.u32(m);
  const pairs = arena.f64(2 * m);
  // a level has at most m nodes; the last one stands for samples of none
  const nodes = arena.zeros(BOOST_NODE_BYTES * (m + 1));
  const none = nodes + BOOST_NODE_BYTES * m;
  new Float64Array(kernelsMemory, none, BOOST_NODE_BYTES / 8)[4] = Number.POSITIVE_INFINITY;
  const address = arena.zeros(BOOST_BYTES);
  const fields: Record<string, number> = {
    ...{ orders: columns.orders, counts: columns.counts.byteOffset, wide: columns.wide ? 1 : 0, list: list.byteOffset, columns: 0 },
    ...{ m, slots: slots.byteOffset, pairs: pairs.byteOffset, nodes, nodeCount: 0 },
  };
  const header = new Uint32Array(kernelsMemory, address, BOOST_FIELDS.length);
  header.set(BOOST_FIELDS.map((name) => fields[name]!));
  new Float64Array(kernelsMemory, address + 4 * BOOST_FIELDS.length, 3).set([options.lambda, options.alpha, options.minChildWeight]);
  return {
    pairs,
    offer(offered) {
      list.set(offered);
      header[BOOST_FIELDS.indexOf("columns")] = offered.length;
    },
    search(open, order, tree) {
      if (open.length === 0) return [];
      slots.fill(none);
      const numbers = new Float64Array(kernelsMemory, nodes, (BOOST_NODE_BYTES / 8) * open.length);
      open.forEach((node, k) => {
        for (let i = node.first; i < node.end; i++) slots[order[i]!] = nodes + BOOST_NODE_BYTES * k;
        const score = scoreOf(tree.sumG[node.id]!, tree.cover[node.id]!, options);
        numbers.set([0, 0, tree.sumG[node.id]!, tree.cover[node.id]!, score * (1 - 1e-12), 0, 0, score, 0], (BOOST_NODE_BYTES / 8) * k);
      });
      header[BOOST_FIELDS.indexOf("nodeCount")] = open.length;
      kernels.boostLevel(address);
      return open.map((_, k) => readSplit(kernelsMemory, nodes + BOOST_NODE_BYTES * k, options));
    },
  };
}

function readSplit(memory: ArrayBufferLike, address: number, options: BoostGrowOptions): Split | undefined {
  const gain = new Float64Array(memory, address, BOOST_NODE_BYTES / 8)[8]!;
  if (gain <= LEAST_GAIN || gain < options.gamma) return undefined;
  const words = new Uint32Array(memory, address, BOOST_NODE_BYTES / 4);
  return { feature: words[10]!, bin: words[11]!, missingLeft: words[13] === 1, gain };
}

/** A tree while it grows. */
interface GrowingTree {
  feature: number[];
  left: number[];
  threshold: number[];
  missingLeft: number[];
  value: number[];
  gain: number[];
  cover: number[];
  sumG: number[];
}

function newTree(): GrowingTree {
  return { feature: [], left: [], threshold: [], missingLeft: [], value: [], gain: [], cover: [], sumG: [] };
}

/** Adds a node as a leaf, its sums taken over its samples in their order. */
function addNode(tree: GrowingTree, pairs: Float64Array<ArrayBufferLike>, order: Uint32Array, node: OpenNode, options: BoostGrowOptions) {
  let g = 0;
  let h = 0;
  for (let i = node.first; i < node.end; i++) {
    g += pairs[2 * order[i]!]!;
    h += pairs[2 * order[i]! + 1]!;
  }
  const leaf = { feature: -1, left: 0, threshold: 0, missingLeft: 0, value: leafValue(g, h, options), gain: 0, cover: h, sumG: g };
  for (const key of Object.keys(leaf) as (keyof GrowingTree)[]) tree[key][node.id] = leaf[key];
}

/** -T(G) / (H + lambda) times the learning rate; 0 where the node weighs too little. */
function leafValue(g: number, h: number, { lambda, alpha, minChildWeight, eta }: BoostGrowOptions): number {
  if (h < minChildWeight || h <= 0) return 0;
  const shrunk = Math.max(Math.abs(g) - alpha, 0);
  return ((g > 0 ? -shrunk : shrunk) / (h + lambda)) * eta;
}

function scoreOf(g: number, h: number, { lambda, alpha, minChildWeight }: BoostGrowOptions): number {
  if (h < minChildWeight || h <= 0) return 0;
  const shrunk = Math.max(Math.abs(g) - alpha, 0);
  return (shrunk * shrunk) / (h + lambda);
}

/** Nodes worth a search, and those that no split can leave with two children heavy enough. */
function triage(tree: GrowingTree, open: OpenNode[], depth: number, options: BoostGrowOptions): [OpenNode[], OpenNode[]] {
  const splits = (node: OpenNode) =>
    depth < options.maxDepth && node.end - node.first > 1 && tree.cover[node.id]! * (1 + 1e-9) >= 2 * options.minChildWeight;
  return [open.filter(splits), open.filter((node) => !splits(node))];
}

function close(leaves: Uint32Array, order: Uint32Array, node: OpenNode): void {
  for (let i = node.first; i < node.end; i++) leaves[order[i]!] = node.id;
}

/** Splits a node; both sides keep their order. @returns the two children */
function divide(
  tree: GrowingTree,
  pairs: Float64Array<ArrayBufferLike>,
  columns: BoostColumns,
  order: Uint32Array,
  node: OpenNode,
  split: Split,
  options: BoostGrowOptions,
): OpenNode[] {
  const bins = columns.bins(split.feature);
  const samples = order.slice(node.first, node.end);
  const goesLeft = (i: number) => (bins[i] === 0 ? split.missingLeft : bins[i]! < split.bin);
  const ordered = [...samples.filter(goesLeft), ...samples.filter((i) => !goesLeft(i))];
  order.set(ordered, node.first);
  const middle = node.first + samples.filter(goesLeft).length;
  const left = tree.feature.length;
  tree.feature[node.id] = split.feature;
  tree.left[node.id] = left;
  tree.threshold[node.id] = thresholdOf(columns, bins, samples, split);
  tree.missingLeft[node.id] = split.missingLeft ? 1 : 0;
  tree.value[node.id] = 0;
  tree.gain[node.id] = split.gain;
  const children = [
    { id: left, first: node.first, end: middle },
    { id: left + 1, first: middle, end: node.end },
  ];
  for (const child of children) addNode(tree, pairs, order, child, options);
  return children;
}

/** Half-way between the node's last value on the left and its first on the right. */
function thresholdOf(columns: BoostColumns, bins: Uint32Array, samples: Uint32Array, split: Split): number {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (const i of samples) {
    if (bins[i] === 0) continue;
    const value = columns.value(split.feature, i);
    if (bins[i]! < split.bin) low = Math.max(low, value);
    else high = Math.min(high, value);
  }
  return high === Number.POSITIVE_INFINITY ? Number.MAX_VALUE : (low + high) / 2;
}

function frozen(tree: GrowingTree): BoostedTree {
  return {
    feature: Int32Array.from(tree.feature),
    left: Uint32Array.from(tree.left),
    threshold: Float64Array.from(tree.threshold),
    missingLeft: Uint8Array.from(tree.missingLeft),
    value: Float64Array.from(tree.value),
    gain: Float64Array.from(tree.gain),
    cover: Float64Array.from(tree.cover),
  };
}

import { FOREST_BYTES, FOREST_FIELDS } from "@omicselector2/kernels";
import type { TrainingPart } from "../part.ts";
import type { PartView } from "../part-view.ts";
import type { Rng } from "../random.ts";
import { isLabelled } from "../target.ts";
import { rankedColumns } from "./ranks.ts";

export interface GrowOptions {
  /** features drawn for a node, 1 .. p */
  readonly mtry: number;
  /** a node of at most so many draws is a leaf */
  readonly minNodeSize: number;
  /** splits from root to leaf; undefined for no limit */
  readonly maxDepth: number | undefined;
  /** weigh samples by n / (K n_k) in impurities and leaves */
  readonly classWeight: boolean;
  /** offer a shadow of each feature as well, its values permuted among the samples (Nembrini, Koenig & Wright 2018) */
  readonly shadows: boolean;
}

/** A tree in flat arrays, node 0 the root. A node's children are `left` and `left + 1`; values at most `threshold` go left. */
export interface Tree {
  /** feature of the split, -1 at a leaf; p + j stands for the shadow of feature j */
  readonly feature: Int32Array<ArrayBufferLike>;
  readonly left: Uint32Array<ArrayBufferLike>;
  readonly threshold: Float64Array<ArrayBufferLike>;
  /** decrease of impurity: draws times Gini impurity, or residual sum of squares */
  readonly gain: Float64Array<ArrayBufferLike>;
  /** by node: the K class proportions, or the mean */
  readonly value: Float64Array<ArrayBufferLike>;
}

/** Grows trees one after the other in the same working memory. */
export interface Grower {
  /** numbers a node's `value` has: K, or 1 for regression */
  readonly width: number;
  /** Grows the tree of a stream. The arrays are views: the next tree overwrites them. */
  grow(rng: Rng): Tree;
  /** leaf of each of the m samples in the tree grown last, IN_BAG where the sample was drawn for it */
  readonly leaves: Uint32Array<ArrayBufferLike>;
  /** Sum over out-of-bag samples, times their multiplicity, of the loss gained when a feature is permuted, in the tree grown last. */
  permutedLoss(feature: number): number;
}

export const IN_BAG = 0xffffffff;

/** Lays out a grower in the arena; it lasts as long as the arena's scope of now. @param rng  for the shadows */
export function layOutGrower(part: TrainingPart, view: PartView, options: GrowOptions, rng: Rng): Grower {
  const { arena } = view;
  const { m, p, target } = part;
  if (!isLabelled(target)) throw new Error("a forest of classes or of a response cannot learn survival times");
  const classes = target.task === "regression" ? 0 : target.classes.length;
  const width = Math.max(1, classes);
  const nodes = 2 * m;
  const { ranks, wide } = rankedColumns(view);
  const tickets = ticketsOf(part.counts);
  const offered = options.shadows ? 2 * p : p;
  const permuted = options.shadows ? copyU32(view, rng.child("shadows").shuffle(Uint32Array.from(view.rows))) : 0;
  const tree = {
    feature: new Int32Array(view.kernelsMemory, arena.alloc(4 * nodes), nodes),
    left: arena.u32(nodes),
    threshold: arena.f64(nodes),
    gain: arena.f64(nodes),
    value: arena.f64(nodes * width),
  };
  const leaves = arena.u32(m);
  const rankBits = Math.max(2, 32 - Math.clz32(view.n - 1));
  const keyBytes = wide ? 8 : 4;
  const fields: Record<string, number> = {
    ...{ columns: view.columns, ranks, wide: wide ? 1 : 0, rankBits, p, rowCount: view.n, m, rows: copyU32(view, view.rows) },
    ...{ shadowRows: permuted, tickets: copyU32(view, tickets), n: tickets.length, y: copyF64(view, target.y) },
    ...{ weights: copyF64(view, weightsOf(part, options)), multiplicities: copyF64(view, part.counts), classes },
    ...{ mtry: options.mtry, minNodeSize: options.minNodeSize, maxDepth: options.maxDepth ?? 0xffffffff },
    ...{ random: arena.alloc(32), records: arena.alloc(16 * m), spare: arena.alloc(16 * m), stack: arena.alloc(24 * (m + 2)) },
    ...{ permutation: arena.alloc(4 * offered), nodeRows: arena.alloc(4 * m), nodeShadows: arena.alloc(4 * m) },
    ...{ stats: arena.alloc(16 * m), keys: arena.alloc(keyBytes * (m + 4)), keys2: arena.alloc(keyBytes * (m + 4)) },
    ...{ digits: arena.alloc(8 << ((rankBits + 1) >> 1)), places: arena.alloc(64) },
    counts: arena.zeros(24 * width),
    ...{ feature: tree.feature.byteOffset, left: tree.left.byteOffset, threshold: tree.threshold.byteOffset },
    ...{ gain: tree.gain.byteOffset, value: tree.value.byteOffset, leaves: leaves.byteOffset },
    ...{ oobFirst: arena.alloc(4 * nodes), oobEnd: arena.alloc(4 * nodes), nodes: 0, bagged: 0 },
  };
  const address = arena.zeros(FOREST_BYTES);
  new Uint32Array(view.kernelsMemory, address, FOREST_FIELDS.length).set(FOREST_FIELDS.map((name) => fields[name]!));
  return {
    width,
    leaves,
    grow(stream) {
      const grown = view.kernels.growTree(address, stream.key[0], stream.key[1]);
      return {
        feature: tree.feature.subarray(0, grown),
        left: tree.left.subarray(0, grown),
        threshold: tree.threshold.subarray(0, grown),
        gain: tree.gain.subarray(0, grown),
        value: tree.value.subarray(0, grown * width),
      };
    },
    permutedLoss: (feature) => view.kernels.permutedLoss(address, feature),
  };
}

/** Weight of one draw of each sample: 1, or N / (K N_k) with N_k the draws of its class in the part. */
export function weightsOf(part: TrainingPart, options: { readonly classWeight: boolean }): Float64Array {
  const { target, counts } = part;
  const weights = new Float64Array(part.m).fill(1);
  if (!options.classWeight || target.task === "regression" || !isLabelled(target)) return weights;
  const totals = new Float64Array(target.classes.length);
  for (let i = 0; i < part.m; i++) totals[target.y[i]!]! += counts[i]!;
  const total = totals.reduce((a, b) => a + b, 0);
  const present = totals.reduce((a, b) => a + (b > 0 ? 1 : 0), 0);
  for (let i = 0; i < part.m; i++) weights[i] = total / (present * totals[target.y[i]!]!);
  return weights;
}

/** The sample of each ticket of the bootstrap: sample i holds as many as it was drawn for the part. */
export function ticketsOf(counts: Uint32Array): Uint32Array {
  const tickets = new Uint32Array(counts.reduce((a, b) => a + b, 0));
  let at = 0;
  counts.forEach((count, i) => {
    tickets.fill(i, at, at + count);
    at += count;
  });
  return tickets;
}

function copyU32(view: PartView, values: Uint32Array): number {
  const copy = view.arena.u32(values.length);
  copy.set(values);
  return copy.byteOffset;
}

function copyF64(view: PartView, values: ArrayLike<number>): number {
  const copy = view.arena.f64(values.length);
  copy.set(values);
  return copy.byteOffset;
}

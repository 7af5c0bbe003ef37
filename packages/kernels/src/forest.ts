/** Exports of `assembly/forest.ts`, `ranks.ts` and `random.ts`; addresses are bytes, layouts as drawn there. */
export interface ForestKernels {
  /** Starts the random stream of a key in `state`, u32[8]. */
  randomSeed(state: number, key0: number, key1: number): void;
  /** The next word of a stream, as a signed number: `>>> 0` it. */
  randomWord(state: number): number;
  /** Uniform on 0 .. bound - 1, as a signed number: `>>> 0` it. */
  randomBelow(state: number, bound: number): number;
  /** A copy of a column whose values are permuted among the rows of u32[m]; the stream goes on in `state`. */
  permutedColumn(state: number, x: number, rows: number, m: number, out: number): void;
  /** Dense ranks of a column of finite values; `scratch` has 16 n + 4,096 bytes. @returns number of distinct values */
  denseRanks(x: number, n: number, out: number, wide: number, scratch: number): number;
  /** Grows the tree of a key; `grower` is the address of FOREST_BYTES bytes. @returns number of nodes */
  growTree(grower: number, key0: number, key1: number): number;
  /** Out-of-bag loss gained by permuting a feature, for the tree grown last. */
  permutedLoss(grower: number, feature: number): number;
}

/** Fields of the grower, u32 each, in the order of `assembly/forest-layout.ts`, where they are explained. */
export const FOREST_FIELDS = [
  ...["columns", "ranks", "wide", "rankBits", "p", "rowCount", "m", "rows", "shadowRows", "tickets", "n"],
  ...["y", "weights", "multiplicities", "classes", "mtry", "minNodeSize", "maxDepth"],
  ...["random", "records", "spare", "stack", "permutation", "nodeRows", "nodeShadows", "stats", "keys", "keys2"],
  ...["digits", "places", "counts"],
  ...["feature", "left", "threshold", "gain", "value", "oobFirst", "oobEnd", "leaves", "nodes", "bagged"],
] as const;

/** Bytes of the grower: the fields and what the kernel adds for itself. */
export const FOREST_BYTES = 4 * (FOREST_FIELDS.length + 4) + 3 * 8 + 8;

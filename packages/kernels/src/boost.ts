/** Exports of `assembly/boost.ts`, and `binOrder` of `assembly/ranks.ts`; addresses are bytes, layouts as drawn there. */
export interface BoostKernels {
  /** The samples of a part in the order of a column, new bins marked; `counts` becomes entries and bins. */
  binOrder(x: number, rows: number, m: number, maxBin: number, out: number, wide: number, scratch: number, counts: number): void;
  /** The best split of every node of a level; `level` is the address of BOOST_BYTES bytes. */
  boostLevel(level: number): void;
}

/** Fields of a level, u32 each, in the order of `assembly/boost.ts`; after them, f64 each: lambda, alpha, least child weight. */
export const BOOST_FIELDS = [...["orders", "counts", "wide", "list", "columns"], ...["m", "slots", "pairs", "nodes", "nodeCount"]] as const;

export const BOOST_BYTES = 4 * BOOST_FIELDS.length + 3 * 8;

export const BOOST_NODE_BYTES = 80;

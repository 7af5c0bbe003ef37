/*
 * What a tree grower works on: one structure in the caller's memory, every field 4 bytes but the last three,
 * in the order of `FOREST_FIELDS` in src/forest.ts. Addresses are bytes. m distinct samples, N draws, K classes.
 */
@unmanaged
export class Grower {
  /** u32[p], addresses of the float32 columns, and of their dense ranks (u16[n], or u32[n] when `wide`) */
  columns: usize;
  ranks: usize;
  wide: u32;
  /** bits of the largest rank, at least 2 */
  rankBits: u32;
  p: u32;
  /** rows of the matrix */
  rowCount: u32;
  m: u32;
  /** u32[m], row of each sample; and, for the corrected importance, the row whose values its shadow features take (or 0) */
  rows: usize;
  shadowRows: usize;
  /** u32[N]: sample of each ticket of the bootstrap */
  tickets: usize;
  n: u32;
  /** f64[m]: class code or response; weight of one draw; multiplicity in the part */
  y: usize;
  weights: usize;
  multiplicities: usize;
  /** K, 0 for regression */
  classes: u32;
  mtry: u32;
  minNodeSize: u32;
  maxDepth: u32;

  // working memory
  /** state of the random stream, u32[8] */
  random: usize;
  /** 16 m bytes each: the records (u32 row, shadow row, sample, draws), in bag first; room to part them */
  records: usize;
  spare: usize;
  /** u32[6] each, m + 2 of them: node, in-bag range, out-of-bag range, depth */
  stack: usize;
  /** u32[p], 2p with shadows */
  permutation: usize;
  /** of the node's records: u32[m] rows; u32[m] shadow rows; 16 bytes each, f64 delta | f64 weight, or u32 class | f64 weight */
  nodeRows: usize;
  nodeShadows: usize;
  stats: usize;
  /** the records in the order of a feature: rank above, record below; u32[m + 4] each, u64 when `wide` */
  keys: usize;
  keys2: usize;
  /** u32[2][2^ceil(rankBits / 2)] */
  digits: usize;
  /** u32[16]: places of a few records */
  places: usize;
  /** f64[3 K] */
  counts: usize;

  // the tree, at most 2m - 1 nodes; root 0, children `left` and `left + 1`, 0 at a leaf
  /** i32: feature of the split (p + j: the shadow of j), -1 at a leaf */
  feature: usize;
  left: usize;
  /** f64: values at most this go left */
  threshold: usize;
  /** f64: decrease of impurity */
  gain: usize;
  /** f64[K] class proportions, f64[1] mean */
  value: usize;
  /** u32: range of the node's out-of-bag records */
  oobFirst: usize;
  oobEnd: usize;
  /** u32[m]: leaf that an out-of-bag sample falls into, 0xffffffff in bag */
  leaves: usize;
  nodes: u32;
  /** first out-of-bag record, as an index */
  bagged: u32;

  // of the node at work
  /** records of the node */
  size: u32;
  bestFeature: u32;
  bestRank: u32;
  sink: u32;
  bestScore: f64;
  /** sum of weights; of squared class weights */
  total: f64;
  squares: f64;
}

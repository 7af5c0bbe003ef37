/*
 * One tree of a random forest.
 * Source: Breiman 2001, Mach Learn 45; stopping rules and impurity as in ranger (Wright & Ziegler 2017, J Stat Softw 77(1)):
 * a node of at most `minNodeSize` draws, of one class or of one response value is a leaf; a split need not improve;
 * features drawn for a node are distinct, and constant ones count.
 *
 * The stream is drawn from in this order: N tickets of the bootstrap; then, node by node, left before right, the
 * mtry features of each node that is not a leaf. The first of equally good splits stays, by feature as drawn, then by
 * value; once a split leaves both sides pure no other can be better, and the search ends.
 */
import { Grower } from "./forest-layout";
import { tryFeature } from "./forest-split";
import { randomBelow, randomSeed } from "./random";

const RECORD: usize = 16;
/** Features whose ranks are fetched together. */
const AHEAD: u32 = 8;
const IN_BAG: u32 = 0xffffffff;

/** Bootstrap: in-bag records with their counts in the order of the samples, then the others. */
function drawBootstrap(g: Grower): void {
  const counts = g.spare;
  memory.fill(counts, 0, <usize>g.m << 2);
  for (let i: u32 = 0; i < g.n; i++) {
    const ticket = randomBelow(g.random, g.n);
    const at = counts + (<usize>load<u32>(g.tickets + (ticket << 2)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let bagged: u32 = 0;
  for (let i: u32 = 0; i < g.m; i++) bagged += <u32>(load<u32>(counts + (<usize>i << 2)) != 0);
  g.bagged = bagged;
  let inBag = g.records;
  let outOfBag = inBag + <usize>bagged * RECORD;
  for (let i: usize = 0; i < <usize>g.m; i++) {
    const count = load<u32>(counts + (i << 2));
    const r = count ? inBag : outOfBag;
    if (count) inBag += RECORD;
    else outOfBag += RECORD;
    const row = load<u32>(g.rows + (i << 2));
    store<u32>(r, row);
    store<u32>(r, g.shadowRows ? load<u32>(g.shadowRows + (i << 2)) : row, 4);
    store<u32>(r, <u32>i, 8);
    store<u32>(r, count, 12);
    store<u32>(g.leaves + (i << 2), IN_BAG);
  }
}

/** Rows of the node's records, side by side for the gathering of ranks. */
function prepareRows(g: Grower, first: usize, end: usize): void {
  let at: usize = 0;
  for (let r = first; r < end; r += RECORD) {
    store<u32>(g.nodeRows + at, load<u32>(r));
    if (g.shadowRows) store<u32>(g.nodeShadows + at, load<u32>(r, 4));
    at += 4;
  }
  g.size = <u32>(at >> 2);
}

/** Node statistic of classes; writes the proportions. @returns whether one class is alone */
function prepareClasses(g: Grower, node: u32, first: usize, end: usize): bool {
  const classes = <usize>g.classes;
  memory.fill(g.counts, 0, classes << 3);
  let total: f64 = 0;
  let stat = g.stats;
  for (let r = first; r < end; r += RECORD) {
    const sample = <usize>load<u32>(r, 8) << 3;
    const k = <u32>load<f64>(g.y + sample);
    const v = <f64>load<u32>(r, 12) * load<f64>(g.weights + sample);
    const at = g.counts + (<usize>k << 3);
    store<f64>(at, load<f64>(at) + v);
    store<u32>(stat, k);
    store<f64>(stat, v, 8);
    stat += 16;
    total += v;
  }
  g.total = total;
  let squares: f64 = 0;
  let present = 0;
  for (let k: usize = 0; k < classes; k++) {
    const c = load<f64>(g.counts + (k << 3));
    store<f64>(g.value + ((<usize>node * classes + k) << 3), c / total);
    squares += c * c;
    present += <i32>(c > 0);
  }
  g.squares = squares;
  if (classes == 2) {
    const positive = load<f64>(g.counts + 8);
    for (let at = g.stats; at < stat; at += 16) {
      const v = load<f64>(at, 8);
      store<f64>(at, load<u32>(at) ? v * (total - positive) : -(v * positive));
    }
  }
  return present == 1;
}

/** Node statistic of a response; writes the mean. @returns whether all are equal */
function prepareResponse(g: Grower, node: u32, first: usize, end: usize): bool {
  let total: f64 = 0;
  let sum: f64 = 0;
  const y0 = load<f64>(g.y + (<usize>load<u32>(first, 8) << 3));
  let pure = true;
  for (let r = first; r < end; r += RECORD) {
    const y = load<f64>(g.y + (<usize>load<u32>(r, 8) << 3));
    const count = <f64>load<u32>(r, 12);
    total += count;
    sum += count * y;
    pure = pure && y == y0;
  }
  const mean = sum / total;
  let stat = g.stats;
  for (let r = first; r < end; r += RECORD) {
    const count = <f64>load<u32>(r, 12);
    store<f64>(stat, count * (load<f64>(g.y + (<usize>load<u32>(r, 8) << 3)) - mean));
    store<f64>(stat, count, 8);
    stat += 16;
  }
  g.total = total;
  store<f64>(g.value + (<usize>node << 3), mean);
  return pure;
}

/** Score that no split can exceed, both sides pure. */
function perfect(g: Grower): f64 {
  if (g.classes == 0) return Infinity;
  if (g.classes > 2) return g.total;
  const positive = load<f64>(g.counts + 8);
  return positive * (g.total - positive);
}

/** The node's features: the first mtry of the permutation. */
function drawFeatures(g: Grower): void {
  const all = g.shadowRows ? g.p << 1 : g.p;
  for (let i: u32 = 0; i < g.mtry; i++) {
    const at = g.permutation + (<usize>i << 2);
    const drawn = g.permutation + (<usize>(i + randomBelow(g.random, all - i)) << 2);
    const feature = load<u32>(drawn);
    store<u32>(drawn, load<u32>(at));
    store<u32>(at, feature);
  }
}

/** Reads a byte of every cache line of the ranks of short columns about to be tried, so that their misses overlap. */
function touch(g: Grower, from: u32, to: u32): void {
  const bytes = <usize>g.rowCount << 1;
  let sum: u32 = 0;
  for (let i = from; i < to; i++) {
    const ranks = ranksOf(g, load<u32>(g.permutation + (<usize>i << 2)));
    for (let at: usize = 0; at < bytes; at += 64) sum += load<u8>(ranks + at);
  }
  // kept, or the compiler would leave the reads out
  g.sink = sum;
}

/** Tries the features in the order drawn. @returns whether there is a split */
function search(g: Grower, first: usize, end: usize): bool {
  drawFeatures(g);
  prepareRows(g, first, end);
  const bound = perfect(g);
  const short = g.rowCount <= 1024;
  g.bestScore = -1;
  for (let i: u32 = 0; i < g.mtry; i++) {
    if (short && i % AHEAD == 0) touch(g, i, min(g.mtry, i + AHEAD));
    const feature = load<u32>(g.permutation + (<usize>i << 2));
    const before = g.bestScore;
    tryFeature(g, ranksOf(g, feature), feature >= g.p ? g.nodeShadows : g.nodeRows);
    if (g.bestScore > before) {
      g.bestFeature = feature;
      if (g.bestScore >= bound) break;
    }
  }
  return g.bestScore >= 0;
}

/** Decrease of impurity, weights of draws times Gini, or residual sum of squares, of the best split. */
function decrease(g: Grower): f64 {
  if (g.classes == 0) return g.bestScore * g.total;
  if (g.classes == 2) return (2 * g.bestScore) / g.total;
  return g.bestScore - g.squares / g.total;
}

@inline
function columnOf(g: Grower, feature: u32): usize {
  return <usize>load<u32>(g.columns + ((feature >= g.p ? feature - g.p : feature) << 2));
}

@inline
function ranksOf(g: Grower, feature: u32): usize {
  return <usize>load<u32>(g.ranks + (<usize>(feature >= g.p ? feature - g.p : feature) << 2));
}

@inline
function valueOf(column: usize, row: u32): f64 {
  return <f64>load<f32>(column + (<usize>row << 2));
}

/** Half-way between the last value on the left and the first on the right. */
function midPoint(g: Grower, first: usize, end: usize): f64 {
  const column = columnOf(g, g.bestFeature);
  const ranks = ranksOf(g, g.bestFeature);
  const which: usize = g.bestFeature >= g.p ? 4 : 0;
  let low = -Infinity;
  let high = Infinity;
  for (let r = first; r < end; r += RECORD) {
    const row = load<u32>(r + which);
    const rank = g.wide ? load<u32>(ranks + (<usize>row << 2)) : <u32>load<u16>(ranks + (<usize>row << 1));
    const value = valueOf(column, row);
    if (rank < g.bestRank) low = max(low, value);
    else high = min(high, value);
  }
  return (low + high) / 2;
}

/** Brings the records of [first, end) that go left to the front, both sides in their order. @returns end of the left side */
function part(g: Grower, threshold: f64, first: usize, end: usize): usize {
  const column = columnOf(g, g.bestFeature);
  const which: usize = g.bestFeature >= g.p ? 4 : 0;
  let to = first;
  let held = g.spare;
  for (let r = first; r < end; r += RECORD) {
    const record = v128.load(r);
    const value = valueOf(column, load<u32>(r + which));
    // written to both sides, and only one of them moves on: no branch to mispredict
    v128.store(held, record);
    v128.store(to, record);
    const goesLeft = <usize>(value <= threshold);
    to += goesLeft * RECORD;
    held += (1 - goesLeft) * RECORD;
  }
  memory.copy(to, g.spare, held - g.spare);
  return to;
}

function push(at: usize, node: u32, first: usize, end: usize, oobFirst: usize, oobEnd: usize, depth: u32): void {
  store<u32>(at, node);
  store<u32>(at, <u32>first, 4);
  store<u32>(at, <u32>end, 8);
  store<u32>(at, <u32>oobFirst, 12);
  store<u32>(at, <u32>oobEnd, 16);
  store<u32>(at, depth, 20);
}

function drawsOf(first: usize, end: usize): u32 {
  let draws: u32 = 0;
  for (let r = first; r < end; r += RECORD) draws += load<u32>(r, 12);
  return draws;
}

/**
 * Grows the tree of a stream; see `Grower` for what is read and written.
 * @returns number of nodes
 * Cost O(mtry N depth) at about 10 cycles a value.
 */
export function growTree(grower: usize, key0: u32, key1: u32): i32 {
  const g = changetype<Grower>(grower);
  randomSeed(g.random, key0, key1);
  drawBootstrap(g);
  const all = g.shadowRows ? g.p << 1 : g.p;
  for (let j: u32 = 0; j < all; j++) store<u32>(g.permutation + (j << 2), j);
  const firstOob = g.records + <usize>g.bagged * RECORD;
  push(g.stack, 0, g.records, firstOob, firstOob, g.records + <usize>g.m * RECORD, 0);
  let top = g.stack + 24;
  g.nodes = 1;
  while (top > g.stack) {
    top -= 24;
    const node = load<u32>(top);
    const first = <usize>load<u32>(top, 4);
    const end = <usize>load<u32>(top, 8);
    const oobFirst = <usize>load<u32>(top, 12);
    const oobEnd = <usize>load<u32>(top, 16);
    const depth = load<u32>(top, 20);
    const at = <usize>node << 2;
    store<u32>(g.oobFirst + at, <u32>((oobFirst - g.records) / RECORD));
    store<u32>(g.oobEnd + at, <u32>((oobEnd - g.records) / RECORD));
    const pure = g.classes ? prepareClasses(g, node, first, end) : prepareResponse(g, node, first, end);
    const stop = pure || depth >= g.maxDepth || drawsOf(first, end) <= g.minNodeSize;
    if (stop || !search(g, first, end)) {
      store<i32>(g.feature + at, -1);
      store<u32>(g.left + at, 0);
      store<f64>(g.threshold + (at << 1), 0);
      store<f64>(g.gain + (at << 1), 0);
      for (let r = oobFirst; r < oobEnd; r += RECORD) store<u32>(g.leaves + (<usize>load<u32>(r, 8) << 2), node);
      continue;
    }
    const left = g.nodes;
    const threshold = midPoint(g, first, end);
    store<i32>(g.feature + at, <i32>g.bestFeature);
    store<u32>(g.left + at, left);
    store<f64>(g.threshold + (at << 1), threshold);
    store<f64>(g.gain + (at << 1), decrease(g));
    const middle = part(g, threshold, first, end);
    const oobMiddle = part(g, threshold, oobFirst, oobEnd);
    push(top, left + 1, middle, end, oobMiddle, oobEnd, depth + 1);
    push(top + 24, left, first, middle, oobFirst, oobMiddle, depth + 1);
    top += 48;
    g.nodes = left + 2;
  }
  return <i32>g.nodes;
}

/** Loss of a sample in a leaf: squared error, or the share of the other classes. */
function lossOf(g: Grower, leaf: u32, sample: usize): f64 {
  const y = load<f64>(g.y + (sample << 3));
  if (g.classes) return 1 - load<f64>(g.value + ((<usize>leaf * <usize>g.classes + <usize>y) << 3));
  const error = y - load<f64>(g.value + (<usize>leaf << 3));
  return error * error;
}

/**
 * Sum over the out-of-bag samples, each times its multiplicity, of what its loss gains when the feature's values are
 * permuted among them; goes on in the stream of the tree grown last (Breiman 2001, section 10).
 * Only samples that meet the feature on their way are followed, from the first node that asks for it.
 */
export function permutedLoss(grower: usize, feature: i32): f64 {
  const g = changetype<Grower>(grower);
  const count = g.m - g.bagged;
  const rows = g.spare;
  for (let i: u32 = 0; i < count; i++) store<u32>(rows + (i << 2), load<u32>(recordAt(g, g.bagged + i)));
  for (let i = count; i > 1; i--) {
    const a = rows + ((i - 1) << 2);
    const b = rows + (randomBelow(g.random, i) << 2);
    const held = load<u32>(a);
    store<u32>(a, load<u32>(b));
    store<u32>(b, held);
  }
  // bytes after the rows: whether a record was followed already, from a node further up
  const seen = rows + (<usize>count << 2);
  memory.fill(seen, 0, count);
  let sum: f64 = 0;
  for (let node: u32 = 0; node < g.nodes; node++) {
    if (load<i32>(g.feature + (<usize>node << 2)) != feature) continue;
    const end = load<u32>(g.oobEnd + (<usize>node << 2));
    for (let i = load<u32>(g.oobFirst + (<usize>node << 2)); i < end; i++) {
      const at = <usize>(i - g.bagged);
      if (load<u8>(seen + at)) continue;
      store<u8>(seen + at, 1);
      const r = recordAt(g, i);
      const sample = <usize>load<u32>(r, 8);
      const leaf = follow(g, node, load<u32>(r), feature, load<u32>(rows + (at << 2)));
      const before = load<u32>(g.leaves + (sample << 2));
      if (leaf != before) sum += load<f64>(g.multiplicities + (sample << 3)) * (lossOf(g, leaf, sample) - lossOf(g, before, sample));
    }
  }
  return sum;
}

@inline
function recordAt(g: Grower, i: u32): usize {
  return g.records + <usize>i * RECORD;
}

/** Leaf of a row from a node on, one feature's value taken from another row. */
function follow(g: Grower, from: u32, row: u32, replaced: i32, other: u32): u32 {
  let node = from;
  let feature = load<i32>(g.feature + (<usize>node << 2));
  while (feature >= 0) {
    const value = valueOf(columnOf(g, <u32>feature), feature == replaced ? other : row);
    node = load<u32>(g.left + (<usize>node << 2)) + <u32>(value > load<f64>(g.threshold + (<usize>node << 3)));
    feature = load<i32>(g.feature + (<usize>node << 2));
  }
  return node;
}

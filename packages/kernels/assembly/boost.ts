/*
 * The split search of boosted trees, a whole level at once.
 * Source: Chen & Guestrin 2016, KDD, algorithms 1 and 3: with G and H sums of first and second derivatives of the loss,
 *
 *   score of a node = T(G)^2 / (H + lambda),  T(G) = G drawn towards 0 by alpha
 *   gain of a split = score(left) + score(right) - score(node)
 *
 * A column's samples lie in the order of its values (`binOrder`). One walk over them serves every node of the level: each
 * sample is added to the left side of its own node, and where the bin changes within the node, the split there is scored.
 * A level costs one reading of the data however many nodes it has, and there are no histograms to empty and to sweep, which
 * with more columns than samples take longer than filling them.
 *
 *   node, 80 bytes:  f64 G, H on the left | f64 G, H of the node | f64 threshold | u32 column, bin | u32 last bin, missing left
 *                    | f64 score of the node, best gain, 0
 *   pairs:           f64 g, h of each sample
 *   slots:           u32, address of the node of each sample; samples of none point to a node whose threshold is infinite
 *
 * A split of bin b sends bins below b to the left. Where values are missing, both ways for them are tried, right first.
 * Divisions are saved by asking T(L)^2 b + T(R)^2 a > threshold a b first, a and b the two denominators; what passes is scored
 * in full, and its gain rounded to float32, so that splits equally good tie whatever the order of their sums: the first stays.
 */

@inline
const NODE: usize = 80;

/** What `boostLevel` reads, in the order of `BOOST_FIELDS` in src/boost.ts; f64 at the end. */
@unmanaged
class Level {
  /** u32[p], address of each column's order; u32[2p], its entries and bins; entries are u16, or u32 when `wide` */
  orders: usize;
  counts: usize;
  wide: u32;
  /** u32[columns]: columns to try, in this order */
  list: usize;
  columns: u32;
  /** samples: a column of fewer entries has missing values */
  m: u32;
  slots: usize;
  pairs: usize;
  nodes: usize;
  nodeCount: u32;
  lambda: f64;
  alpha: f64;
  minChildWeight: f64;
}

/**
 * Finds the best split of every node on the columns of the list. The caller sets a node's sums, score and threshold (its
 * score); `column` keeps what it held where no split gains.
 * Cost O(columns x m), about 3 ns a value.
 */
export function boostLevel(level: usize): void {
  const v = changetype<Level>(level);
  if (v.alpha > 0) {
    if (v.wide) search<u32, f64>(v);
    else search<u16, f64>(v);
  } else if (v.wide) search<u32, u8>(v);
  else search<u16, u8>(v);
}

/** E: an entry; L1: f64 where sums are drawn towards 0, u8 where not. */
function search<E, L1>(v: Level): void {
  for (let c: u32 = 0; c < v.columns; c++) {
    const j = load<u32>(v.list + (<usize>c << 2));
    const entries = load<u32>(v.counts + (<usize>j << 3));
    const bins = load<u32>(v.counts + (<usize>j << 3), 4);
    const order = <usize>load<u32>(v.orders + (<usize>j << 2));
    restart(v);
    if (v.nodeCount == 1 && entries == v.m) {
      alone<E, L1>(v, j, order);
      continue;
    }
    forward<E, L1>(v, j, order, order + <usize>entries * sizeof<E>());
    if (entries == v.m) continue;
    presentLeft<L1>(v, j, bins + 1);
    restart(v);
    backward<E, L1>(v, j, order, order + <usize>entries * sizeof<E>(), bins);
  }
}

function restart(v: Level): void {
  const end = v.nodes + <usize>v.nodeCount * NODE;
  for (let node = v.nodes; node < end; node += NODE) {
    v128.store(node, f64x2.splat(0));
    store<u32>(node, 0, 48);
  }
}

/** Scores one split; the node changes when it is better than those before it. */
@inline
function tryAt<L1>(v: Level, node: usize, left: v128, right: v128, j: u32, bin: u32, missingLeft: u32): void {
  const hl = f64x2.extract_lane(left, 1);
  const hr = f64x2.extract_lane(right, 1);
  if (hl < v.minChildWeight || hr < v.minChildWeight) return;
  let gl = f64x2.extract_lane(left, 0);
  let gr = f64x2.extract_lane(right, 0);
  if (sizeof<L1>() == 8) {
    gl = max(abs(gl) - v.alpha, 0);
    gr = max(abs(gr) - v.alpha, 0);
  }
  const a = hl + v.lambda;
  const b = hr + v.lambda;
  if (gl * gl * b + gr * gr * a > load<f64>(node, 32) * (a * b)) take(node, (gl * gl) / a + (gr * gr) / b, j, bin, missingLeft);
}

function take(node: usize, score: f64, j: u32, bin: u32, missingLeft: u32): void {
  const parent = load<f64>(node, 56);
  const gain = <f64>(<f32>(score - parent));
  if (!(gain > load<f64>(node, 64))) return;
  store<f64>(node, gain, 64);
  // a little less, so that rounding of the first test hides no better split
  store<f64>(node, (gain + parent) * (1 - 1e-12), 32);
  store<u32>(node, j, 40);
  store<u32>(node, bin, 44);
  store<u32>(node, missingLeft, 52);
}

@inline
function topBit<E>(): u32 {
  return <u32>(sizeof<E>() * 8 - 1);
}

/** The root's walk: one node, its left side kept out of memory. */
function alone<E, L1>(v: Level, j: u32, order: usize): void {
  const node = v.nodes;
  const whole = v128.load(node, 16);
  const end = order + <usize>v.m * sizeof<E>();
  let bin: u32 = 0;
  let left = f64x2.splat(0);
  for (let at = order; at < end; at += sizeof<E>()) {
    const entry = <u32>load<E>(at);
    const sample = <usize>(entry & ((1 << topBit<E>()) - 1));
    if (entry >> topBit<E>()) {
      bin++;
      if (at != order) tryAt<L1>(v, node, left, f64x2.sub(whole, left), j, bin, 0);
    }
    // a sample of no node counts nothing
    if (load<u32>(v.slots + (sample << 2)) == <u32>node) left = f64x2.add(left, v128.load(v.pairs + (sample << 4)));
  }
}

/** Bins from the least on go left; what is missing goes right. */
function forward<E, L1>(v: Level, j: u32, order: usize, end: usize): void {
  const slots = v.slots;
  const pairs = v.pairs;
  let bin: u32 = 0;
  for (let at = order; at < end; at += sizeof<E>()) {
    const entry = <u32>load<E>(at);
    bin += entry >> topBit<E>();
    const sample = <usize>(entry & ((1 << topBit<E>()) - 1));
    const node = <usize>load<u32>(slots + (sample << 2));
    const left = v128.load(node);
    if (load<u32>(node, 48) != bin) {
      store<u32>(node, bin, 48);
      tryAt<L1>(v, node, left, f64x2.sub(v128.load(node, 16), left), j, bin, 0);
    }
    v128.store(node, f64x2.add(left, v128.load(pairs + (sample << 4))));
  }
}

/** After `forward`: all values on the left, what is missing alone on the right. */
function presentLeft<L1>(v: Level, j: u32, bin: u32): void {
  const end = v.nodes + <usize>v.nodeCount * NODE;
  for (let node = v.nodes; node < end; node += NODE) {
    const left = v128.load(node);
    tryAt<L1>(v, node, left, f64x2.sub(v128.load(node, 16), left), j, bin, 0);
  }
}

/** Bins from the greatest on go right; what is missing goes left. */
function backward<E, L1>(v: Level, j: u32, order: usize, end: usize, bins: u32): void {
  let bin = bins;
  for (let at = end; at > order; ) {
    at -= sizeof<E>();
    const entry = <u32>load<E>(at);
    const sample = <usize>(entry & ((1 << topBit<E>()) - 1));
    const node = <usize>load<u32>(v.slots + (sample << 2));
    const right = v128.load(node);
    const last = load<u32>(node, 48);
    if (last != bin) {
      store<u32>(node, bin, 48);
      if (last != 0) tryAt<L1>(v, node, f64x2.sub(v128.load(node, 16), right), right, j, last, 1);
    }
    v128.store(node, f64x2.add(right, v128.load(v.pairs + (sample << 4))));
    bin -= entry >> topBit<E>();
  }
}

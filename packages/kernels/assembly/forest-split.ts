/*
 * The best split of a node on one feature, its records in order: every boundary between two ranks is scored,
 * and a split of rank r sends ranks below r to the left. A group of ties is summed first, then added to the left side.
 */
import { Grower } from "./forest-layout";
import { orderRecords } from "./forest-order";

/** Tries a feature on the node; `bestScore` and `bestRank` change when it has a better split than those before it. */
export function tryFeature(g: Grower, ranks: usize, rows: usize): void {
  if (g.wide) sweep<u64>(g, orderRecords<u32, u64>(g, ranks, rows));
  else sweep<u32>(g, orderRecords<u16, u32>(g, ranks, rows));
}

@inline
function sweep<K>(g: Grower, keys: usize): void {
  if (g.classes > 2) sweepClasses<K>(g, keys);
  else sweepSums<K>(g, keys);
}

@inline
function rankOf<K>(key: K): u32 {
  return <u32>(key >> <K>(sizeof<K>() << 2));
}

@inline
function statOf<K>(g: Grower, key: K): usize {
  return g.stats + (<usize>(sizeof<K>() == 4 ? key & <K>0xffff : key & <K>0xffffffff) << 4);
}

/**
 * Two classes, or regression: with S the sum of deltas (0 over the node) and W the sum of weights on the left,
 *   score = S^2 / (W_left W_right),  proportional to the decrease of Gini impurity or of the residual sum of squares.
 */
function sweepSums<K>(g: Grower, keys: usize): void {
  const end = keys + <usize>g.size * sizeof<K>();
  const total = g.total;
  let best = g.bestScore;
  let bestRank = g.bestRank;
  let key = load<K>(keys);
  let held = rankOf<K>(key);
  let group = v128.load(statOf<K>(g, key));
  let left = f64x2.splat(0);
  for (let at = keys + sizeof<K>(); at < end; at += sizeof<K>()) {
    key = load<K>(at);
    const rank = rankOf<K>(key);
    const stat = v128.load(statOf<K>(g, key));
    if (rank == held) {
      group = f64x2.add(group, stat);
      continue;
    }
    held = rank;
    left = f64x2.add(left, group);
    group = stat;
    const sum = f64x2.extract_lane(left, 0);
    const weight = f64x2.extract_lane(left, 1);
    const score = (sum * sum) / (weight * (total - weight));
    if (score > best) {
      best = score;
      bestRank = rank;
    }
  }
  g.bestScore = best;
  g.bestRank = bestRank;
}

/**
 * More than two classes, L_k and R_k their weights on the two sides:
 *   score = sum L_k^2 / W_left + sum R_k^2 / W_right,  its sums of squares kept up to date record by record.
 */
function sweepClasses<K>(g: Grower, keys: usize): void {
  const end = keys + <usize>g.size * sizeof<K>();
  const bytes = <usize>g.classes << 3;
  const leftCounts = g.counts + bytes;
  const rightCounts = leftCounts + bytes;
  memory.fill(leftCounts, 0, bytes);
  memory.copy(rightCounts, g.counts, bytes);
  const total = g.total;
  let leftSquares: f64 = 0;
  let rightSquares = g.squares;
  let weight: f64 = 0;
  let best = g.bestScore;
  let bestRank = g.bestRank;
  let held = rankOf<K>(load<K>(keys));
  for (let at = keys; at < end; at += sizeof<K>()) {
    const key = load<K>(at);
    const rank = rankOf<K>(key);
    if (rank != held) {
      held = rank;
      const score = leftSquares / weight + rightSquares / (total - weight);
      if (score > best) {
        best = score;
        bestRank = rank;
      }
    }
    const stat = statOf<K>(g, key);
    const k = <usize>load<u32>(stat) << 3;
    const v = load<f64>(stat, 8);
    const l = load<f64>(leftCounts + k);
    const r = load<f64>(rightCounts + k);
    leftSquares += v * (l + l + v);
    rightSquares -= v * (r + r - v);
    store<f64>(leftCounts + k, l + v);
    store<f64>(rightCounts + k, r - v);
    weight += v;
  }
  g.bestScore = best;
  g.bestRank = bestRank;
}

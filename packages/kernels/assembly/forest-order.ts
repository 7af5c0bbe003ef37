/*
 * Brings the records of a node into the order of a feature. A key is the dense rank of the value above, the number of
 * the record below (u32: 16 | 16 bits; u64, beyond 65,536 samples: 32 | 32): ties keep the order of the records, and
 * keys of equal rank tell the tie. A few records are put in place by comparing all with all, four at once and without a
 * branch; more by two passes of counting, over the halves of the rank. Both give the same keys.
 */
import { Grower } from "./forest-layout";

/** Where comparing and counting take equally long. */
const FEW: u32 = 16;

@inline
function shiftOf<K>(): K {
  return <K>(sizeof<K>() << 2);
}

/** @param rows  u32[size], the row of each record @returns address of the sorted keys */
export function orderRecords<R, K>(g: Grower, ranks: usize, rows: usize): usize {
  if (sizeof<K>() == 4 && g.size <= FEW) return byComparison<R>(g, ranks, rows);
  return byCounting<R, K>(g, ranks, rows);
}

/** A key's place is the number of keys below it. Four places at once; the last four may be filled up with keys that are no one's. */
function byComparison<R>(g: Grower, ranks: usize, rows: usize): usize {
  const bytes = <usize>g.size << 2;
  for (let at: usize = 0; at < bytes; at += 4) {
    const key = (<u32>load<R>(ranks + <usize>load<u32>(rows + at) * sizeof<R>()) << 16) | <u32>(at >> 2);
    // the top bit turned, so that signed comparison, which is one instruction, orders the keys
    store<u32>(g.keys2 + at, key ^ 0x80000000);
  }
  for (let at: usize = 0; at < bytes; at += 16) {
    const four = v128.load(g.keys2 + at);
    let below = i32x4.splat(0);
    for (let other: usize = 0; other < bytes; other += 4) {
      below = i32x4.sub(below, i32x4.gt_s(four, v128.load32_splat(g.keys2 + other)));
    }
    v128.store(g.places + at, below);
  }
  for (let at: usize = 0; at < bytes; at += 4) {
    store<u32>(g.keys + (<usize>load<u32>(g.places + at) << 2), load<u32>(g.keys2 + at) ^ 0x80000000);
  }
  return g.keys;
}

function byCounting<R, K>(g: Grower, ranks: usize, rows: usize): usize {
  const bits = <K>((g.rankBits + 1) >> 1);
  const size = (<usize>1) << <usize>bits;
  const mask = <K>(size - 1);
  const low = g.digits;
  const high = low + (size << 2);
  memory.fill(low, 0, size << 3);
  const from = g.keys;
  const end = from + <usize>g.size * sizeof<K>();
  let i: K = 0;
  for (let at = from; at < end; at += sizeof<K>()) {
    const rank = <K>load<R>(ranks + <usize>load<u32>(rows) * sizeof<R>());
    rows += 4;
    store<K>(at, (rank << shiftOf<K>()) | i);
    i++;
    const a = low + (<usize>(rank & mask) << 2);
    store<u32>(a, load<u32>(a) + 1);
    const b = high + (<usize>(rank >> bits) << 2);
    store<u32>(b, load<u32>(b) + 1);
  }
  runningSums(low, size);
  runningSums(high, size);
  deal<K>(from, end, g.keys2, low, shiftOf<K>(), mask);
  deal<K>(g.keys2, g.keys2 + (end - from), from, high, shiftOf<K>() + bits, mask);
  return from;
}

function runningSums(table: usize, size: usize): void {
  let sum: u32 = 0;
  for (let at = table; at < table + (size << 2); at += 4) {
    const count = load<u32>(at);
    store<u32>(at, sum);
    sum += count;
  }
}

@inline
function deal<K>(from: usize, end: usize, to: usize, table: usize, shift: K, mask: K): void {
  for (let at = from; at < end; at += sizeof<K>()) {
    const key = load<K>(at);
    const place = table + (<usize>((key >> shift) & mask) << 2);
    const next = load<u32>(place);
    store<u32>(place, next + 1);
    store<K>(to + <usize>next * sizeof<K>(), key);
  }
}

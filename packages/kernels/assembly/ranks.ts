/*
 * Dense ranks of a float32 column: 0 for its least value, equal values alike (-0 and 0 too), no gaps.
 *
 * Sorted by the bits of the values, made ascending, least significant byte first (a byte that all share is skipped):
 *
 *   scratch   u32[n] keys | u32[n] rows | u32[n] keys | u32[n] rows | u32[4][256] counts
 */

/** Bits of a finite float, so that unsigned order is the order of the values; -0 becomes 0 first. */
@inline
function ascending(value: f32): u32 {
  const bits = reinterpret<u32>(value + 0);
  return bits & 0x80000000 ? ~bits : bits | 0x80000000;
}

/** Sorts n keys and rows, laid out as above, by key; equal keys keep their order. @returns address of the sorted keys, the rows behind them */
function sortKeys(n: i32, scratch: usize): usize {
  const bytes = <usize>n << 2;
  const counts = scratch + (bytes << 2);
  let keys = scratch;
  let keys2 = scratch + (bytes << 1);
  memory.fill(counts, 0, 4096);
  for (let i: usize = 0; i < bytes; i += 4) {
    const key = load<u32>(keys + i);
    for (let b: u32 = 0; b < 4; b++) {
      const at = counts + ((<usize>b << 10) | (<usize>((key >> (b << 3)) & 255) << 2));
      store<u32>(at, load<u32>(at) + 1);
    }
  }
  for (let b: u32 = 0; b < 4; b++) {
    const table = counts + (<usize>b << 10);
    const shift = b << 3;
    if (n == 0 || load<u32>(table + (<usize>((load<u32>(keys) >> shift) & 255) << 2)) == <u32>n) continue;
    let sum: u32 = 0;
    for (let t: usize = 0; t < 1024; t += 4) {
      const c = load<u32>(table + t);
      store<u32>(table + t, sum);
      sum += c;
    }
    for (let i: usize = 0; i < bytes; i += 4) {
      const key = load<u32>(keys + i);
      const at = table + (<usize>((key >> shift) & 255) << 2);
      const to = <usize>load<u32>(at) << 2;
      store<u32>(at, <u32>(to >> 2) + 1);
      store<u32>(keys2 + to, key);
      store<u32>(keys2 + bytes + to, load<u32>(keys + bytes + i));
    }
    const held = keys;
    keys = keys2;
    keys2 = held;
  }
  return keys;
}

/**
 * @param x        f32[n], finite
 * @param out      u16[n] when wide is 0 (n at most 65,536), else u32[n]
 * @param scratch  16 n + 4,096 bytes
 * @returns number of distinct values
 * Cost O(n).
 */
export function denseRanks(x: usize, n: i32, out: usize, wide: i32, scratch: usize): i32 {
  const bytes = <usize>n << 2;
  for (let i: usize = 0; i < bytes; i += 4) {
    store<u32>(scratch + i, ascending(load<f32>(x + i)));
    store<u32>(scratch + bytes + i, <u32>(i >> 2));
  }
  const keys = sortKeys(n, scratch);
  let rank: u32 = 0;
  for (let i: usize = 0; i < bytes; i += 4) {
    if (i > 0 && load<u32>(keys + i) != load<u32>(keys + i - 4)) rank++;
    const row = <usize>load<u32>(keys + bytes + i);
    if (wide) store<u32>(out + (row << 2), rank);
    else store<u16>(out + (row << 1), <u16>rank);
  }
  return n > 0 ? <i32>rank + 1 : 0;
}

/**
 * The samples of a part in the order of a column's values, those without one (NaN) left out. The top bit of an entry says
 * that a new bin starts there: at every new value, or, where there are more than maxBin values, at the first new value after
 * each maxBin-th of the samples.
 *
 * @param x        f32, by row
 * @param rows     u32[m], the row of each sample
 * @param out      room for m entries, u16 when wide is 0 (m at most 32,768), else u32
 * @param scratch  16 m + 4,096 bytes
 * @param counts   u32[2]: becomes the number of entries and of bins
 * Cost O(m).
 */
export function binOrder(x: usize, rows: usize, m: i32, maxBin: i32, out: usize, wide: i32, scratch: usize, counts: usize): void {
  let there: usize = 0;
  for (let i: usize = 0; i < <usize>m << 2; i += 4) {
    const value = load<f32>(x + (<usize>load<u32>(rows + i) << 2));
    if (value != value) continue;
    store<u32>(scratch + there, ascending(value));
    there += 4;
  }
  let at = scratch + there;
  for (let i: usize = 0; i < <usize>m << 2; i += 4) {
    const value = load<f32>(x + (<usize>load<u32>(rows + i) << 2));
    if (value != value) continue;
    store<u32>(at, <u32>(i >> 2));
    at += 4;
  }
  const n = <i32>(there >> 2);
  const keys = sortKeys(n, scratch);
  let distinct = 0;
  for (let i: usize = 0; i < there; i += 4) distinct += <i32>(i == 0 || load<u32>(keys + i) != load<u32>(keys + i - 4));
  const merged = distinct > maxBin;
  let bins: u32 = 0;
  // entries that must have been passed before the next bin may start
  let due: u64 = 0;
  for (let i: usize = 0; i < there; i += 4) {
    let first: u32 = <u32>(i == 0 || load<u32>(keys + i) != load<u32>(keys + i - 4));
    if (first && merged) {
      first = <u32>((<u64>i >> 2) * <u64>maxBin >= due);
      if (first) due = (((<u64>i >> 2) * <u64>maxBin) / <u64>n + 1) * <u64>n;
    }
    bins += first;
    const sample = load<u32>(keys + there + i);
    if (wide) store<u32>(out + i, sample | (first << 31));
    else store<u16>(out + (i >> 1), <u16>(sample | (first << 15)));
  }
  store<u32>(counts, <u32>n);
  store<u32>(counts, bins, 4);
}

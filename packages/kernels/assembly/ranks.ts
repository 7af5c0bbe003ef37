/*
 * Dense ranks of a float32 column: 0 for its least value, equal values alike (-0 and 0 too), no gaps.
 *
 * Sorted by the bits of the values, made ascending, least significant byte first (a byte that all share is skipped):
 *
 *   scratch   u32[n] keys | u32[n] rows | u32[n] keys | u32[n] rows | u32[4][256] counts
 */

/** Bits of a finite float, so that unsigned order is the order of the values; -0 becomes 0 first. */
// @ts-ignore: decorator
@inline
function ascending(value: f32): u32 {
  const bits = reinterpret<u32>(value + 0);
  return bits & 0x80000000 ? ~bits : bits | 0x80000000;
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
  let keys = scratch;
  let rows = keys + bytes;
  let keys2 = rows + bytes;
  let rows2 = keys2 + bytes;
  const counts = rows2 + bytes;
  memory.fill(counts, 0, 4096);
  for (let i: usize = 0; i < bytes; i += 4) {
    const key = ascending(load<f32>(x + i));
    store<u32>(keys + i, key);
    store<u32>(rows + i, <u32>(i >> 2));
    for (let b: u32 = 0; b < 4; b++) {
      const at = counts + ((<usize>b << 10) | (<usize>((key >> (b << 3)) & 255) << 2));
      store<u32>(at, load<u32>(at) + 1);
    }
  }
  for (let b: u32 = 0; b < 4; b++) {
    const table = counts + (<usize>b << 10);
    const shift = b << 3;
    if (load<u32>(table + (<usize>((load<u32>(keys) >> shift) & 255) << 2)) == <u32>n) continue;
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
      store<u32>(rows2 + to, load<u32>(rows + i));
    }
    let held = keys;
    keys = keys2;
    keys2 = held;
    held = rows;
    rows = rows2;
    rows2 = held;
  }
  let rank: u32 = 0;
  for (let i: usize = 0; i < bytes; i += 4) {
    if (i > 0 && load<u32>(keys + i) != load<u32>(keys + i - 4)) rank++;
    const row = <usize>load<u32>(rows + i);
    if (wide) store<u32>(out + (row << 2), rank);
    else store<u16>(out + (row << 1), <u16>rank);
  }
  return n > 0 ? <i32>rank + 1 : 0;
}

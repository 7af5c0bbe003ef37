/*
 * Philox 4x32-10 for kernels that draw by themselves; the same words as the engine's `Rng` of the same key.
 * Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC11.
 *
 * State, u32[8], kept by the caller:  key0 key1 counter left | block of 4 words, of which the last `left` are still to be given
 */

/** Starts the stream of a key. */
export function randomSeed(state: usize, key0: u32, key1: u32): void {
  store<u32>(state, key0);
  store<u32>(state, key1, 4);
  store<u32>(state, 0, 8);
  store<u32>(state, 0, 12);
}

function refill(state: usize): void {
  let k0 = load<u32>(state);
  let k1 = load<u32>(state, 4);
  let x0 = load<u32>(state, 8);
  let x1: u32 = 0;
  let x2: u32 = 0;
  let x3: u32 = 0;
  store<u32>(state, x0 + 1, 8);
  for (let round = 0; round < 10; round++) {
    const a = <u64>x0 * 0xd2511f53;
    const b = <u64>x2 * 0xcd9e8d57;
    x0 = <u32>(b >> 32) ^ x1 ^ k0;
    x1 = <u32>b;
    x2 = <u32>(a >> 32) ^ x3 ^ k1;
    x3 = <u32>a;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  store<u32>(state, x0, 16);
  store<u32>(state, x1, 20);
  store<u32>(state, x2, 24);
  store<u32>(state, x3, 28);
}

/** Uniform on 0 .. 2^32 - 1. */
export function randomWord(state: usize): u32 {
  let left = load<u32>(state, 12);
  if (left == 0) {
    refill(state);
    left = 4;
  }
  store<u32>(state, left - 1, 12);
  return load<u32>(state + 32 - (<usize>left << 2));
}

/** Uniform on 0 .. bound - 1, bound at least 1, without bias (Lemire 2019). */
export function randomBelow(state: usize, bound: u32): u32 {
  let product = <u64>randomWord(state) * <u64>bound;
  // the threshold is below bound, so that the division is seldom needed
  if (<u32>product < bound) {
    const threshold: u32 = (0 - bound) % bound;
    while (<u32>product < threshold) product = <u64>randomWord(state) * <u64>bound;
  }
  return <u32>(product >> 32);
}

/**
 * A copy of a column whose values are permuted among the samples of a part (Fisher-Yates); other rows keep what they hold.
 * @param x, out  f32, by row @param rows  u32[m], distinct
 */
export function permutedColumn(state: usize, x: usize, rows: usize, m: i32, out: usize): void {
  const end = rows + (<usize>m << 2);
  for (let at = rows; at < end; at += 4) {
    const row = <usize>load<u32>(at) << 2;
    store<f32>(out + row, load<f32>(x + row));
  }
  for (let i = <u32>m; i > 1; i--) {
    const a = out + (<usize>load<u32>(rows + (<usize>(i - 1) << 2)) << 2);
    const b = out + (<usize>load<u32>(rows + (<usize>randomBelow(state, i) << 2)) << 2);
    const held = load<f32>(a);
    store<f32>(a, load<f32>(b));
    store<f32>(b, held);
  }
}

/** Bits set in both rows of `words` words; eight bits at a time are summed in place (Warren 2012, Hacker's Delight, 5-1). */
export function countShared(a: Int32Array, aAt: number, b: Int32Array, bAt: number, words: number): number {
  let count = 0;
  for (let w = 0; w < words; w++) {
    let v = a[aAt + w]! & b[bAt + w]!;
    v -= (v >>> 1) & 0x55555555;
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    count += Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

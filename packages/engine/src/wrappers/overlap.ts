/** Features that two sets of distinct indices share. */
export function overlap(a: readonly number[], b: readonly number[]): number {
  const held = new Set(a);
  return b.reduce((count, f) => count + (held.has(f) ? 1 : 0), 0);
}

/** Mean of a measure over all pairs of sets, those left out for which it is null; null where none is left. Cost O(M² k). */
export function meanOverPairs(
  sets: readonly (readonly number[])[],
  measure: (a: readonly number[], b: readonly number[]) => number | null,
): number | null {
  let sum = 0;
  let pairs = 0;
  for (let i = 0; i < sets.length; i++) {
    for (let j = i + 1; j < sets.length; j++) {
      const value = measure(sets[i]!, sets[j]!);
      if (value === null) continue;
      sum += value;
      pairs++;
    }
  }
  return pairs === 0 ? null : sum / pairs;
}

import { meanOverPairs, overlap } from "./overlap.ts";

/**
 * Mean over pairs of sets of size k of (r p - k²) / (k (p - k)), r what they share: 1 for equal sets, 0 as random ones.
 * Null where the sets differ in size (it is not defined), are empty or full, or fewer than two.
 * Source: Kuncheva 2007, IASTED AIA.
 */
export function kunchevaIndex(sets: readonly (readonly number[])[], p: number): number | null {
  const k = sets[0]?.length ?? 0;
  if (k === 0 || k === p || sets.some((set) => set.length !== k)) return null;
  return meanOverPairs(sets, (a, b) => (overlap(a, b) * p - k * k) / (k * (p - k)));
}

import { meanOverPairs, overlap } from "./overlap.ts";

/**
 * Mean over pairs of sets of |A and B| / |A or B|, 0 to 1; not corrected for chance: large sets agree by themselves.
 * Pairs of two empty sets are left out; null for fewer than two sets, and where all are empty or all full.
 * Source: Kalousis, Prados & Hilario 2007, Knowl Inf Syst 12, 95.
 */
export function jaccardIndex(sets: readonly (readonly number[])[], p: number): number | null {
  if (sets.every((set) => set.length === p)) return null;
  return meanOverPairs(sets, (a, b) => {
    const both = overlap(a, b);
    const either = a.length + b.length - both;
    return either === 0 ? null : both / either;
  });
}

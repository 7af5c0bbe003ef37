/** Share of the sets that hold each feature, p values 0..1; all 0 without sets. @param sets  of distinct indices 0..p-1 */
export function selectionFrequencies(sets: readonly (readonly number[])[], p: number): Float64Array {
  const share = new Float64Array(p);
  for (const set of sets) for (const f of set) share[f]!++;
  if (sets.length > 0) for (let f = 0; f < p; f++) share[f]! /= sets.length;
  return share;
}

/** How well the answers of two sides agree. */

/** Shared over all of both; 1 when both are empty. */
export function overlap(a: Iterable<number>, b: Iterable<number>): number {
  const [left, right] = [new Set(a), new Set(b)];
  const shared = Array.from(left).filter((j) => right.has(j)).length;
  const all = left.size + right.size - shared;
  return all === 0 ? 1 : shared / all;
}

export function meanOverlap(a: readonly Iterable<number>[], b: readonly Iterable<number>[]): number {
  return a.reduce((sum, chosen, i) => sum + overlap(chosen, b[i]!), 0) / a.length;
}

/** Share of the k largest of one that are among the k largest of the other. */
export function topOverlap(a: ArrayLike<number>, b: ArrayLike<number>, k: number): number {
  const second = new Set(largest(b, k));
  return largest(a, k).filter((j) => second.has(j)).length / k;
}

function largest(values: ArrayLike<number>, k: number): number[] {
  return Array.from(values, (value, j) => [value, j] as const)
    .sort((x, y) => y[0] - x[0])
    .slice(0, k)
    .map(([, j]) => j);
}

/** Largest |a - b| over the entries that both have. */
export function largestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let gap = 0;
  for (let k = 0; k < Math.min(a.length, b.length); k++) gap = Math.max(gap, Math.abs(a[k]! - b[k]!));
  return gap;
}

/** Largest (ours - theirs) / theirs of two objectives: below 0 where ours is the better minimum at every lambda. */
export function worstExcess(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  let excess = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < Math.min(ours.length, theirs.length); k++) excess = Math.max(excess, (ours[k]! - theirs[k]!) / theirs[k]!);
  return excess;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
}

import { allTied } from "./rank-sums.ts";

export interface KruskalWallis {
  readonly h: number;
  readonly df: number;
  /** share of the ranks' variance that lies between the groups, H / (n - 1): 0 to 1 */
  readonly epsilonSquared: number;
}

const UNTESTABLE: KruskalWallis = { h: Number.NaN, df: Number.NaN, epsilonSquared: Number.NaN };

/**
 * Kruskal-Wallis H corrected for ties:
 *
 *   H = 12 / (n (n + 1)) sum n_g (mean rank_g - (n + 1) / 2)^2 / (1 - ties / (n^3 - n))
 *
 * Groups without a value do not count. NaN below two groups or where all values are equal.
 * Source: Kruskal & Wallis 1952, J Am Stat Assoc 47; epsilon squared: Tomczak & Tomczak 2014, Trends Sport Sci 1(21).
 *
 * @param sums  from `at` on: count and rank sum of each of k groups, then the sum of t^3 - t over ties of t values
 */
export function kruskalWallis(sums: ArrayLike<number>, at: number, k: number): KruskalWallis {
  let n = 0;
  let groups = 0;
  for (let g = 0; g < k; g++) {
    const size = sums[at + 2 * g]!;
    n += size;
    if (size > 0) groups++;
  }
  const ties = sums[at + 2 * k]!;
  if (groups < 2 || allTied(n, ties)) return UNTESTABLE;
  let between = 0;
  for (let g = 0; g < k; g++) {
    const size = sums[at + 2 * g]!;
    if (size === 0) continue;
    const off = sums[at + 2 * g + 1]! - (size * (n + 1)) / 2;
    between += (off * off) / size;
  }
  const h = ((12 / (n * (n + 1))) * between) / (1 - ties / (n * (n * n - 1)));
  return { h, df: groups - 1, epsilonSquared: h / (n - 1) };
}

import ln from "@stdlib/math-base-special-ln";
import { logNormalUpper } from "./distributions.ts";
import { allTied } from "./rank-sums.ts";

/** Without ties, and with a class of at most this many values, p is exact. */
export const EXACT_UP_TO = 8;

export interface MannWhitney {
  /** pairs in which group 1 is above group 0, a tied pair counts 1/2 */
  readonly u: number;
  /** u over all pairs */
  readonly auc: number;
  /** two-sided */
  readonly logP: number;
  readonly exact: boolean;
}

const UNTESTABLE: MannWhitney = { u: Number.NaN, auc: Number.NaN, logP: Number.NaN, exact: false };

/**
 * Mann-Whitney U of group 1 against group 0, two-sided: p is exact without ties where a group has at most 8 values, else from the
 * normal approximation with tie and continuity correction, tail taken directly. The same choice as scipy's `mannwhitneyu(method="auto")`.
 * NaN where a group has no value or all values are equal.
 * Source: Mann & Whitney 1947, Ann Math Stat 18; tie correction as Lehmann 1975.
 *
 * @param n0, n1    values of each group
 * @param rankSum1  sum of the mid-ranks of group 1 among all
 * @param ties      sum of t^3 - t over ties of t values
 */
export function mannWhitney(n0: number, n1: number, rankSum1: number, ties: number, exactTails: ExactTails): MannWhitney {
  const n = n0 + n1;
  if (n0 === 0 || n1 === 0 || allTied(n, ties)) return UNTESTABLE;
  const pairs = n0 * n1;
  const u = rankSum1 - (n1 * (n1 + 1)) / 2;
  const auc = u / pairs;
  const lesser = Math.min(u, pairs - u);
  const exact = ties === 0 && Math.min(n0, n1) <= EXACT_UP_TO;
  return { u, auc, logP: exact ? exactTails(n0, n1, lesser) : normalLogP(n0, n1, lesser, ties), exact };
}

function normalLogP(n0: number, n1: number, lesser: number, ties: number): number {
  const n = n0 + n1;
  const variance = ((n0 * n1) / 12) * (n + 1 - ties / (n * (n - 1)));
  const z = ((n0 * n1) / 2 - lesser - 0.5) / Math.sqrt(variance);
  return Math.min(0, Math.LN2 + logNormalUpper(z));
}

/** log of twice P(U <= u), at most 0. */
export type ExactTails = (n0: number, n1: number, u: number) => number;

/** Exact tails of U without ties; the tables of the sizes seen are kept, up to a bound. */
export function exactTails(): ExactTails {
  const tables = new Map<string, Float64Array>();
  return (n0, n1, u) => {
    const few = Math.min(n0, n1);
    const many = Math.max(n0, n1);
    const key = `${few} ${many}`;
    let table = tables.get(key);
    if (table === undefined) {
      if (tables.size === 200) tables.clear();
      table = cumulativeCounts(few, many);
      tables.set(key, table);
    }
    return Math.min(0, Math.LN2 + ln(table[u]! / arrangements(few, many)));
  };
}

/**
 * How many of the arrangements of m among n have U <= u, for u = 0 .. floor(m n / 2). The counts of U = u are the coefficients of the
 * Gaussian binomial, the product over i = 1 .. m of (1 - x^(n + i)) / (1 - x^i), built up one factor at a time; whole numbers,
 * exact below 2^53. Beyond that a coefficient carries an error only from its own size on, since errors move to higher u alone
 * and the coefficients grow up to m n / 2. Cost O(m^2 n).
 * Source: Mann & Whitney 1947; Andrews 1976, The Theory of Partitions, ch 3.
 */
function cumulativeCounts(m: number, n: number): Float64Array {
  const counts = new Float64Array(Math.floor((m * n) / 2) + 1);
  counts[0] = 1;
  for (let i = 1; i <= m; i++) {
    for (let u = counts.length - 1; u >= n + i; u--) counts[u]! -= counts[u - n - i]!;
    for (let u = i; u < counts.length; u++) counts[u]! += counts[u - i]!;
  }
  for (let u = 1; u < counts.length; u++) counts[u]! += counts[u - 1]!;
  return counts;
}

/** m + n over m. */
function arrangements(m: number, n: number): number {
  let product = 1;
  for (let i = 1; i <= m; i++) product = (product * (n + i)) / i;
  return product;
}

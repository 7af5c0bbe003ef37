import type { Rule } from "./rule.ts";

/**
 * Borda count (consensus ranking): p - rank points from each list, none where absent; ordered like the mean rank.
 * Score: mean points over the most there can be, 0 to 1. Source: de Borda 1781; Lin 2010, WIREs Comput Stat 2, 555.
 */
export const borda: Rule = ({ rankSum }, { lists, p }) => {
  const score = p === 1 ? 1 : (lists * p - rankSum) / (lists * (p - 1));
  return { key: -rankSum, score };
};

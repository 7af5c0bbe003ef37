import exp from "@stdlib/math-base-special-exp";
import { logIncompleteBeta } from "../../stats/incomplete-beta.ts";
import type { Rule } from "./rule.ts";

/**
 * Robust rank aggregation. With r_(1) <= ... <= r_(n) a feature's ranks over p, 1 where a list lacks it,
 *
 *   rho = min(1, n min_k P(Beta(k, n - k + 1) <= r_(k)))
 *
 * the chance that n lists in random order put it so high, Bonferroni-corrected over k; ordered by rho, smallest first.
 * Score: rho. With one list rho is rank / p, and the list keeps its order.
 * Source: Kolde, Laur, Adler & Vilo 2012, Bioinformatics 28, 573; R's RobustRankAggreg with exact = FALSE.
 */
export const robustRankAggregation: Rule = ({ ranks }, { lists, p }) => {
  let least = 0;
  ranks.forEach((rank, i) => {
    least = Math.min(least, logIncompleteBeta(i + 1, lists - i, rank / (p - rank)));
  });
  const rho = Math.min(1, lists * exp(least));
  // Capped ones are equal. Logarithms of the others order them also where rho underflows.
  return { key: rho === 1 ? 0 : -least, score: rho };
};

import type { Rule } from "./rule.ts";

/**
 * Soft vote: each list gives a vote of 1 to its first, falling evenly to 1/limit for the last place that counts, 0 where absent.
 * Score: the mean vote, 0 to 1. Ranks stand for scores, so that no method is left out because its scores are of another kind.
 * Differs from Borda in that the points end at the cut and not at p, so that places weigh beside votes also where p is large.
 */
export const softVote: Rule = ({ ranks }, { lists, limit }) => {
  const votes = ranks.reduce((sum, rank) => sum + (limit - rank + 1), 0);
  return { key: votes, score: votes / (limit * lists) };
};

import type { EnsembleRule } from "@omicselector2/contracts";
import { compareNames } from "../selectors/rank.ts";
import { borda } from "./rules/borda.ts";
import { intersection } from "./rules/intersection.ts";
import { majorityVote } from "./rules/majority-vote.ts";
import { minVotesRule } from "./rules/min-votes.ts";
import { robustRankAggregation } from "./rules/robust-rank-aggregation.ts";
import type { Ballot, Rule } from "./rules/rule.ts";
import { softVote } from "./rules/soft-vote.ts";
import { union } from "./rules/union.ts";

/** One method's answer, best first. */
export interface RankedList {
  /** distinct indices 0..p-1 */
  readonly features: readonly number[];
  /** of each feature, on the method's own scale: no rule reads them, as those of two methods do not compare */
  readonly scores: readonly number[];
}

export interface Aggregate {
  /** best first, at most `limit`, never padded: only features of at least one list */
  features: number[];
  /** as the rule says, of each feature */
  scores: number[];
  /** lists that hold the feature */
  votes: number[];
}

const rules: Record<EnsembleRule, Rule> = {
  robust_rank_aggregation: robustRankAggregation,
  borda,
  majority_vote: majorityVote,
  soft_vote: softVote,
  intersection,
  union,
  min_votes: minVotesRule,
};

/**
 * Aggregates several methods' lists into one. Each list is cut at `limit` first; a feature that a list lacks has rank p in it;
 * an empty list is a list. Ties by mean rank over all lists, then feature name, then index.
 * The order of the lists plays no part.
 *
 * @param p         features there are
 * @param names     p
 * @param limit     1 or more
 * @param minVotes  for rule `min_votes`: lists that must agree; a majority when left out
 *
 * Cost O(L log L) with L the entries of all lists.
 */
export function aggregate(
  lists: readonly RankedList[],
  rule: EnsembleRule,
  p: number,
  names: readonly string[],
  limit: number,
  minVotes?: number,
): Aggregate {
  const ballots = ballotsOf(lists, p, limit);
  const count = { lists: lists.length, p, limit, minVotes };
  const judged = ballots.flatMap((ballot) => {
    const verdict = rules[rule](ballot, count);
    return verdict === null ? [] : [{ ...ballot, ...verdict }];
  });
  judged.sort(
    (a, b) => b.key - a.key || a.rankSum - b.rankSum || compareNames(names[a.feature]!, names[b.feature]!) || a.feature - b.feature,
  );
  const kept = judged.slice(0, limit);
  return {
    features: kept.map(({ feature }) => feature),
    scores: kept.map(({ score }) => score),
    votes: kept.map(({ ranks }) => ranks.length),
  };
}

/** Every feature of any list with its ranks there. */
function ballotsOf(lists: readonly RankedList[], p: number, limit: number): Ballot[] {
  const ranks = new Map<number, number[]>();
  for (const { features } of lists) {
    features.slice(0, limit).forEach((feature, place) => {
      const held = ranks.get(feature);
      if (held === undefined) ranks.set(feature, [place + 1]);
      else held.push(place + 1);
    });
  }
  return [...ranks.entries()].map(([feature, own]) => {
    const sorted = own.sort((a, b) => a - b);
    const listed = sorted.reduce((sum, rank) => sum + rank, 0);
    return { feature, ranks: sorted, rankSum: listed + (lists.length - own.length) * p };
  });
}

import { byVotes, type Rule } from "./rule.ts";

/** Features of at least `min_votes` lists, by votes; a majority when not given. Score: share of the lists. */
export const minVotesRule: Rule = (ballot, context) => {
  const needed = context.minVotes ?? Math.floor(context.lists / 2) + 1;
  return ballot.ranks.length >= needed ? byVotes(ballot, context) : null;
};

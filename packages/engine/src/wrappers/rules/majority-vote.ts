import { byVotes, type Rule } from "./rule.ts";

/** Features of more than half of the lists, by votes. Score: share of the lists. */
export const majorityVote: Rule = (ballot, context) => (2 * ballot.ranks.length > context.lists ? byVotes(ballot, context) : null);

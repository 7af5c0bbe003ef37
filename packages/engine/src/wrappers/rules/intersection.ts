import { byVotes, type Rule } from "./rule.ts";

/** Features of every list, by mean rank. Score: 1, the share of the lists. */
export const intersection: Rule = (ballot, context) => (ballot.ranks.length === context.lists ? byVotes(ballot, context) : null);

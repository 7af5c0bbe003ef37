import { byVotes, type Rule } from "./rule.ts";

/** Features of any list, by votes. Score: share of the lists. */
export const union: Rule = byVotes;

/** A feature as the lists rank it. */
export interface Ballot {
  readonly feature: number;
  /** its rank, 1-based, in each list that holds it, ascending */
  readonly ranks: readonly number[];
  /** sum of its ranks over all lists, p where it is absent */
  readonly rankSum: number;
}

export interface RuleContext {
  /** how many lists vote */
  readonly lists: number;
  readonly p: number;
  /** where the lists are cut */
  readonly limit: number;
  readonly minVotes: number | undefined;
}

export interface Verdict {
  /** higher comes first */
  readonly key: number;
  /** what is reported */
  readonly score: number;
}

/** A rule judges one feature at a time; null leaves it out. */
export type Rule = (ballot: Ballot, context: RuleContext) => Verdict | null;

/** Ordered by votes, which are reported as the share of the lists. */
export function byVotes({ ranks }: Ballot, { lists }: RuleContext): Verdict {
  return { key: ranks.length, score: ranks.length / lists };
}

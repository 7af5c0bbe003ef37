/** What Boruta says of a feature: better than the best shadow too often for chance, undecided, or worse too often. */
export type BorutaDecision = "confirmed" | "tentative" | "rejected";

/** One round: importance of each feature, and of the best shadow. A feature left out of the round has -Infinity. */
export interface BorutaRound {
  readonly importance: ArrayLike<number>;
  readonly shadowMax: number;
}

export interface DecisionOptions {
  readonly pValue: number;
  /** multiply p by the number of features (Bonferroni) */
  readonly correct: boolean;
}

export interface BorutaState {
  readonly decisions: BorutaDecision[];
  /** rounds in which a feature was more important than every shadow */
  readonly hits: number[];
  readonly rounds: number;
}

/** Before the first round. */
export function undecided(p: number): BorutaState {
  return { decisions: Array<BorutaDecision>(p).fill("tentative"), hits: Array<number>(p).fill(0), rounds: 0 };
}

/**
 * The state after one more round: hits are counted, and a tentative feature whose number of hits would, at a probability of
 * 1/2, be reached so high or so low with a corrected p below `pValue` is decided for good.
 * Source: Kursa & Rudnicki 2010, J Stat Softw 36(11), in the form of R Boruta from version 5 on.
 */
export function nextState(state: BorutaState, round: BorutaRound, { pValue, correct }: DecisionOptions): BorutaState {
  const p = state.decisions.length;
  const rounds = state.rounds + 1;
  const hits = state.hits.map((count, j) => count + (round.importance[j]! > round.shadowMax ? 1 : 0));
  const below = lowerTails(rounds);
  const significant = (tail: number) => Math.min(1, tail * (correct ? p : 1)) < pValue;
  const decisions = state.decisions.map((decision, j): BorutaDecision => {
    if (decision !== "tentative") return decision;
    // P(X >= h) = P(X <= rounds - h)
    if (significant(below[rounds - hits[j]!]!)) return "confirmed";
    return significant(below[hits[j]!]!) ? "rejected" : "tentative";
  });
  return { decisions, hits, rounds };
}

/** The states after each round of a history. */
export function decide(history: readonly BorutaRound[], options: DecisionOptions): BorutaState[] {
  const states: BorutaState[] = [];
  let state = undecided(history[0]?.importance.length ?? 0);
  for (const round of history) {
    state = nextState(state, round, options);
    states.push(state);
  }
  return states;
}

/** P(X <= k) of a binomial of n draws at 1/2, for k = 0 .. n; n at most 1,000, so that 2^-n is still a normal number. */
export function lowerTails(n: number): Float64Array {
  const tails = new Float64Array(n + 1);
  let term = 2 ** -n;
  let sum = 0;
  for (let k = 0; k <= n; k++) {
    sum += term;
    tails[k] = Math.min(1, sum);
    term = (term * (n - k)) / (k + 1);
  }
  return tails;
}

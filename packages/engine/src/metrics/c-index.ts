/**
 * Harrell's concordance: of all pairs of which it is known who had the event first, the share whose earlier one has the higher
 * risk; equal risks count half. Known is a pair whose earlier time is an event's; of two at the same time, an event comes before a
 * censoring, and two events are no pair. 0.5 for equal risks; null where no pair is comparable. Cost O(n log n).
 * Source: Harrell et al. 1982, JAMA 247:2543; as R survival concordance.
 *
 * @param event  not 0 where the event was seen
 * @param risk   n, higher for an earlier event, no NaN
 */
export function cIndex(time: ArrayLike<number>, event: ArrayLike<number>, risk: ArrayLike<number>): number | null {
  return weightedConcordance(time, event, risk, () => 1);
}

/** As `cIndex`, each pair by a weight of the earlier one's time; those of weight 0 do not count. @param weightAt  of an event's time */
export function weightedConcordance(
  time: ArrayLike<number>,
  event: ArrayLike<number>,
  risk: ArrayLike<number>,
  weightAt: (time: number) => number,
): number | null {
  const n = time.length;
  const ranks = denseRanks(risk);
  const later = new RankCounts(Math.max(0, ...ranks));
  // latest first; at one time censorings before events, as they outlive them
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => time[b]! - time[a]! || Number(event[a] !== 0) - Number(event[b] !== 0) || a - b,
  );
  let [concordant, pairs] = [0, 0];
  for (let from = 0; from < n; ) {
    const at = time[order[from]!]!;
    let to = from;
    for (; to < n && time[order[to]!] === at && event[order[to]!] === 0; to++) later.add(ranks[order[to]!]!);
    const events = to;
    const all = later.total;
    for (; to < n && time[order[to]!] === at; to++) {
      const rank = ranks[order[to]!]!;
      const [below, upTo] = [later.upTo(rank - 1), later.upTo(rank)];
      const weight = all === 0 ? 0 : weightAt(at);
      concordant += weight * (below + (upTo - below) / 2);
      pairs += weight * all;
    }
    for (let k = events; k < to; k++) later.add(ranks[order[k]!]!);
    from = to;
  }
  return pairs > 0 ? concordant / pairs : null;
}

/** 1, 2, ... by value, equal values alike. */
export function denseRanks(values: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Uint32Array(values.length);
  let rank = 0;
  order.forEach((i, k) => {
    if (k === 0 || values[i] !== values[order[k - 1]!]) rank++;
    ranks[i] = rank;
  });
  return ranks;
}

/** How many of what was added have a rank up to a given one (Fenwick 1994, Softw Pract Exp 24:327). */
class RankCounts {
  total = 0;
  readonly #tree: Uint32Array;

  constructor(ranks: number) {
    this.#tree = new Uint32Array(ranks + 1);
  }

  add(rank: number): void {
    this.total++;
    for (let i = rank; i < this.#tree.length; i += i & -i) this.#tree[i]!++;
  }

  upTo(rank: number): number {
    let sum = 0;
    for (let i = rank; i > 0; i -= i & -i) sum += this.#tree[i]!;
    return sum;
  }
}

/*
 * Best-first search for the subset of features of greatest merit (Hall 1999, 4.2 and 4.4).
 *
 *   merit(S) = sum_f r_cf / sqrt(k + 2 sum_{f < g} r_fg)      r_cf with the classes, r_fg between features, k = |S|
 *
 * Forward from the empty set: the best subset not expanded yet is expanded by every single feature, until `patience` expansions
 * in a row have found no subset better than the best one. Subsets of `limit` features are not expanded.
 */

export interface SubsetProblem {
  /** q: r_cf; the features in the order in which ties are broken */
  readonly relevance: ArrayLike<number>;
  /** r_fg of one feature with all q; asked for once a feature that is ever taken */
  correlations(feature: number): Float64Array;
  readonly limit: number;
  readonly patience: number;
}

export interface BestSubset {
  /** in the order in which the search took them; empty where no feature has any merit */
  readonly features: number[];
  /** after each of them */
  readonly merits: number[];
  readonly expanded: number;
}

/** A subset that was expanded, and the merits of its children not taken up yet (NaN: taken up, or no child). */
interface Expansion {
  readonly features: readonly number[];
  readonly merits: readonly number[];
  /** sum of r_cf; sum of r_fg over its pairs */
  readonly relevance: number;
  readonly pairs: number;
  /** q: sum of r_fg of each feature with the members */
  readonly shared: Float64Array;
  readonly children: Float64Array;
  /** the best child left, -1 where none is */
  next: number;
}

/** Merits that differ by less are equal. */
const ALIKE = 1e-12;

/** Cost O(q (correlations + members)) an expansion; memory 16 q bytes an expansion and 8 q for each feature ever taken. */
export function searchSubset(problem: SubsetProblem): BestSubset {
  const { relevance, limit, patience } = problem;
  const q = relevance.length;
  const rows = new Map<number, Float64Array>();
  const seen = new Set<string>();
  const open: Expansion[] = [];
  let best: BestSubset = { features: [], merits: [], expanded: 0 };
  let bestMerit = 0;
  let stale = 0;
  let expanded = 0;
  expand(undefined, -1);
  while (stale < patience) {
    const parent = bestOpen(open);
    if (parent === undefined) break;
    const child = parent.next;
    const features = [...parent.features, child];
    const key = features.toSorted((a, b) => a - b).join();
    if (seen.has(key)) advance(parent);
    else if (features.length >= limit) {
      advance(parent);
      stale++;
    } else {
      seen.add(key);
      expand(parent, child);
    }
  }
  return { ...best, expanded };

  function expand(parent: Expansion | undefined, child: number): void {
    const node = parent === undefined ? emptySet(q) : withChild(parent, child);
    expanded++;
    const members = new Set(node.features);
    const k = node.features.length + 1;
    for (let f = 0; f < q; f++) {
      node.children[f] = members.has(f) ? Number.NaN : (node.relevance + relevance[f]!) / Math.sqrt(k + 2 * (node.pairs + node.shared[f]!));
    }
    node.next = firstBest(node.children);
    open.push(node);
    const merit = node.next < 0 ? 0 : node.children[node.next]!;
    if (merit > bestMerit + ALIKE) {
      bestMerit = merit;
      best = { features: [...node.features, node.next], merits: [...node.merits, merit], expanded };
      stale = 0;
    } else stale++;
  }

  function withChild(parent: Expansion, child: number): Expansion {
    let row = rows.get(child);
    if (row === undefined) {
      row = problem.correlations(child);
      rows.set(child, row);
    }
    const made: Expansion = {
      features: [...parent.features, child],
      merits: [...parent.merits, parent.children[child]!],
      relevance: parent.relevance + relevance[child]!,
      pairs: parent.pairs + parent.shared[child]!,
      shared: parent.shared.map((value, f) => value + row[f]!),
      children: new Float64Array(q),
      next: -1,
    };
    advance(parent);
    return made;
  }
}

function emptySet(q: number): Expansion {
  return {
    features: [],
    merits: [],
    relevance: 0,
    pairs: 0,
    shared: new Float64Array(q),
    children: new Float64Array(q),
    next: -1,
  };
}

/** The expansion with the best child left; of equal ones the oldest. */
function bestOpen(open: readonly Expansion[]): Expansion | undefined {
  let best: Expansion | undefined;
  for (const node of open) {
    if (node.next < 0) continue;
    if (best === undefined || node.children[node.next]! > best.children[best.next]! + ALIKE) best = node;
  }
  return best;
}

/** Takes up the best child of an expansion. */
function advance(node: Expansion): void {
  node.children[node.next] = Number.NaN;
  node.next = firstBest(node.children);
}

/** The first entry that no other exceeds; -1 where all are NaN. */
function firstBest(values: Float64Array): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let f = 0; f < values.length; f++) {
    if (values[f]! > most + ALIKE || (best < 0 && !Number.isNaN(values[f]!))) {
      most = values[f]!;
      best = f;
    }
  }
  return best;
}

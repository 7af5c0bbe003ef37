/** The samples that a plan deals with, as it sees them. Codes are any integers; neither need be 0..K-1. */
export interface Population {
  readonly n: number;
  /** class or event of each sample, n */
  readonly strata?: Int32Array | undefined;
  /** group of each sample (patient, site), n; its members never straddle a split */
  readonly groups?: Int32Array | undefined;
}

/** Indices 0..n-1, ascending; disjoint, together all n. */
export interface Split {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/** What is dealt as one: a sample, or a whole group with the class that most of its samples have. */
export interface DealingUnit {
  readonly rows: readonly number[];
  readonly stratum: number;
}

/** Units in the order of their first sample. Cost O(n K). */
export function dealingUnits({ n, strata, groups }: Population): DealingUnit[] {
  if (groups === undefined) return Array.from({ length: n }, (_, i) => ({ rows: [i], stratum: strata?.[i] ?? 0 }));
  const members = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    const rows = members.get(groups[i]!);
    if (rows === undefined) members.set(groups[i]!, [i]);
    else rows.push(i);
  }
  return [...members.values()].map((rows) => ({ rows, stratum: majority(rows, strata) }));
}

/** Units by stratum, strata in the order of their codes. */
export function byStratum(units: readonly DealingUnit[]): DealingUnit[][] {
  const lists = new Map<number, DealingUnit[]>();
  for (const unit of units) {
    const list = lists.get(unit.stratum);
    if (list === undefined) lists.set(unit.stratum, [unit]);
    else list.push(unit);
  }
  return [...lists.entries()].sort((a, b) => a[0] - b[0]).map(([, list]) => list);
}

/** Samples of some units, ascending. */
export function rowsOf(units: readonly DealingUnit[]): Uint32Array {
  return Uint32Array.from(units.flatMap((unit) => unit.rows)).sort();
}

/** The split that tests these samples. @param test  ascending */
export function splitOff(n: number, test: Uint32Array): Split {
  const train = new Uint32Array(n - test.length);
  let next = 0;
  let at = 0;
  for (let i = 0; i < n; i++) {
    if (test[next] === i) next++;
    else train[at++] = i;
  }
  return { train, test };
}

/** The most frequent code, the lowest of those equally frequent. */
function majority(rows: readonly number[], strata: Int32Array | undefined): number {
  if (strata === undefined) return 0;
  const count = new Map<number, number>();
  for (const i of rows) count.set(strata[i]!, (count.get(strata[i]!) ?? 0) + 1);
  return [...count.entries()].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]![0];
}

/*
 * The plain twin of assembly/forest.ts: the same trees, node by node, from values sorted afresh.
 * Sums run in the same order (a group of ties first, then onto the left side), so that the bits agree.
 */

export interface ReferenceInput {
  /** p columns of float32 values by row */
  readonly columns: readonly ArrayLike<number>[];
  /** row of each of the m samples, and the row that its shadow features read (undefined without shadows) */
  readonly rows: ArrayLike<number>;
  readonly shadowRows?: ArrayLike<number>;
  /** sample of each ticket */
  readonly tickets: ArrayLike<number>;
  /** class code or response, and weight of a draw, of each sample */
  readonly y: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  /** K, 0 for regression */
  readonly classes: number;
  readonly mtry: number;
  readonly minNodeSize: number;
  readonly maxDepth: number;
  /** uniform on 0 .. bound - 1 */
  below(bound: number): number;
}

export interface ReferenceTree {
  feature: number[];
  left: number[];
  threshold: number[];
  gain: number[];
  value: number[];
  /** leaf of each sample out of bag, 0xffffffff in bag */
  leaves: number[];
}

interface Split {
  score: number;
  feature: number;
  threshold: number;
}

export function growTreeReference(input: ReferenceInput): ReferenceTree {
  const { classes, y } = input;
  const draws = new Array<number>(input.rows.length).fill(0);
  for (let i = 0; i < input.tickets.length; i++) draws[input.tickets[input.below(input.tickets.length)]!]!++;
  const samples = draws.map((_, i) => i);
  const permutation = Array.from({ length: input.columns.length * (input.shadowRows ? 2 : 1) }, (_, j) => j);
  const tree: ReferenceTree = { feature: [], left: [], threshold: [], gain: [], value: [], leaves: draws.map(() => 0xffffffff) };
  let nodes = 1;
  grow(
    0,
    samples.filter((i) => draws[i]! > 0),
    samples.filter((i) => draws[i] === 0),
    0,
  );
  return tree;

  function grow(node: number, inBag: number[], outOfBag: number[], depth: number): void {
    const statistic = classes === 0 ? responseStatistic(inBag) : classStatistic(inBag);
    statistic.value.forEach((v, k) => {
      tree.value[node * statistic.value.length + k] = v;
    });
    const size = inBag.reduce((sum, i) => sum + draws[i]!, 0);
    const stop = statistic.pure || depth >= input.maxDepth || size <= input.minNodeSize;
    const split = stop ? undefined : search(inBag, statistic.score);
    tree.feature[node] = split?.feature ?? -1;
    tree.left[node] = split === undefined ? 0 : nodes;
    tree.threshold[node] = split?.threshold ?? 0;
    tree.gain[node] = split === undefined ? 0 : statistic.gain(split.score);
    if (split === undefined) {
      for (const i of outOfBag) tree.leaves[i] = node;
      return;
    }
    const goesLeft = (i: number) => valueAt(split.feature, i) <= split.threshold;
    const left = nodes;
    nodes += 2;
    grow(left, inBag.filter(goesLeft), outOfBag.filter(goesLeft), depth + 1);
    grow(left + 1, inBag.filter(not(goesLeft)), outOfBag.filter(not(goesLeft)), depth + 1);
  }

  function valueAt(feature: number, i: number): number {
    const p = input.columns.length;
    return feature < p ? input.columns[feature]![input.rows[i]!]! : input.columns[feature - p]![input.shadowRows![i]!]!;
  }

  function search(inBag: number[], scoreOf: (groups: number[][]) => number[]): Split | undefined {
    for (let i = 0; i < input.mtry; i++) {
      const drawn = i + input.below(permutation.length - i);
      [permutation[i], permutation[drawn]] = [permutation[drawn]!, permutation[i]!];
    }
    let best: Split | undefined;
    for (const feature of permutation.slice(0, input.mtry)) {
      const values = [...new Set(inBag.map((i) => valueAt(feature, i)))].sort((a, b) => a - b);
      const groups = values.map((value) => inBag.filter((i) => valueAt(feature, i) === value));
      scoreOf(groups).forEach((score, at) => {
        if (score > (best?.score ?? -1)) best = { score, feature, threshold: (values[at]! + values[at + 1]!) / 2 };
      });
    }
    return best;
  }

  /** Scores of the boundaries between neighbouring groups, from sums of (delta, weight). */
  function sumScores(groups: number[][], delta: (i: number) => number, weight: (i: number) => number, total: number): number[] {
    let left = 0;
    let leftWeight = 0;
    return groups.slice(0, -1).map((group) => {
      left += group.slice(1).reduce((sum, i) => sum + delta(i), delta(group[0]!));
      leftWeight += group.slice(1).reduce((sum, i) => sum + weight(i), weight(group[0]!));
      return (left * left) / (leftWeight * (total - leftWeight));
    });
  }

  function responseStatistic(inBag: number[]) {
    const total = inBag.reduce((sum, i) => sum + draws[i]!, 0);
    const mean = inBag.reduce((sum, i) => sum + draws[i]! * y[i]!, 0) / total;
    return {
      pure: inBag.every((i) => y[i] === y[inBag[0]!]),
      value: [mean],
      score: (groups: number[][]) =>
        sumScores(
          groups,
          (i) => draws[i]! * (y[i]! - mean),
          (i) => draws[i]!,
          total,
        ),
      gain: (score: number) => score * total,
    };
  }

  function classStatistic(inBag: number[]) {
    const weight = (i: number) => draws[i]! * input.weights[i]!;
    const counts = new Array<number>(classes).fill(0);
    for (const i of inBag) counts[y[i]!]! += weight(i);
    const total = inBag.reduce((sum, i) => sum + weight(i), 0);
    const squares = counts.reduce((sum, c) => sum + c * c, 0);
    const binary = (groups: number[][]) =>
      sumScores(groups, (i) => weight(i) * (y[i] === 1 ? total - counts[1]! : -counts[1]!), weight, total);
    return {
      pure: counts.filter((c) => c > 0).length === 1,
      value: counts.map((c) => c / total),
      score: classes === 2 ? binary : (groups: number[][]) => classScores(groups, weight, counts, squares, total),
      gain: (score: number) => (classes === 2 ? (2 * score) / total : score - squares / total),
    };
  }

  function classScores(groups: number[][], weight: (i: number) => number, counts: number[], squares: number, total: number): number[] {
    const left = counts.map(() => 0);
    const right = [...counts];
    let leftSquares = 0;
    let rightSquares = squares;
    let leftWeight = 0;
    return groups.slice(0, -1).map((group) => {
      for (const i of group) {
        const k = y[i]!;
        const v = weight(i);
        leftSquares += v * (left[k]! + left[k]! + v);
        rightSquares -= v * (right[k]! + right[k]! - v);
        left[k]! += v;
        right[k]! -= v;
        leftWeight += v;
      }
      return leftSquares / leftWeight + rightSquares / (total - leftWeight);
    });
  }
}

function not<T>(predicate: (value: T) => boolean): (value: T) => boolean {
  return (value) => !predicate(value);
}

/** Dense ranks of finite values: 0 for the least, equal ones alike. */
export function denseRanksReference(values: ArrayLike<number>): number[] {
  const distinct = [...new Set(Array.from(values, (value) => value + 0))].sort((a, b) => a - b);
  return Array.from(values, (value) => distinct.indexOf(value + 0));
}

/*
 * The plain twin of `boostLevel` in assembly/boost.ts, for one node: every boundary of every column, values sorted afresh,
 * sums in the same order, so that the gains agree to the bit.
 */

export interface ReferenceSearch {
  /** columns to try, values of the node's samples, NaN where missing; undefined for columns that are not offered */
  readonly columns: readonly ArrayLike<number>[];
  /** derivatives of the node's samples */
  readonly g: ArrayLike<number>;
  readonly h: ArrayLike<number>;
  readonly lambda: number;
  readonly alpha: number;
  readonly minChildWeight: number;
}

export interface ReferenceSplit {
  readonly feature: number;
  readonly gain: number;
  readonly missingLeft: boolean;
  /** samples that go left */
  readonly left: number[];
}

/** The best split, of equally good ones (gains rounded to float32) that found first; undefined where none gains. */
export function bestSplitReference(search: ReferenceSearch): ReferenceSplit | undefined {
  const total = sums(
    search,
    Array.from(search.g, (_, i) => i),
  );
  let best: ReferenceSplit | undefined;
  search.columns.forEach((values, feature) => {
    for (const { order, side, missingLeft } of walks(values)) {
      for (let cut = 1; cut <= order.length; cut++) {
        if (cut < order.length && values[order[cut]!] === values[order[cut - 1]!]) continue;
        if (cut === order.length && (missingLeft || order.length === search.g.length)) continue;
        const near = sums(search, order.slice(0, cut));
        const far = { g: total.g - near.g, h: total.h - near.h };
        if (near.h < search.minChildWeight || far.h < search.minChildWeight) continue;
        const [left, right] = side === "left" ? [near, far] : [far, near];
        const gain = Math.fround(score(search, left) + score(search, right) - score(search, total));
        if (gain <= (best?.gain ?? 0)) continue;
        const gone = new Set(order.slice(0, cut));
        const goesLeft = (i: number) => gone.has(i) === (side === "left");
        best = { feature, gain, missingLeft, left: Array.from(search.g, (_, i) => i).filter(goesLeft) };
      }
    }
  });
  return best;
}

/** From the least value on, the side summed is the left; where values are missing, from the greatest on it is the right. */
function walks(values: ArrayLike<number>): { order: number[]; side: "left" | "right"; missingLeft: boolean }[] {
  const there = Array.from(values, (_, i) => i).filter((i) => !Number.isNaN(values[i]));
  const order = there.sort((a, b) => values[a]! - values[b]! || a - b);
  const up = { order, side: "left" as const, missingLeft: false };
  if (order.length === values.length) return [up];
  return [up, { order: [...order].reverse(), side: "right" as const, missingLeft: true }];
}

function sums({ g, h }: ReferenceSearch, samples: readonly number[]): { g: number; h: number } {
  let sumG = 0;
  let sumH = 0;
  for (const i of samples) {
    sumG += g[i]!;
    sumH += h[i]!;
  }
  return { g: sumG, h: sumH };
}

function score({ lambda, alpha }: ReferenceSearch, { g, h }: { g: number; h: number }): number {
  const shrunk = Math.max(Math.abs(g) - alpha, 0);
  return (shrunk * shrunk) / (h + lambda);
}

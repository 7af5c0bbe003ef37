import { median } from "./agreement.ts";

export interface Pairs<A, B> {
  /** medians */
  readonly ours: number;
  readonly theirs: number;
  /** median of the pairs' ratios, theirs over ours */
  readonly ratio: number;
  /** the last answer of each side */
  readonly a: A;
  readonly b: B;
}

/** A B A B ...: both sides take turns, so that a machine that slows down slows both; each pair gives a ratio of its own. */
export async function inPairs<A extends { seconds: number }, B extends { seconds: number }>(
  pairs: number,
  one: () => A | Promise<A>,
  other: () => Promise<B>,
): Promise<Pairs<A, B>> {
  const left: A[] = [];
  const right: B[] = [];
  for (let i = 0; i < pairs; i++) {
    left.push(await one());
    right.push(await other());
  }
  return {
    ours: median(left.map(({ seconds }) => seconds)),
    theirs: median(right.map(({ seconds }) => seconds)),
    ratio: median(left.map(({ seconds }, i) => right[i]!.seconds / seconds)),
    a: left.at(-1)!,
    b: right.at(-1)!,
  };
}

/** Processor time of this process so far, all threads. */
export function coreSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

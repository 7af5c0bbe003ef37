/** A line of the table that compares. */
export interface Comparison {
  /** what is done, with the numbers that make it the same work on both sides */
  readonly work: string;
  readonly ours: number;
  /** undefined: nothing to compare with, only a target in seconds */
  readonly peer?: string;
  readonly theirs?: number;
  /** theirs over ours, above 1 where ours is faster */
  readonly ratio?: number;
  readonly agreement?: string;
  /** least ratio, or most seconds */
  readonly target?: { readonly ratio: number } | { readonly seconds: number };
  /** e.g. what was extrapolated from how much */
  readonly note?: string;
}

/** A line of the table of other measures: memory, the server. */
export interface Measure {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  /** most that it should be */
  readonly target: number | null;
  readonly note?: string;
}

export function isMet({ ours, ratio, target }: Comparison): boolean | undefined {
  if (target === undefined) return undefined;
  return "ratio" in target ? ratio !== undefined && ratio >= target.ratio : ours <= target.seconds;
}

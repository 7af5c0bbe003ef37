/** Exports of `assembly/cox.ts`; addresses are bytes, layouts as drawn there. */
export interface CoxKernels {
  coxUnivariate(
    columns: number,
    p: number,
    order: number,
    tie: number,
    m: number,
    event: number,
    weights: number,
    efron: boolean,
    scratch: number,
    out: number,
  ): void;
}

/** What `coxUnivariate` answers for each feature, in this order, one float64 each. */
export const COX_FIELDS = ["state", "beta", "information", "score", "ratio", "count", "events"] as const;

/** Values of `state`. */
export const COX_STATES = ["fitted", "untestable", "rising", "falling", "unfinished"] as const;

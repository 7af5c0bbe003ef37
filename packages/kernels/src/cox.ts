/** Exports of `assembly/cox.ts` and `assembly/risk-sets.ts`; addresses are bytes, layouts as drawn there. */
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
  riskProduct(risk: number, q: number, h: number, out: number, stride: number): void;
}

/** The record that `assembly/risk-sets.ts` reads, u32 each, in this order. */
export const RISK_FIELDS = ["order", "share", "e", "fade", "m", "hazard", "z", "product", "slots", "all", "used", "slot"] as const;

/** What `coxUnivariate` answers for each feature, in this order, one float64 each. */
export const COX_FIELDS = ["state", "beta", "information", "score", "ratio", "count", "events"] as const;

/** Values of `state`. */
export const COX_STATES = ["fitted", "untestable", "rising", "falling", "unfinished"] as const;

/**
 * lambda (l1_ratio ||b||_1 + (1 - l1_ratio)/2 ||b||²), written as l1 ||b||_1 + l2/2 ||b||².
 * Solvers need its value, and how far a coefficient is from its optimality condition.
 */
export interface ElasticNet {
  readonly l1: number;
  readonly l2: number;
}

/** @param lambda  >= 0  @param l1Ratio  0 (ridge) to 1 (lasso) */
export function elasticNet(lambda: number, l1Ratio: number): ElasticNet {
  return { l1: lambda * l1Ratio, l2: lambda * (1 - l1Ratio) };
}

/** The penalty of one coefficient. */
export function penaltyOf(penalty: ElasticNet, b: number): number {
  return penalty.l1 * Math.abs(b) + 0.5 * penalty.l2 * b * b;
}

/**
 * Distance of the negative gradient g of the loss from the subdifferential of the penalty at b:
 * |g - l1 sign b - l2 b| where b is not 0, else what |g| exceeds l1 by.
 */
export function violationOf(penalty: ElasticNet, b: number, g: number): number {
  if (b === 0) return Math.max(0, Math.abs(g) - penalty.l1);
  return Math.abs(g - penalty.l2 * b - (b > 0 ? penalty.l1 : -penalty.l1));
}

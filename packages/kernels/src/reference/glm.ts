/** Plain twins of `assembly/glm.ts` and `assembly/glm-loss.ts`: same arithmetic, sums in sample order, dense columns. */

export type Column = ArrayLike<number>;

export function moments(x: Column, v: Column): { mean: number; sd: number } {
  let mean = 0;
  for (let i = 0; i < x.length; i++) mean += v[i]! * x[i]!;
  const used = Array.from(x).filter((_, i) => v[i]! > 0);
  if (used.every((value) => value === used[0])) return { mean, sd: 0 };
  let variance = 0;
  for (let i = 0; i < x.length; i++) variance += v[i]! * (x[i]! - mean) ** 2;
  return { mean, sd: Math.sqrt(variance) };
}

export function product(x: Column, v: Column): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * v[i]!;
  return sum;
}

export interface Quadratic {
  /** p columns */
  readonly columns: readonly Column[];
  readonly inverse: Column;
  readonly h: Column;
  readonly l1: number;
  readonly l2: number;
  /** columns from here on are not penalised */
  readonly free: number;
}

/** Sweeps over the listed features until none moves by more than `tolerance`; updates beta and r. */
export function descend(model: Quadratic, list: readonly number[], beta: number[], r: number[], tolerance: number, sweeps: number): number {
  const { columns, inverse, h, free } = model;
  const hSum = Array.from(h).reduce((a, b) => a + b, 0);
  let all = true;
  for (let used = 1; used <= sweeps; used++) {
    let worst = 0;
    for (const j of list) {
      if (!all && beta[j] === 0) continue;
      const [l1, l2] = j < free ? [model.l1, model.l2] : [0, 0];
      const x = columns[j]!;
      const mean = product(x, h) / hSum;
      const z = Array.from(x, (value) => (value - mean) * inverse[j]!);
      const curvature = z.reduce((sum, value, i) => sum + h[i]! * value * value, 0);
      const target = product(z, r) + curvature * beta[j]!;
      const next = (Math.sign(target) * Math.max(0, Math.abs(target) - l1)) / (curvature + l2);
      const step = curvature + l2 > 0 ? next - beta[j]! : 0;
      beta[j]! += step;
      z.forEach((value, i) => {
        r[i]! -= step * h[i]! * value;
      });
      worst = Math.max(worst, Math.abs(step) * (curvature + l2));
    }
    if (worst <= tolerance && all) return used;
    all = worst <= tolerance;
  }
  return sweeps;
}

export interface Evaluation {
  readonly loss: number;
  /** for each linear predictor */
  readonly u: number[][];
  readonly h: number[][];
}

/** -log likelihood of classes y under softmax of K predictors; two classes: predictors [0, eta]. */
export function softmax(eta: readonly Column[], y: Column, v: Column): Evaluation {
  const u: number[][] = eta.map(() => []);
  const h: number[][] = eta.map(() => []);
  let loss = 0;
  for (let i = 0; i < y.length; i++) {
    const top = Math.max(...eta.map((predictor) => predictor[i]!));
    const z = eta.map((predictor) => Math.exp(predictor[i]! - top));
    const total = z.reduce((a, b) => a + b, 0);
    loss += v[i]! * (Math.log(total) + top - eta[y[i]!]![i]!);
    z.forEach((value, k) => {
      const mu = value / total;
      u[k]!.push(v[i]! * ((y[i] === k ? 1 : 0) - mu));
      h[k]!.push(v[i]! * mu * (1 - mu));
    });
  }
  return { loss, u, h };
}

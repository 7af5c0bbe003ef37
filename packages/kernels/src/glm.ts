/** Exports of `assembly/glm.ts`, `glm-loss.ts` and `glm-math.ts`; addresses are bytes, layouts as drawn there. */
export interface GlmKernels {
  glmMoments(columns: number, p: number, v: number, stride: number, mean: number, sd: number): void;
  glmCrossProducts(columns: number, p: number, v: number, stride: number, out: number): void;
  glmGradients(columns: number, list: number, count: number, r: number, stride: number, inverse: number, out: number): void;
  glmAddColumns(
    columns: number,
    list: number,
    count: number,
    delta: number,
    mean: number,
    inverse: number,
    stride: number,
    eta: number,
  ): void;
  glmDescend(
    columns: number,
    list: number,
    count: number,
    beta: number,
    mean: number,
    curvature: number,
    inverse: number,
    r: number,
    h: number,
    hSum: number,
    stride: number,
    l1: number,
    l2: number,
    tolerance: number,
    sweeps: number,
    saved: number,
    q: number,
    risk: number,
    free: number,
  ): number;
  glmCombine(G: number, a: number, K: number, p: number, inverse: number, out: number): void;
  glmCandidates(g: number, reach: number, p: number, radius: number, bound: number, list: number): number;
  glmGaussian(eta: number, y: number, v: number, n: number, u: number, h: number): number;
  glmLogistic(eta: number, y: number, v: number, n: number, u: number, h: number): number;
  /** @param changed  the predictor that has moved since the last call with the same z and top, -1 for all */
  glmSoftmax(
    eta: number,
    y: number,
    v: number,
    n: number,
    K: number,
    step: number,
    u: number,
    h: number,
    z: number,
    top: number,
    changed: number,
  ): number;
  glmExp(x: number): number;
  glmLog(x: number): number;
  glmLog1p(x: number): number;
}

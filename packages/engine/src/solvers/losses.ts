import type { Design } from "./design.ts";

export type Family = "gaussian" | "binomial" | "multinomial";

/**
 * A mean loss over the samples of a design, at one linear predictor (block) a class:
 * one for `gaussian` and `binomial`, K for `multinomial`.
 */
export interface Loss {
  readonly family: Family;
  readonly blocks: number;
  /** linear predictors; f64[stride] a block, in all rows of the matrix */
  readonly eta: readonly Float64Array[];
  /** negative gradient and curvature of each sample at the last evaluation; 0 outside the part */
  readonly u: readonly Float64Array[];
  readonly h: readonly Float64Array[];
  /**
   * the loss at `eta`; fills in u and h
   * @param changed  the one block whose predictor has moved since the last call; any may have when left out
   */
  evaluate(changed?: number): number;
}

/**
 * A loss whose predictors stand at the best intercepts alone.
 *
 * @param y  n values: numbers (gaussian), 0 or 1 (binomial), codes below `classes` (multinomial); only samples of the design are read
 */
export function lossOf(family: Family, design: Design, y: ArrayLike<number>, classes: number): Loss {
  const { view, v } = design;
  const { arena, n, stride, kernels } = view;
  const blocks = family === "multinomial" ? classes : 1;
  const step = 8 * stride;
  const block = () => {
    const all = arena.f64(blocks * stride);
    return Array.from({ length: blocks }, (_, b) => all.subarray(b * stride, (b + 1) * stride));
  };
  const [eta, u, h] = [block(), block(), block()];
  const target = arena.f64(stride);
  for (let i = 0; i < n; i++) if (v[i]! > 0) target[i] = y[i]!;
  nullPredictors(family, design, target, classes).forEach((value, b) => {
    eta[b]!.fill(value, 0, n);
  });
  const exponentials = family === "multinomial" ? arena.f64(blocks * stride).byteOffset : 0;
  const top = family === "multinomial" ? arena.f64(stride).byteOffset : 0;
  const [e, t, w, g, c] = [eta[0]!.byteOffset, target.byteOffset, v.byteOffset, u[0]!.byteOffset, h[0]!.byteOffset];
  const evaluate = {
    gaussian: () => kernels.glmGaussian(e, t, w, n, g, c),
    binomial: () => kernels.glmLogistic(e, t, w, n, g, c),
    multinomial: (changed = -1) => kernels.glmSoftmax(e, t, w, n, blocks, step, g, c, exponentials, top, changed),
  }[family];
  return { family, blocks, eta, u, h, evaluate };
}

/** The intercepts of the model without features: mean, log odds, log frequencies of mean 0. */
function nullPredictors(family: Family, { view, v }: Design, y: Float64Array, classes: number): number[] {
  const log = view.kernels.glmLog;
  if (family !== "multinomial") {
    let mean = 0;
    for (let i = 0; i < view.n; i++) mean += v[i]! * y[i]!;
    return [family === "gaussian" ? mean : log(mean) - log(1 - mean)];
  }
  const share = new Float64Array(classes);
  for (let i = 0; i < view.n; i++) share[y[i]!]! += v[i]!;
  const logs = Array.from(share, log);
  const middle = logs.reduce((a, b) => a + b, 0) / classes;
  return logs.map((value) => value - middle);
}

import { partialLoss } from "../stats/partial-likelihood.ts";
import type { Design } from "./design.ts";
import type { Response } from "./fit-penalized.ts";
import { withRiskSets } from "./risk-sets.ts";

export type Family = "gaussian" | "binomial" | "multinomial" | "cox";

/**
 * A mean loss over the samples of a design, at one linear predictor (block) a class:
 * one for `gaussian`, `binomial` and `cox`, K for `multinomial`.
 */
export interface Loss {
  readonly family: Family;
  readonly blocks: number;
  /** linear predictors; f64[stride] a block, in all rows of the matrix */
  readonly eta: readonly Float64Array[];
  /** negative gradient and curvature of each sample at the last evaluation; 0 outside the part. Of `cox` see `partialLoss` */
  readonly u: readonly Float64Array[];
  readonly h: readonly Float64Array[];
  /**
   * the loss at `eta`; fills in u and h
   * @param changed  the one block whose predictor has moved since the last call; any may have when left out
   */
  evaluate(changed?: number): number;
  /** address of the risk sets that a Cox model's Hessian needs beside h (`risk-sets.ts` of the kernels), as of the last evaluation; else 0 */
  readonly risk: number;
}

/** A loss whose predictors stand at the best intercepts alone. Of the response only samples of the design are read. */
export function lossOf({ family, y, classes, time }: Response, design: Design): Loss {
  const { view, v } = design;
  const { arena, n, stride, kernels } = view;
  const blocks = family === "multinomial" ? classes : 1;
  const step = 8 * stride;
  const block = () => {
    const all = arena.f64(blocks * stride);
    return Array.from({ length: blocks }, (_, b) => all.subarray(b * stride, (b + 1) * stride));
  };
  const [eta, u, h] = [block(), block(), block()];
  if (family === "cox") {
    const rows = Uint32Array.from(v.keys()).filter((i) => v[i]! > 0);
    const partial = partialLoss({ rows, time: time!, event: y, weights: v }, "breslow");
    return { family, blocks, eta, u, h, ...withRiskSets(design, partial, () => partial.evaluate(eta[0]!, u[0]!, h[0]!)) };
  }
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
  return { family, blocks, eta, u, h, evaluate, risk: 0 };
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

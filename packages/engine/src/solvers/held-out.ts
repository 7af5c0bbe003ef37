import type { Kernels } from "@omicselector2/kernels";
import type { Family, Loss } from "./losses.ts";

/**
 * Deviance of one sample at the predictors where a loss stands: squared error, or -2 log probability of its class,
 * probabilities kept within 1e-5 and 1 - 1e-5 as in cv.glmnet, so that one sure error does not decide a curve.
 */
export function devianceOf(family: Family, kernels: Kernels): (loss: Pick<Loss, "eta">, i: number, y: number) => number {
  if (family === "gaussian") return ({ eta }, i, y) => (y - eta[0]![i]!) ** 2;
  const of = (probability: number) => -2 * kernels.glmLog(Math.min(Math.max(probability, CLIP), 1 - CLIP));
  if (family === "binomial") return ({ eta }, i, y) => of(1 / (1 + kernels.glmExp(y === 1 ? -eta[0]![i]! : eta[0]![i]!)));
  return ({ eta }, i, y) => {
    let total = 0;
    for (const predictor of eta) total += kernels.glmExp(predictor[i]! - eta[y]![i]!);
    return of(1 / total);
  };
}

const CLIP = 1e-5;

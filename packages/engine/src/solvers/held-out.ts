import type { Kernels } from "@omicselector2/kernels";
import type { PartView } from "../part-view.ts";
import { partialLoss } from "../stats/partial-likelihood.ts";
import type { Fold } from "./cross-validate.ts";
import type { Response } from "./fit-penalized.ts";
import type { Family, Loss } from "./losses.ts";

/** What a fold's held-out samples say of a model. */
export interface HeldOut {
  /** sum of their weights; of a Cox model of those with an event */
  readonly weight: number;
  /** their mean deviance at the predictors where a loss stands */
  deviance(loss: Pick<Loss, "eta">): number;
}

/** @param training  weights of the fold's training samples, n, 0 elsewhere */
export function heldOutOf(view: PartView, response: Response, fold: Fold, training: Float64Array): HeldOut {
  const rows = Uint32Array.from(fold.test, (i) => view.rows[i]!);
  return response.family === "cox" ? gainInLikelihood(view, response, rows, training) : meanDeviance(view, response, rows);
}

function meanDeviance(view: PartView, response: Response, rows: Uint32Array): HeldOut {
  const deviance = devianceOf(response.family, view.kernels);
  let weight = 0;
  for (const row of rows) weight += response.weights[row]!;
  return {
    weight,
    deviance(loss) {
      let sum = 0;
      for (const row of rows) sum += (response.weights[row]! / weight) * deviance(loss, row, response.y[row]!);
      return sum;
    },
  };
}

/**
 * Cox: what the held-out samples add to the partial likelihood of those that the model has seen, as -2 log per event,
 *
 *   -2 (log L_all(beta) - log L_training(beta)) / events held out
 *
 * which uses the risk sets of all samples; those of the held-out ones alone would be small.
 * Source: Verweij & van Houwelingen 1993, Stat Med 12:2305; as cv.glmnet with `grouped = TRUE`.
 */
function gainInLikelihood(view: PartView, { y, time, weights }: Response, rows: Uint32Array, training: Float64Array): HeldOut {
  const times = { time: time!, event: y };
  const all = partialLoss({ ...times, rows: view.rows, weights }, "breslow");
  const seen = partialLoss({ ...times, rows: view.rows.filter((row) => training[row]! > 0), weights }, "breslow");
  let weight = 0;
  for (const row of rows) if (y[row] !== 0) weight += weights[row]!;
  const [u, h] = [new Float64Array(view.n), new Float64Array(view.n)];
  return { weight, deviance: ({ eta }) => (2 * (all.evaluate(eta[0]!, u, h) - seen.evaluate(eta[0]!, u, h))) / weight };
}

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

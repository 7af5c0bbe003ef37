import { logLoss } from "../metrics/log-loss.ts";
import { rmse } from "../metrics/rmse.ts";
import type { Split } from "../resampling/population.ts";
import { isLabelled, supervised, type Target, takeTarget } from "../target.ts";
import { type CoxL2, coxPath, eventWeight, leftOutDeviance, predictCox } from "./cox-l2.ts";
import { type DenseTable, takeRows, takeValues } from "./dense-table.ts";
import { type LogisticL2, logisticPath, predictLogistic } from "./logistic-l2.ts";
import { predictRidge, type Ridge, ridgePath } from "./ridge.ts";
import { sum } from "./standardize.ts";

/** What predicts from a signature: plain data, to be written as JSON. */
export type RefitModel = (LogisticL2 | Ridge | CoxL2) & {
  /** penalties that were tried, largest first, and the loss of each over the inner folds: log-loss, root mean squared error, or -2 log partial likelihood per event */
  readonly tried: { readonly penalty: number; readonly loss: number }[];
};

/** Penalties on the scale of the mean loss of standardised columns, three values to two decades: from hardly more than class shares to hardly any. */
export const penalties: readonly number[] = [
  100, 21.544346900318832, 4.641588833612778, 1, 0.21544346900318823, 0.046415888336127774, 0.01, 0.002154434690031882,
  0.00046415888336127773, 0.0001,
];
/** Without inner folds. */
const FALLBACK = 0.046415888336127774;
/** The search ends when this many penalties in a row were no better than the best before them. */
const PATIENCE = 3;
const ROUGH = 1e-4;
const FINE = 1e-8;

/** What a model is fitted to. */
export interface Training {
  readonly table: DenseTable;
  readonly target: Target;
  readonly weights: Float64Array;
}

/** The training samples that stand for some rows of the part; `name` tells folds apart. */
export type BalanceTraining = (rows: Uint32Array, name: string) => Training;

interface Fit {
  at(penalty: number, tolerance: number): LogisticL2 | Ridge | CoxL2;
}

/**
 * Fits the model that scores a signature: L2 logistic regression for classes, ridge for a number, L2-penalised Cox for survival, the penalty chosen by inner
 * cross-validation (weighted log-loss, root mean squared error, cross-validated partial likelihood); of equally good penalties the largest.
 * Columns are standardised within each training part. Without features it gives the class shares, the mean, or the same risk for all.
 *
 * @param train        n x k, the training part
 * @param target       of its n samples
 * @param weights      n, not negative: multiplicity times class weight
 * @param innerSplits  of 0..n-1; those without test samples are passed over
 * @param balance      of the whole part, and of the training samples of each inner fold by themselves; as they are when left out
 *
 * Cost about folds x 10 small fits. n = 480, k = 50, 5 folds: about 0.1 s for two classes, 0.2 s for three, 0.8 s for ten.
 */
export function fitRefit(
  train: DenseTable,
  target: Target,
  weights: Float64Array,
  innerSplits: readonly Split[],
  balance: BalanceTraining = (rows) => ({
    table: takeRows(train, rows),
    target: takeTarget(target, rows),
    weights: takeValues(weights, rows),
  }),
): RefitModel {
  const tried = train.k === 0 ? [] : searchPenalty(train, target, weights, innerSplits, balance);
  let best = tried[0] ?? { penalty: FALLBACK, loss: Number.POSITIVE_INFINITY };
  for (const trial of tried) if (trial.loss < best.loss) best = trial;
  return {
    ...fitOn(
      balance(
        Uint32Array.from({ length: train.n }, (_, i) => i),
        "whole",
      ),
    ).at(best.penalty, FINE),
    tried,
  };
}

/** Class probabilities, K arrays of n, or one array of n: for regression predictions, for survival log hazards (higher, earlier). */
export function predictRefit(model: RefitModel | LogisticL2 | Ridge | CoxL2, rows: DenseTable): { scores: Float64Array[] } {
  if (model.model === "cox_l2") return { scores: [predictCox(model, rows)] };
  return { scores: model.model === "ridge" ? [predictRidge(model, rows)] : predictLogistic(model, rows) };
}

function fitOn({ table, target: predicted, weights }: Training): Fit {
  const target = supervised(predicted);
  if (target.task === "survival") return { at: coxPath(table, target, weights) };
  if (target.task === "regression") return { at: ridgePath(table, target.y, weights) };
  return { at: logisticPath(table, target.y, weights, target.classes.length) };
}

/** One inner fold: what its test samples weigh, and their mean loss under the model that the rest gives. */
interface Fold {
  readonly share: number;
  lossAt(penalty: number): number;
}

function searchPenalty(
  train: DenseTable,
  target: Target,
  weights: Float64Array,
  splits: readonly Split[],
  balance: BalanceTraining,
): RefitModel["tried"] {
  const folds = splits
    .filter((split) => split.test.length > 0 && sum(takeValues(weights, split.train)) > 0)
    .map((split, k) => {
      const fit = fitOn(balance(split.train, `inner fold ${k}`));
      return target.task === "survival" ? eventFold(fit, train, target, weights, split) : foldOf(fit, train, target, weights, split);
    })
    .filter(({ share }) => share > 0);
  const tried: { penalty: number; loss: number }[] = [];
  let best = 0;
  for (const penalty of folds.length === 0 ? [] : penalties) {
    let total = 0;
    let weight = 0;
    for (const { share, lossAt } of folds) {
      total += share * lossAt(penalty);
      weight += share;
    }
    tried.push({ penalty, loss: total / weight });
    if (tried.at(-1)!.loss < tried[best]!.loss) best = tried.length - 1;
    if (tried.length - 1 - best >= PATIENCE) break;
  }
  return tried;
}

function foldOf(fit: Fit, train: DenseTable, target: Target, weights: Float64Array, split: Split): Fold {
  const [table, own, held] = [takeRows(train, split.test), takeTarget(target, split.test), takeValues(weights, split.test)];
  return { share: sum(held), lossAt: (penalty) => lossOf(predictRefit(fit.at(penalty, ROUGH), table).scores, own, held) };
}

/** A fold weighs what its events weigh: one without, or that leaves none to learn from, says nothing. */
function eventFold(fit: Fit, train: DenseTable, target: Target & { task: "survival" }, weights: Float64Array, split: Split): Fold {
  const training = new Float64Array(train.n);
  for (const i of split.train) training[i] = weights[i]!;
  const learned = eventWeight(target, training);
  const share = learned === 0 ? 0 : eventWeight(target, weights) - learned;
  return {
    share,
    lossAt: (penalty) => leftOutDeviance(predictRefit(fit.at(penalty, ROUGH), train).scores[0]!, target, weights, training),
  };
}

function lossOf(scores: readonly Float64Array[], target: Target, weights: Float64Array): number {
  if (target.task === "regression") return rmse(target.y, scores[0]!, weights) ?? 0;
  return isLabelled(target) ? (logLoss(target.y, scores, weights) ?? 0) : 0;
}

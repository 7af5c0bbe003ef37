import { accuracy } from "../metrics/accuracy.ts";
import { balancedAccuracy } from "../metrics/balanced-accuracy.ts";
import { brier } from "../metrics/brier.ts";
import { f1 } from "../metrics/f1.ts";
import { logLoss } from "../metrics/log-loss.ts";
import { mae } from "../metrics/mae.ts";
import { mcc } from "../metrics/mcc.ts";
import { prAuc } from "../metrics/pr-auc.ts";
import { r2 } from "../metrics/r2.ts";
import { rmse } from "../metrics/rmse.ts";
import { rocAuc, rocAucOvr } from "../metrics/roc-auc.ts";
import { supervised, type Target } from "../target.ts";
import { survivalMetrics } from "./score-survival.ts";

/**
 * Metrics of predictions on held-out samples; a metric that these samples cannot give is null.
 * @param train  the training part and the model's scores of it; survival needs it for all but c_index, see `survivalMetrics`
 */
export function scoreMetrics(
  heldOut: Target,
  scores: readonly Float64Array[],
  train?: { readonly target: Target; readonly scores: readonly Float64Array[] },
): Record<string, number | null> {
  const target = supervised(heldOut);
  if (target.task === "regression") {
    const predicted = scores[0]!;
    return { r2: r2(target.y, predicted), rmse: rmse(target.y, predicted), mae: mae(target.y, predicted) };
  }
  if (target.task === "survival") {
    const known = train?.target.task === "survival" ? { target: train.target, risk: train.scores[0]! } : undefined;
    return survivalMetrics(target, scores[0]!, known);
  }
  const labels = mostProbable(scores, target.y.length);
  const common = {
    accuracy: accuracy(target.y, labels),
    balanced_accuracy: balancedAccuracy(target.y, labels),
    f1: f1(target.y, labels, scores.length),
    mcc: mcc(target.y, labels),
    log_loss: logLoss(target.y, scores),
  };
  if (target.task === "multiclass") return { roc_auc: rocAucOvr(target.y, scores), ...common };
  const positive = scores[1]!;
  return { roc_auc: rocAuc(target.y, positive), pr_auc: prAuc(target.y, positive), ...common, brier: brier(target.y, positive) };
}

function mostProbable(scores: readonly Float64Array[], n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => {
    let best = 0;
    for (let k = 1; k < scores.length; k++) if (scores[k]![i]! > scores[best]![i]!) best = k;
    return best;
  });
}

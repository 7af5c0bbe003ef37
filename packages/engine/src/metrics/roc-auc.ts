/**
 * Area under the ROC curve, two classes: the chance that a positive sample scores above a negative one, ties counted half (mid-ranks).
 * Constant scores give 0.5; null where either class has no sample. Cost O(n log n).
 * Source: Hanley & McNeil 1982, Radiology 143, 29 (the Mann-Whitney form).
 *
 * @param y      n codes, 1 is positive, anything else is not
 * @param score  n, higher speaks for the positive class, no NaN
 */
export function rocAuc(y: ArrayLike<number>, score: ArrayLike<number>): number | null {
  return aucOf(y, score, 1);
}

/**
 * Several classes: the unweighted mean over classes of the AUC of one against the rest; null where a class has no sample.
 * Source: Provost & Domingos 2001 (unweighted); as scikit-learn's `multi_class="ovr", average="macro"`.
 *
 * @param y       n codes 0..K-1
 * @param scores  per class n probabilities
 */
export function rocAucOvr(y: ArrayLike<number>, scores: readonly ArrayLike<number>[]): number | null {
  let sum = 0;
  for (let k = 0; k < scores.length; k++) {
    const auc = aucOf(y, scores[k]!, k);
    if (auc === null) return null;
    sum += auc;
  }
  return scores.length === 0 ? null : sum / scores.length;
}

function aucOf(y: ArrayLike<number>, score: ArrayLike<number>, positive: number): number | null {
  const n = y.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => score[a]! - score[b]!);
  // Twice the sum of the positives' mid-ranks, so that every sum is whole and the complement exact.
  let doubledRanks = 0;
  let positives = 0;
  for (let from = 0; from < n; ) {
    let to = from;
    let tied = 0;
    while (to < n && score[order[to]!] === score[order[from]!]) tied += y[order[to++]!] === positive ? 1 : 0;
    doubledRanks += tied * (from + to + 1);
    positives += tied;
    from = to;
  }
  const negatives = n - positives;
  if (positives === 0 || negatives === 0) return null;
  return (doubledRanks - positives * (positives + 1)) / (2 * positives * negatives);
}

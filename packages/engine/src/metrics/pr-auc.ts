/**
 * Average precision, two classes: the sum over thresholds of precision times the step in recall; tied scores are one threshold,
 * nothing is interpolated between thresholds. Constant scores give the share of positives; null where either class has no sample.
 * Source: Davis & Goadrich 2006, ICML; as scikit-learn's `average_precision_score`.
 *
 * @param y      n codes, 1 is positive
 * @param score  n, higher speaks for the positive class, no NaN
 */
export function prAuc(y: ArrayLike<number>, score: ArrayLike<number>): number | null {
  const n = y.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => score[b]! - score[a]!);
  let found = 0;
  let sum = 0;
  for (let from = 0; from < n; ) {
    let to = from;
    let tied = 0;
    while (to < n && score[order[to]!] === score[order[from]!]) tied += y[order[to++]!] === 1 ? 1 : 0;
    found += tied;
    sum += tied * (found / to);
    from = to;
  }
  return found === 0 || found === n ? null : sum / found;
}

/**
 * Mean over classes of the share that was predicted right (recall), two classes or more, for two (sensitivity + specificity) / 2.
 * Over the classes that have samples; null where fewer than two have, as there is nothing to balance.
 * Source: Brodersen et al. 2010, ICPR.
 *
 * @param y, predicted  n codes
 */
export function balancedAccuracy(y: ArrayLike<number>, predicted: ArrayLike<number>): number | null {
  const size = new Map<number, number>();
  const right = new Map<number, number>();
  for (let i = 0; i < y.length; i++) {
    const k = y[i]!;
    size.set(k, (size.get(k) ?? 0) + 1);
    if (predicted[i] === k) right.set(k, (right.get(k) ?? 0) + 1);
  }
  if (size.size < 2) return null;
  let sum = 0;
  for (const k of [...size.keys()].sort((a, b) => a - b)) sum += (right.get(k) ?? 0) / size.get(k)!;
  return sum / size.size;
}

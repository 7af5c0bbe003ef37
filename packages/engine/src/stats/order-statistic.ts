/**
 * Moves the k-th smallest value (from 0) of `values[from .. end)` to place k, nothing larger before it and nothing smaller after it.
 * Hoare's selection, the pivot the median of three: O(n) on most inputs. No NaN.
 * Source: Hoare 1961, Commun ACM 4:321.
 */
export function selectPlace(values: Float32Array, k: number, from = 0): number {
  let [low, high] = [from, values.length - 1];
  while (low < high) {
    const pivot = middleOf(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const held = values[i]!;
      values[i++] = values[j]!;
      values[j--] = held;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k]!;
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/**
 * Between the two values around q (n - 1), linearly: the seventh definition of Hyndman & Fan 1996. Reorders `values`.
 * @param from  values before this place are known to be no larger than those after
 */
export function quantile(values: Float32Array, q: number, from = 0): number {
  const at = q * (values.length - 1);
  const low = Math.floor(at);
  const value = selectPlace(values, low, Math.min(from, low));
  if (at === low) return value;
  let next = values[low + 1]!;
  for (let i = low + 2; i < values.length; i++) if (values[i]! < next) next = values[i]!;
  return value + (at - low) * (next - value);
}

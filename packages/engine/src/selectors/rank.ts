/**
 * Indices of the best `limit` entries: by `key` descending, further keys in turn, then feature name, then index.
 * An entry whose first key is NaN is left out: the method could not judge it.
 */
export function rankBy(names: readonly string[], limit: number, ...keys: ArrayLike<number>[]): number[] {
  const order: number[] = [];
  for (let j = 0; j < names.length; j++) if (!Number.isNaN(keys[0]![j])) order.push(j);
  order.sort((a, b) => {
    for (const key of keys) {
      if (key[a]! > key[b]!) return -1;
      if (key[a]! < key[b]!) return 1;
    }
    return compareNames(names[a]!, names[b]!) || a - b;
  });
  return order.slice(0, limit);
}

/**
 * Values on a grid of a billionth of the largest: what differs by rounding only, such as the coefficients of copies of one column
 * in a linear model, is a tie. NaN stays NaN.
 */
export function levelled(values: ArrayLike<number>): Float64Array {
  let largest = 0;
  for (let j = 0; j < values.length; j++) if (Math.abs(values[j]!) > largest) largest = Math.abs(values[j]!);
  const step = largest * 1e-9;
  return Float64Array.from(values, (value) => (step > 0 ? Math.round(value / step) * step : value));
}

/** By UTF-16 units: the same on every machine, whatever its locale. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

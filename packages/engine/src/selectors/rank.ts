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

/** By UTF-16 units: the same on every machine, whatever its locale. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Rows by time, latest first, rows of one time in their own order; `tie` numbers the times 0, 1, 2, ... in the same order. */
export interface TimeOrder {
  readonly order: Uint32Array;
  readonly tie: Uint32Array;
}

/** @param rows  those to be ordered, ascending @param time  of all rows */
export function timeOrder(rows: ArrayLike<number>, time: ArrayLike<number>): TimeOrder {
  const order = Uint32Array.from(rows).sort((a, b) => time[b]! - time[a]! || a - b);
  const tie = new Uint32Array(order.length);
  for (let k = 1; k < order.length; k++) tie[k] = tie[k - 1]! + (time[order[k]!] === time[order[k - 1]!] ? 0 : 1);
  return { order, tie };
}

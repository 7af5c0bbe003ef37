/** Plain twins of `assembly/moments.ts`, one column at a time. */

/** Sum of weights, mean and centred sum of squares of the values that are there. */
export function momentsOf(x: ArrayLike<number>, w: ArrayLike<number>): [number, number, number] {
  const [total, mean, , squares] = pairMomentsOf(x, new Float64Array(x.length), w);
  return [total, mean, squares];
}

/** W, mean x, mean y, Sxx, Sxy, Syy over the rows where x is there. */
export function pairMomentsOf(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  w: ArrayLike<number>,
): [number, number, number, number, number, number] {
  const rows = Array.from({ length: x.length }, (_, i) => i).filter((i) => !Number.isNaN(x[i]) && w[i]! !== 0);
  const sum = (term: (i: number) => number) => rows.reduce((total, i) => total + w[i]! * term(i), 0);
  const total = sum(() => 1);
  if (total === 0) return [0, 0, 0, 0, 0, 0];
  const meanX = sum((i) => x[i]!) / total;
  const meanY = sum((i) => y[i]!) / total;
  const restX = sum((i) => x[i]! - meanX);
  const restY = sum((i) => y[i]! - meanY);
  const xx = sum((i) => (x[i]! - meanX) ** 2) - restX ** 2 / total;
  const xy = sum((i) => (x[i]! - meanX) * (y[i]! - meanY)) - (restX * restY) / total;
  const yy = sum((i) => (y[i]! - meanY) ** 2) - restY ** 2 / total;
  return [total, meanX, meanY, Math.max(0, xx), xy, Math.max(0, yy)];
}

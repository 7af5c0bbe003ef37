/**
 * `count` lambdas from `largest` down to `ratio * largest`, each the same multiple of the one before.
 * The multiple is a root taken by bisection on products, which have the same bits on every machine; powers need not.
 */
export function geometricLambdas(largest: number, count: number, ratio: number): Float64Array {
  const lambdas = new Float64Array(count);
  const multiple = root(ratio, count - 1);
  let value = largest;
  for (let k = 0; k < count; k++) {
    lambdas[k] = value;
    value *= multiple;
  }
  return lambdas;
}

/** x^(1/k) for 0 < x <= 1, k >= 1. */
function root(x: number, k: number): number {
  if (k < 1) return 1;
  let low = 0;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    let power = 1;
    for (let i = 0; i < k; i++) power *= middle;
    if (power < x) low = middle;
    else high = middle;
  }
}

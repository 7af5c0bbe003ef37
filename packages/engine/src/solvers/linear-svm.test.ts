import { describe, expect, test } from "vitest";
import { noise } from "../../test/thread.ts";
import { svmAmongFeatures, svmAmongSamples } from "./linear-svm.ts";

/** n x k of noise, classes that overlap, and costs of 1 to 3. */
function problem(n: number, k: number, c: number) {
  const columns = noise(n, k, n * k);
  const Z = Float64Array.from({ length: n * k }, (_, at) => columns[at % k]![Math.floor(at / k)]!);
  const y = Float64Array.from(noise(n, 1, 5)[0]!, (e, i) => (columns[0]![i]! + e > 0.3 ? 1 : -1));
  const C = Float64Array.from({ length: n }, (_, i) => c * (1 + (i % 3)));
  const gram = Float64Array.from({ length: n * n }, (_, at) => {
    const [a, b] = [Math.floor(at / n), at % n];
    return columns.reduce((sum, column) => sum + column[a]! * column[b]!, 0);
  });
  return { columns, Z, y, C, gram };
}

describe.each([
  [20, 3],
  [40, 12],
  [15, 30],
])("%i samples, %i features", (n, k) => {
  test.each([1e-3, 0.1, 1, 100])("at C %d the gradient is 0 and both ways agree", (c) => {
    const { columns, Z, y, C, gram } = problem(n, k, c);
    const primal = svmAmongFeatures(Z, k, y, C);
    const dual = svmAmongSamples(gram, y, C);
    const w = columns.map((column) => column.reduce((sum, x, i) => sum + x * dual.theta[i]!, 0));
    const b = dual.theta.reduce((sum, a) => sum + a, 0);
    const f = Array.from(y, (_, i) => w.reduce((sum, value, j) => sum + value * columns[j]![i]!, b));
    const pull = Array.from(y, (sign, i) => 2 * C[i]! * sign * Math.max(0, 1 - sign * f[i]!));
    const size = Math.max(...w.map(Math.abs));
    columns.forEach((column, j) => {
      const gradient = w[j]! - column.reduce((sum, x, i) => sum + x * pull[i]!, 0);
      expect(Math.abs(gradient)).toBeLessThan(1e-9 * Math.max(1, c) * size);
      expect(Math.abs(primal.theta[j]! - w[j]!)).toBeLessThan(1e-9 * size);
    });
    expect(Math.abs(primal.objective / dual.objective - 1)).toBeLessThan(1e-11);
  });

  test("a start from another problem ends at the same model", () => {
    const { Z, y, C, gram } = problem(n, k, 1);
    const other = svmAmongSamples(
      gram,
      y,
      C.map((value) => 50 * value),
    );
    const [cold, warm] = [svmAmongSamples(gram, y, C), svmAmongSamples(gram, y, C, other.theta)];
    cold.theta.forEach((value, i) => {
      expect(warm.theta[i]).toBeCloseTo(value, 9);
    });
    const far = svmAmongFeatures(Z, k, y, C, new Float64Array(k + 1).fill(100));
    expect(Math.abs(far.objective / cold.objective - 1)).toBeLessThan(1e-11);
  });
});

test("two samples by hand: w = 4 C / (1 + 4 C)", () => {
  // z = 1, -1 and y the same: b = 0, minimise w²/2 + 2 C (1 - w)²
  for (const c of [0.1, 1]) {
    const { theta } = svmAmongFeatures(Float64Array.of(1, -1), 1, Float64Array.of(1, -1), Float64Array.of(c, c));
    expect(theta[0]).toBeCloseTo((4 * c) / (1 + 4 * c), 14);
    expect(theta[1]).toBeCloseTo(0, 14);
  }
});

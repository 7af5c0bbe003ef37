import { expect, test } from "vitest";
import { loess } from "./loess.ts";

const x = Float64Array.from({ length: 200 }, (_, i) => ((i * 67) % 200) / 20);

test("a quadratic is its own fit, whatever the order of the points", () => {
  const y = x.map((value) => 2 - 3 * value + 0.5 * value * value);
  // Hermite polynomials through values and slopes hold a quadratic exactly.
  loess(x, y, { span: 0.3 }).forEach((value, i) => {
    expect(value).toBeCloseTo(y[i]!, 9);
  });
});

test("noise is smoothed, the curve below it kept", () => {
  const curve = x.map((value) => Math.sin(value));
  const fitted = loess(
    x,
    curve.map((value, i) => value + (i % 2 === 0 ? 0.5 : -0.5)),
    { span: 0.3 },
  );
  const worst = fitted.reduce((most, value, i) => Math.max(most, Math.abs(value - curve[i]!)), 0);
  expect(worst).toBeLessThan(0.35);
});

test("points of one place give their mean; few points and ties are no obstacle", () => {
  expect([...loess(new Float64Array(4).fill(2), Float64Array.of(1, 2, 3, 6), { span: 0.3 })]).toEqual([3, 3, 3, 3]);
  expect([...loess(new Float64Array(0), new Float64Array(0), { span: 0.3 })]).toEqual([]);
  const tied = loess(Float64Array.of(1, 1, 1, 2, 2, 3), Float64Array.of(0, 1, 2, 5, 7, 9), { span: 0.5 });
  expect(tied.every(Number.isFinite)).toBe(true);
});

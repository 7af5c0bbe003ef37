import { expect, test } from "vitest";
import { elasticNet } from "../penalties/elastic-net.ts";
import { Anderson } from "./anderson.ts";

const none = elasticNet(0, 1);

/** 1/2 x'Ax - b'x in three coefficients, which are the predictors too; minimum at 1, -2, 3. */
const A = [
  [2, 1, 0.5],
  [1, 2, 1],
  [0.5, 1, 2],
];
const solution = [1, -2, 3];
const b = A.map((row) => row.reduce((sum, a, j) => sum + a * solution[j]!, 0));

function problem(value: (x: Float64Array) => number) {
  const x = new Float64Array(3);
  const block = { list: Uint32Array.of(0, 1, 2), beta: x, penalty: () => 0 };
  const loss = { eta: [x], evaluate: () => value(x) };
  return { x, block, loss, anderson: new Anderson([block], loss, 3) };
}

function quadratic(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < 3; i++) {
    sum -= b[i]! * x[i]!;
    for (let j = 0; j < 3; j++) sum += 0.5 * A[i]![j]! * x[i]! * x[j]!;
  }
  return sum;
}

/** One sweep of coordinate descent. */
function sweep(x: Float64Array): void {
  for (let i = 0; i < 3; i++) x[i] = (b[i]! - A[i]!.reduce((sum, a, j) => (j === i ? sum : sum + a * x[j]!), 0)) / A[i]![i]!;
}

const distance = (x: Float64Array) => Math.max(...solution.map((value, i) => Math.abs(x[i]! - value)));

test("jumps to the solution of a linear iteration that sweeps only creep to", () => {
  const { x, loss, anderson } = problem(quadratic);
  const plain = new Float64Array(3);
  let value = loss.evaluate();
  for (let round = 0; round < 6; round++) {
    sweep(x);
    sweep(plain);
    value = anderson.afterRound(none, loss.evaluate());
  }
  expect(distance(plain)).toBeGreaterThan(1e-4);
  expect(distance(x)).toBeLessThan(1e-9);
  expect(value).toBe(quadratic(x));
});

test("does not go where the objective is higher", () => {
  // the moves halve towards 2, but the loss rises beyond 1.98
  const { x, loss, anderson } = problem((at) => (at[0]! > 1.98 ? 10 : -at[0]!));
  for (let round = 0; round < 6; round++) {
    x[0]! += 2 ** -round;
    const here = x[0]!;
    const value = anderson.afterRound(none, loss.evaluate());
    expect([x[0], value]).toEqual([here, -here]);
  }
});

test("forgets rounds that worked on fewer features", () => {
  const { x, block, loss, anderson } = problem(quadratic);
  block.list = Uint32Array.of(0, 1);
  for (let round = 0; round < 5; round++) {
    sweep(x);
    anderson.afterRound(none, loss.evaluate());
  }
  block.list = Uint32Array.of(0, 1, 2);
  sweep(x);
  const before = [...x];
  anderson.afterRound(none, loss.evaluate());
  expect([...x]).toEqual(before);
});

import { expect, test } from "vitest";
import { decide, lowerTails } from "./boruta-decision.ts";

test("binomial tails are exact sums, and no decision falls before it can be significant", () => {
  expect([...lowerTails(4)]).toEqual([1 / 16, 5 / 16, 11 / 16, 15 / 16, 1]);
  expect(lowerTails(1000)[500]! - lowerTails(1000)[499]!).toBeCloseTo(0.025225, 6);
  const always = Array.from({ length: 30 }, () => ({ importance: [1, -1], shadowMax: 0 }));
  const first = (p: number, correct: boolean) => {
    const history = always.map((round) => ({ ...round, importance: Array.from({ length: p }, (_, j) => round.importance[j % 2]!) }));
    return 1 + decide(history, { pValue: 0.01, correct }).findIndex((state) => state.decisions[0] === "confirmed");
  };
  // 2^-7 < 0.01; 2 * 2^-8 < 0.01; 20,000 * 2^-21 < 0.01
  expect(first(2, false)).toBe(7);
  expect(first(2, true)).toBe(8);
  expect(first(20_000, true)).toBe(21);
});

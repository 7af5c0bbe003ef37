import { expect, test } from "vitest";
import { elasticNet, penaltyOf, violationOf } from "./elastic-net.ts";

test("the value splits lambda between the two norms", () => {
  const penalty = elasticNet(2, 0.25);
  expect(penalty).toEqual({ l1: 0.5, l2: 1.5 });
  expect(penaltyOf(penalty, -2)).toBe(0.5 * 2 + 0.75 * 4);
});

test("a coefficient is optimal where the gradient meets the penalty's slope, at 0 where it stays within l1", () => {
  const penalty = elasticNet(1, 0.5);
  for (const b of [-3, -0.1, 0.2, 4]) {
    const slope = (penaltyOf(penalty, b + 1e-6) - penaltyOf(penalty, b - 1e-6)) / 2e-6;
    expect(violationOf(penalty, b, slope)).toBeCloseTo(0, 8);
    expect(violationOf(penalty, b, slope + 0.25)).toBeCloseTo(0.25, 8);
  }
  expect(violationOf(penalty, 0, -0.5)).toBe(0);
  expect(violationOf(penalty, 0, -0.75)).toBe(0.25);
});

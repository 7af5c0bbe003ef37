import exp from "@stdlib/math-base-special-exp";
import { describe, expect, test } from "vitest";
import { oracle } from "../../../../fixtures/data.ts";
import { expectClose } from "../../test/close.ts";
import {
  logChiSquaredUpper,
  logFUpper,
  logNormalLower,
  logNormalTwoSided,
  logNormalUpper,
  logTTwoSided,
  tQuantile,
} from "./distributions.ts";

const expected = oracle<{ t: number[][]; f: number[][]; chi_squared: number[][]; normal: number[][] }>("distributions");

describe("logarithms of tails, against 300 digits", () => {
  test.each(expected.t)("t = %f, df = %f", (t, df, want) => {
    expectClose(logTTwoSided(t!, df!), want!, 2e-12, "log p");
    expect(logTTwoSided(-t!, df!)).toBe(logTTwoSided(t!, df!));
  });

  test.each(expected.f)("F = %f, df = %f, %f", (f, df1, df2, want) => {
    expectClose(logFUpper(f!, df1!, df2!), want!, 2e-12, "log p");
  });

  test.each(expected.chi_squared)("chi-squared = %f, df = %f", (x, df, want) => {
    expectClose(logChiSquaredUpper(x!, df!), want!, 1e-11, "log p");
  });

  test.each(expected.normal)("normal tail of %f", (z, want) => {
    expectClose(logNormalUpper(z!), want!, 1e-12, "log p");
    expect(logNormalLower(-z!)).toBe(logNormalUpper(z!));
  });
});

test("p is right down to the last denormal, and its logarithm further on", () => {
  const near = logNormalTwoSided(38.25);
  expect(exp(near)).toBeGreaterThan(0);
  expect(exp(near)).toBeLessThan(1e-318);
  expect(exp(logTTwoSided(1e10, 410))).toBe(0);
  expect(logTTwoSided(1e10, 410)).toBeLessThan(-7000);
});

test("closed forms: t on 1 and 2 degrees of freedom, F on 2", () => {
  for (const t of [0.1, 1, 3, 40]) {
    expectClose(exp(logTTwoSided(t, 1)), 1 - (2 / Math.PI) * Math.atan(t), 1e-12, `Cauchy ${t}`);
    expectClose(exp(logTTwoSided(t, 2)), 2 / (Math.sqrt(2 + t * t) * (t + Math.sqrt(2 + t * t))), 1e-13, `df 2, ${t}`);
    expectClose(logFUpper(t, 2, 30), -15 * Math.log1p((2 * t) / 30), 1e-13, `F ${t}`);
    expectClose(logChiSquaredUpper(t, 2), -t / 2, 1e-13, `chi-squared ${t}`);
  }
});

test("the ends", () => {
  expect(logTTwoSided(0, 5)).toBe(0);
  expect(logTTwoSided(Number.POSITIVE_INFINITY, 5)).toBe(Number.NEGATIVE_INFINITY);
  expect(logFUpper(0, 2, 5)).toBe(0);
  expect(logFUpper(Number.POSITIVE_INFINITY, 2, 5)).toBe(Number.NEGATIVE_INFINITY);
  expect(logChiSquaredUpper(0, 3)).toBe(0);
  for (const value of [logTTwoSided(Number.NaN, 3), logTTwoSided(1, Number.NaN), logTTwoSided(1, 0), logFUpper(Number.NaN, 2, 3)]) {
    expect(value).toBeNaN();
  }
});

test("the quantile of t undoes its tail", () => {
  expectClose(tQuantile(0.975, 10), 2.2281388519649385, 1e-9, "97.5 % at df 10");
  for (const df of [1, 3.7, 24, 400]) {
    for (const prob of [0.6, 0.9, 0.975, 0.9995]) {
      expectClose(exp(logTTwoSided(tQuantile(prob, df), df)) / 2, 1 - prob, 1e-7, `prob ${prob}, df ${df}`);
    }
    expect(tQuantile(0.025, df)).toBeCloseTo(-tQuantile(0.975, df), 8);
  }
});

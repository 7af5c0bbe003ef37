import exp from "@stdlib/math-base-special-exp";
import ln from "@stdlib/math-base-special-ln";
import { expect, test } from "vitest";
import { expectClose } from "../../test/close.ts";
import { type Adjustment, adjustLogP } from "./adjust.ts";

function adjust(p: readonly number[], method: Adjustment): number[] {
  return [
    ...adjustLogP(
      p.map((value) => ln(value)),
      method,
    ),
  ].map((value) => exp(value));
}

/** The definitions, with no shortcut: each feature's own minimum or maximum. */
function byDefinition(p: readonly number[], method: Adjustment): number[] {
  const m = p.length;
  const below = (value: number) => p.filter((other) => other <= value).length;
  const strictlyBelow = (value: number) => p.filter((other) => other < value).length;
  if (method === "bonferroni") return p.map((value) => Math.min(1, m * value));
  if (method === "bh")
    return p.map((value) => Math.min(1, ...p.filter((other) => other >= value).map((other) => (other * m) / below(other))));
  return p.map((value) => Math.min(1, Math.max(...p.filter((other) => other <= value).map((other) => other * (m - strictlyBelow(other))))));
}

// Table of Benjamini & Hochberg 1995, section 4.1: at 0.05 the FDR procedure rejects four, Bonferroni three.
const published = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1];

test("the published example", () => {
  const rejected = (method: Adjustment) => adjust(published, method).filter((value) => value < 0.05).length;
  expect([rejected("bh"), rejected("bonferroni"), rejected("holm")]).toEqual([4, 3, 3]);
});

test.each(["bh", "bonferroni", "holm"] as const)("%s as defined, in any order, ties included", (method) => {
  const p = [0.3, 0.01, 0.04, 0.01, 0.9, 0.0002, 0.04, 0.05, 0.012];
  adjust(p, method).forEach((value, i) => {
    expectClose(value, byDefinition(p, method)[i]!, 1e-13, `p = ${p[i]}`);
  });
});

test("p-values far below the smallest double keep their order, zero stays zero", () => {
  const adjusted = adjustLogP([-2000, -5000, Number.NEGATIVE_INFINITY, -1], "bh");
  expect(adjusted[2]).toBe(Number.NEGATIVE_INFINITY);
  expectClose(adjusted[1]!, -5000 + Math.LN2, 1e-15, "second of four");
  expect(adjusted[0]).toBeGreaterThan(adjusted[1]!);
});

test("what was not tested does not count", () => {
  const adjusted = adjustLogP([ln(0.01), Number.NaN, ln(0.04), Number.NaN], "bonferroni");
  expect(exp(adjusted[0]!)).toBeCloseTo(0.02, 14);
  expect(adjusted[1]).toBeNaN();
  expect(adjustLogP([], "bh")).toHaveLength(0);
});

import { describe, expect, test } from "vitest";
import { answerOf, threadOfCase } from "../../../../fixtures/filter-cases.ts";
import { agreements, anovaCases } from "../../../../fixtures/oracles/anova/agreement.ts";
import { expectClose } from "../../test/close.ts";
import { classTarget, rank, testThread } from "../../test/thread.ts";
import { anova } from "./anova.ts";

test.each(agreements())("$quantity as $oracle: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

describe("best first", () => {
  test.each(anovaCases().filter((one) => one.real === undefined))("$task, $inputs", (one) => {
    const got = answerOf(anova, one, threadOfCase(one)!);
    const f = one.want.f!.map((value, j) => (one.want.df1![j] === null ? Number.NaN : (value ?? Number.POSITIVE_INFINITY)));
    const judged = f.flatMap((value, j) => (Number.isNaN(value) ? [] : [j]));
    expect(got.features).toEqual(judged.sort((a, b) => f[b]! - f[a]!));
    if (one.task !== "regression") return;
    got.features.forEach((_, k) => {
      const r = got.statistics!.correlation![k]!;
      expectClose(got.statistics!.f![k]!, ((r * r) / (1 - r * r)) * got.statistics!.df2![k]!, 1e-9, "F from r");
    });
  });
});

describe("what cannot be tested", () => {
  const nan = Number.NaN;
  const columnsOdd = {
    apart: [1, 1, 5, 5, 2, 2],
    two_classes: [1, 2, 4, 5, nan, nan],
    constant: [3, 3, 3, 3, 3, 3],
    empty: [nan, nan, nan, nan, nan, nan],
    one_each: [1, nan, 2, nan, 3, nan],
    one_class: [1, 2, nan, nan, nan, nan],
  };

  test("classes: no exception, nothing that JSON cannot hold", () => {
    const thread = testThread(Object.values(columnsOdd), Object.keys(columnsOdd), classTarget([0, 0, 1, 1, 2, 2]));
    const got = rank(anova, thread);
    expect(got.features.map((j) => thread.matrix.names[j])).toEqual(["apart", "two_classes"]);
    expect(got.summary).toMatchObject({ tested: 2, untestable: 4 });
    expect(got.statistics).toMatchObject({ f: [null, expect.closeTo(18, 9)], df1: [2, 1], df2: [3, 2], p_value: [0, expect.any(Number)] });
    expect(got.scores.every(Number.isFinite)).toBe(true);
  });

  test("a number: constant, empty and nearly empty columns, a constant target", () => {
    const y = Float64Array.of(1, 2, 3, 4, 5, 7);
    const thread = testThread(Object.values(columnsOdd), Object.keys(columnsOdd), { task: "regression", y });
    expect(rank(anova, thread).summary).toMatchObject({ tested: 3, untestable: 3 });
    const flat = testThread(Object.values(columnsOdd), Object.keys(columnsOdd), { task: "regression", y: new Float64Array(6).fill(2) });
    expect(rank(anova, flat)).toMatchObject({ features: [], summary: { tested: 0 } });
  });
});

test("two classes: F is Student's t squared", () => {
  const y = [0, 0, 0, 1, 1, 1, 1];
  const x = [1, 2, 4, 3, 7, 8, 5];
  const got = rank(anova, testThread([x], ["x"], classTarget(y)));
  // means 7/3 and 23/4; sums of squares 14/3 and 59/4; pooled variance 19.41666../5
  const t = (23 / 4 - 7 / 3) / Math.sqrt(((14 / 3 + 59 / 4) / 5) * (1 / 3 + 1 / 4));
  expectClose(got.statistics!.f![0]!, t * t, 1e-13, "F");
});

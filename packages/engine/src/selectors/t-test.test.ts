import { describe, expect, test } from "vitest";
import { answerOf, threadOfCase } from "../../../../fixtures/filter-cases.ts";
import { agreements, tTestCases } from "../../../../fixtures/oracles/t_test/agreement.ts";
import { classTarget, draw, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { adjustments } from "../stats/adjust.ts";
import { tTest } from "./t-test.ts";

test.each(agreements())("$quantity as $oracle: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

describe("best first, and the count of significant ones", () => {
  test.each(tTestCases().filter((one) => one.real === undefined))("$inputs", (one) => {
    for (const adjust of adjustments) {
      const got = answerOf(tTest, one, threadOfCase(one)!, { adjust });
      const { p_value, t } = one.want;
      expect(got.features).toHaveLength(p_value!.filter((value) => value !== null).length);
      expect(got.features).toEqual([...got.features].sort((a, b) => p_value![a]! - p_value![b]! || (t![a] === null ? -1 : 1)));
      expect(got.summary!.significant).toBe(one.adjusted[adjust].filter((value) => value !== null && value < 0.05).length);
    }
  });
});

describe("what cannot be tested", () => {
  const y = [0, 0, 0, 1, 1, 1];
  const nan = Number.NaN;
  const degenerate = {
    apart: [1, 1, 1, 4, 4, 4],
    apart_down: [9, 9, 9, 1, 1, 1],
    fine: [1, 2, 3, 7, 8, 6],
    one_constant: [2, 2, 2, 4, 5, 6],
    constant: [7, 7, 7, 7, 7, 7],
    empty: [nan, nan, nan, nan, nan, nan],
    one_value: [1, 2, 3, 5, nan, nan],
    no_class: [1, 2, 3, nan, nan, nan],
  };
  const odd = testThread(Object.values(degenerate), Object.keys(degenerate), classTarget(y));
  const got = rank(tTest, odd, { options: { data_scale: "log" } });
  const names = got.features.map((j) => odd.matrix.names[j]);

  test("is left out and counted; no spread but a difference ranks first, by name", () => {
    expect(names).toEqual(["apart", "apart_down", "fine", "one_constant"]);
    expect(got.summary).toMatchObject({ tested: 4, untestable: 4 });
    expect(got.notes!.join()).toContain("4 of 8 features were not tested");
    expect(got.statistics!.t!.slice(0, 2)).toEqual([null, null]);
    expect(got.statistics!.df!.slice(0, 2)).toEqual([4, 4]);
    expect(got.statistics!.p_value!.slice(0, 2)).toEqual([0, 0]);
    expect(got.statistics!.log_p_value!.slice(0, 2)).toEqual([null, null]);
    expect(got.statistics!.log2_fold_change!.slice(0, 2)).toEqual([3, -8]);
  });

  test("leaves nothing behind that JSON cannot hold", () => {
    const numbers = [...got.scores, ...Object.values(got.statistics!).flat()];
    expect(numbers.every((value) => value === null || Number.isFinite(value))).toBe(true);
  });

  test("two samples a class, one sample in a class, one class alone: never an exception", () => {
    expect(rank(tTest, odd, { samples: draw([0, 1, 3, 4]) }).summary).toMatchObject({ tested: 4 });
    expect(rank(tTest, odd, { samples: draw([0, 1, 3]) })).toMatchObject({ features: [], summary: { tested: 0, untestable: 8 } });
    expect(rank(tTest, odd, { samples: draw([0, 1, 2]) }).features).toEqual([]);
  });
});

describe("alpha", () => {
  const y = Array.from({ length: 40 }, (_, i) => i % 2);
  const cohort = testThread(
    noise(40, 30, 8).map((values, j) => values.map((value, i) => value + (j < 3 ? 2 * y[i]! : 0))),
    featureNames(30),
    classTarget(y),
  );
  const all = rank(tTest, cohort);
  const adjusted = all.statistics!.p_adjusted as number[];

  test("keeps what is below it and names the nearest alpha that selects more", () => {
    const cut = rank(tTest, cohort, { options: { alpha: adjusted[2]! } });
    expect(cut.features).toEqual(all.features.slice(0, 2));
    const next = `${adjusted[2]!.toPrecision(4)} (${cohort.matrix.names[all.features[2]!]})`;
    expect(cut.notes![0]).toContain(`2 of the 50 features asked for`);
    expect(cut.notes![0]).toContain(next);
    const more = rank(tTest, cohort, { options: { alpha: adjusted[2]! * 1.0001 } });
    expect(more.features).toEqual(all.features.slice(0, 3));
  });

  test("nothing found is an answer", () => {
    const none = rank(tTest, cohort, { options: { alpha: 1e-30 } });
    expect(none.features).toEqual([]);
    expect(none.notes!.join()).toContain("0 of the 50");
  });

  test("says nothing where all that were asked for pass", () => {
    expect(rank(tTest, cohort, { options: { alpha: 0.05 }, shared: { nFeatures: 2 } }).notes).toEqual([]);
  });
});

describe("fold change", () => {
  const y = [0, 0, 1, 1];
  const fold = (columns: number[][], options: Record<string, unknown> = {}) => {
    const got = rank(tTest, testThread(columns, featureNames(columns.length), classTarget(y)), { options });
    return { scale: got.summary!.data_scale, of: new Map(got.features.map((j, k) => [j, got.statistics!.log2_fold_change![k]])) };
  };

  test("raw intensities: log2 of the ratio of means; none where a mean is not above 0", () => {
    const got = fold([
      [100, 140, 500, 460],
      [-30, 10, 50, 60],
    ]);
    expect(got.scale).toBe("raw");
    expect(got.of.get(0)).toBe(2);
    expect(got.of.get(1)).toBeNull();
  });

  test("log values: difference of means; the option overrules what was detected", () => {
    const columns = [[2.5, 3.5, 6.5, 5.5]];
    expect(fold(columns)).toEqual({ scale: "log", of: new Map([[0, 3]]) });
    expect(fold(columns, { data_scale: "raw" })).toEqual({ scale: "raw", of: new Map([[0, 1]]) });
  });
});

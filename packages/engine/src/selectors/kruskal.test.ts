import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/kruskal/agreement.ts";
import { expectClose } from "../../test/close.ts";
import { classTarget, draw, noise, rank, testThread } from "../../test/thread.ts";
import { kruskal } from "./kruskal.ts";

test.each(agreements())("$quantity as $oracle: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

describe("what cannot be tested", () => {
  const nan = Number.NaN;
  const odd = {
    apart: [1, 2, 4, 5, 8, 9],
    two_classes: [1, 2, 4, 5, nan, nan],
    constant: [3, 3, 3, 3, 3, 3],
    empty: [nan, nan, nan, nan, nan, nan],
    one_class: [1, 2, nan, nan, nan, nan],
  };
  const thread = testThread(Object.values(odd), Object.keys(odd), classTarget([0, 0, 1, 1, 2, 2]));

  test("is left out; a class without a value takes a degree of freedom with it", () => {
    const got = rank(kruskal, thread);
    expect(got.features.map((j) => thread.matrix.names[j])).toEqual(["apart", "two_classes"]);
    expect(got.summary).toMatchObject({ tested: 2, untestable: 3 });
    // H = 12 / (6 * 7) * sum of 2 * (mean rank - 3.5)^2 = 32 / 7
    expectClose(got.statistics!.h![0]!, 32 / 7, 1e-14, "H");
    expectClose(got.statistics!.epsilon_squared![0]!, 32 / 35, 1e-14, "epsilon squared");
    expect(got.statistics!.df).toEqual([2, 1]);
    expectClose(got.statistics!.log_p_value![0]!, -16 / 7, 1e-13, "chi-squared on 2 degrees of freedom is -H / 2");
  });

  test("one sample is no exception", () => {
    expect(rank(kruskal, thread, { samples: draw([3]) }).features).toEqual([]);
  });
});

test("a sample drawn twice is two tied values", () => {
  const y = Array.from({ length: 12 }, (_, i) => i % 3);
  const columns = noise(12, 3, 5);
  const counts = y.map((_, i) => 1 + (i % 3));
  const repeat = (values: ArrayLike<number>) => counts.flatMap((c, i) => new Array<number>(c).fill(values[i]!));
  const drawn = rank(kruskal, testThread(columns, ["a", "b", "c"], classTarget(y)), { samples: draw(12, counts) });
  expect(drawn).toEqual(rank(kruskal, testThread(columns.map(repeat), ["a", "b", "c"], classTarget(repeat(y)))));
});

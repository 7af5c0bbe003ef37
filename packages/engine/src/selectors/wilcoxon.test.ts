import exp from "@stdlib/math-base-special-exp";
import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/wilcoxon/agreement.ts";
import { expectClose } from "../../test/close.ts";
import { classTarget, draw, featureNames, rank, testThread } from "../../test/thread.ts";
import { exactTails } from "../stats/mann-whitney.ts";
import { wilcoxon } from "./wilcoxon.ts";

test.each(agreements())("$quantity as $oracle: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

/** P(U <= u) by counting every choice of m among m + n places. */
function byCounting(m: number, n: number, u: number): number {
  let all = 0;
  let within = 0;
  for (let mask = 0; mask < 1 << (m + n); mask++) {
    let taken = 0;
    let below = 0;
    for (let place = 0; place < m + n; place++) {
      if ((mask >> place) & 1) {
        taken++;
        below += place - taken + 1;
      }
    }
    if (taken !== m) continue;
    all++;
    if (below <= u) within++;
  }
  return within / all;
}

describe("exact tails", () => {
  test.each([
    [1, 1],
    [1, 5],
    [3, 4],
    [5, 8],
    [8, 8],
  ])("%i among %i, by counting", (m, n) => {
    const tails = exactTails();
    for (let u = 0; u <= (m * n) / 2; u++) {
      const p = Math.min(1, 2 * byCounting(m, n, u));
      expectClose(exp(tails(m, n, u)), p, 1e-13, `u = ${u}`);
      expect(tails(n, m, u)).toBe(tails(m, n, u));
    }
  });

  test("8 among 1,000, far beyond whole numbers: symmetric about the middle, where p is 1", () => {
    const tails = exactTails();
    expect(tails(8, 1000, 4000)).toBe(0);
    // P(U <= 3999) = (1 - P(U = 4000)) / 2, and U = 4000 has a chance near its normal density
    const density = 1 / Math.sqrt(2 * Math.PI * ((8 * 1000 * 1009) / 12));
    expectClose(exp(tails(8, 1000, 3999)), 1 - density, 1e-5, "next to the middle");
  });
});

describe("what cannot be tested", () => {
  const nan = Number.NaN;
  const odd = {
    apart: [1, 2, 3, 7, 8, 9],
    ties: [1, 1, 2, 2, 2, 3],
    constant: [7, 7, 7, 7, 7, 7],
    empty: [nan, nan, nan, nan, nan, nan],
    one_class: [1, 2, 3, nan, nan, nan],
    one_each: [1, nan, nan, 2, nan, nan],
    minus_zero: [0, -0, 0, -0, 0, -0],
  };
  const thread = testThread(Object.values(odd), Object.keys(odd), classTarget([0, 0, 0, 1, 1, 1]));
  const got = rank(wilcoxon, thread);

  test("is left out and counted", () => {
    expect(got.features.map((j) => thread.matrix.names[j])).toEqual(["apart", "ties", "one_each"]);
    expect(got.summary).toMatchObject({ tested: 3, untestable: 4, exact: 2 });
    expectClose(got.statistics!.p_value![0]!, 0.1, 1e-14, "2 of 20 arrangements");
    expect(got.statistics!.p_value![2]).toBe(1);
    expect(got.notes!.join()).toContain("4 of 7 features were not tested");
  });

  test("one class alone, or one sample, is no exception", () => {
    expect(rank(wilcoxon, thread, { samples: draw([0, 1, 2]) }).features).toEqual([]);
    expect(rank(wilcoxon, thread, { samples: draw([4]) }).features).toEqual([]);
  });
});

test("a sample drawn twice is two tied values", () => {
  const x = [3, 1, 4, 1.5, 5, 9];
  const y = [0, 0, 0, 1, 1, 1];
  const counts = [2, 1, 1, 3, 1, 2];
  const repeat = (values: readonly number[]) => values.flatMap((value, i) => new Array<number>(counts[i]!).fill(value));
  const drawn = rank(wilcoxon, testThread([x], ["x"], classTarget(y)), { samples: draw(6, counts) });
  const long = rank(wilcoxon, testThread([repeat(x)], ["x"], classTarget(repeat(y))));
  expect(drawn).toEqual(long);
  expect(drawn.summary!.exact).toBe(0);
});

test("alpha keeps what is below it", () => {
  const y = Array.from({ length: 20 }, (_, i) => i % 2);
  const columns = [y.map((code, i) => 10 * code + i / 100), y.map((_, i) => (i * 7) % 20)];
  const cut = rank(wilcoxon, testThread(columns, featureNames(2), classTarget(y)), { options: { alpha: 0.01 } });
  expect(cut.features).toEqual([0]);
  expect(cut.notes!.join()).toContain("nearest alpha");
});

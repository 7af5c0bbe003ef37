import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/correlation_filter/agreement.ts";
import { expectClose } from "../../test/close.ts";
import { classTarget, draw, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import type { Target } from "../target.ts";
import { correlationFilter } from "./correlation-filter.ts";

test.each(agreements())("$quantity as $oracle: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const n = 40;
const y = Array.from({ length: n }, (_, i) => i % 2);
const base = noise(n, 6, 3);
const strong = base[0]!.map((value, i) => value + 4 * y[i]!);
const copy = strong.map((value, i) => value + 0.5 * base[1]![i]!);
const weak = base[2]!.map((value, i) => value + y[i]!);
const columns = { copy, weak, opposite: strong.map((value) => 3 - value), strong, other: base[3]!, constant: new Float64Array(n).fill(2) };
const names = Object.keys(columns);
const thread = testThread(Object.values(columns), names, classTarget(y));
const named = (features: readonly number[]) => features.map((j) => names[j]);

test("of near copies the better stays, of equal ones the first by name; opposite sign is a copy too", () => {
  const got = rank(correlationFilter, thread);
  expect(named(got.features)).toEqual(["opposite", "weak", "other"]);
  expect(got.statistics!.largest_abs_r![0]).toBeNull();
  expect(got.statistics!.stands_for).toEqual([2, 0, 0]);
  expect(got.summary).toMatchObject({ score: "f", tested: 5, looked_at: 5, dropped: 2 });
  expect(got.notes!.join()).toContain("1 of 6 features were not judged");
});

test("fewer than asked for: the cutoff named does keep another", () => {
  const { notes } = rank(correlationFilter, thread);
  const said = /nearest cutoff that keeps another is ([0-9.]+) \((\w+)\)/.exec(notes!.join());
  expect(said![2]).toBe("copy");
  expect(named(rank(correlationFilter, thread, { options: { cutoff: Number(said![1]) } }).features)).toEqual([
    "opposite",
    "copy",
    "weak",
    "other",
  ]);
});

test("stops when enough are kept", () => {
  const got = rank(correlationFilter, thread, { shared: { nFeatures: 1 } });
  expect(got).toMatchObject({ summary: { looked_at: 1, dropped: 0 } });
  expect(named(got.features)).toEqual(["opposite"]);
});

describe("the ends of the cutoff", () => {
  test("1 keeps all, 0 what has no correlation at all", () => {
    expect(rank(correlationFilter, thread, { options: { cutoff: 1 } }).features).toHaveLength(5);
    const square = testThread(
      [
        [1, 1, -1, -1, 0, 0, 0, 0],
        [1, -1, 1, -1, 0, 0, 0, 0],
        [1, 1, -1, -1, 1, 1, -1, -1],
      ],
      ["a", "b", "c"],
      classTarget([0, 1, 0, 1, 0, 1, 0, 1]),
    );
    expect(rank(correlationFilter, square, { options: { cutoff: 0, score: "variance" } }).features).toEqual([2, 1]);
  });

  test("an r that is the cutoff but for rounding is not above it", () => {
    const few = testThread(
      [
        [1, 2, 3, 4],
        [2, 1, 3, 4],
      ],
      ["a", "b"],
      classTarget([0, 0, 1, 1]),
    );
    // 1 - 6 * 2 / (4 * 15)
    const got = rank(correlationFilter, few, { options: { cutoff: 0.8, correlation: "spearman" } });
    expect(got.features).toHaveLength(2);
    expectClose(got.statistics!.largest_abs_r![1]!, 0.8, 1e-14, "r");
  });
});

test("survival: by variance, and F is refused", () => {
  const target: Target = { task: "survival", time: Float64Array.from(y, (_, i) => 1 + i), event: Uint8Array.from(y) };
  const survival = testThread(Object.values(columns), names, target);
  expect(rank(correlationFilter, survival).summary).toMatchObject({ score: "variance" });
  expect(() => rank(correlationFilter, survival, { options: { score: "f" } })).toThrow("no F test for survival");
});

test.each(["pearson", "spearman"])("a sample that was drawn twice counts twice: %s", (correlation) => {
  const counts = y.map((_, i) => i % 3);
  const rows = y.map((_, i) => i).filter((i) => counts[i]! > 0);
  const samples = draw(
    rows,
    rows.map((i) => counts[i]!),
  );
  const repeat = (values: ArrayLike<number>) => counts.flatMap((c, i) => new Array<number>(c).fill(values[i]!));
  const mixed = base.map((values, j) => values.map((value, i) => value + base[(j + 1) % 6]![i]! + (j === 1 ? 2 * y[i]! : 0)));
  const options = { cutoff: 0.5, correlation };
  const drawn = rank(correlationFilter, testThread(mixed, featureNames(6), classTarget(y)), { samples, options });
  const long = rank(correlationFilter, testThread(mixed.map(repeat), featureNames(6), classTarget(repeat(y))), { options });
  expect(drawn.features).toEqual(long.features);
  expect(drawn.features.length).toBeLessThan(6);
  drawn.statistics!.largest_abs_r!.slice(1).forEach((r, k) => {
    expectClose(r!, long.statistics!.largest_abs_r![k + 1]!, 1e-12, `|r| of ${k + 1}`);
  });
});

test("one sample is an answer", () => {
  expect(rank(correlationFilter, thread, { samples: draw([3]) }).features).toEqual([]);
});

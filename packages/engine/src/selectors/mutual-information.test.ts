import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/mutual_information/agreement.ts";
import { expectClose } from "../../test/close.ts";
import { classTarget, draw, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { mutualInformation } from "./mutual-information.ts";

test.each(agreements())("$inputs: $quantity as $oracle", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const n = 80;
const y = Array.from({ length: n }, (_, i) => i % 2);
const columns = noise(n, 20, 3);
columns[4] = columns[4]!.map((value, i) => value + 3 * y[i]!);
columns[7] = columns[7]!.map((value, i) => (y[i] === 0 ? 0.3 * value : 3 * Math.sign(value) + 0.5 * value));
const thread = testThread(columns, featureNames(20), classTarget(y));

describe("classes", () => {
  test("a shift, and a spread that no t-test sees, rank before noise; an estimate below 0 is not selected", () => {
    const got = rank(mutualInformation, thread);
    expect(new Set(got.features.slice(0, 2))).toEqual(new Set([4, 7]));
    expect(got.features.length).toBeLessThan(20);
    expect(got.features.length).toBe(got.summary!.informative);
    expect(got.scores.every((score) => score > 0)).toBe(true);
    expect(got.scores).toEqual([...got.scores].sort((a, b) => b - a));
    expect(got.notes!.join()).toContain(`${got.features.length} of the 50 features asked for have an estimate above 0`);
  });

  test("classes that do not overlap: the entropy of the classes, where a closed form has it", () => {
    const apart = testThread([y.map((code, i) => 10 * code + i / 1000)], ["apart"], classTarget(y));
    // psi(80) - psi(40), tables of psi: 1/40 + ... + 1/79
    const want = Array.from({ length: 40 }, (_, i) => 1 / (40 + i)).reduce((a, b) => a + b, 0);
    expectClose(rank(mutualInformation, apart).scores[0]!, want, 1e-12, "information");
  });

  test("shifting, scaling by a power of two and reversing change nothing", () => {
    const moved = testThread(
      columns.map((values) => values.map((value) => -4 * Math.fround(value))),
      featureNames(20),
      classTarget(y),
    );
    const got = rank(mutualInformation, moved);
    const want = rank(mutualInformation, thread);
    expect(got.features).toEqual(want.features);
    got.scores.forEach((score, k) => {
      expectClose(score, want.scores[k]!, 1e-11, `score ${k}`);
    });
  });
});

describe("samples drawn repeatedly", () => {
  const all = Array.from({ length: n }, (_, i) => i);

  test("everything drawn three times says what everything once says", () => {
    const thrice = rank(mutualInformation, thread, { samples: draw(all, new Array(n).fill(3)) });
    expect(thrice.features).toEqual(rank(mutualInformation, thread).features);
  });

  test("copies make noise no more informative", () => {
    const counts = all.map((i) => 1 + (i % 4));
    const drawn = rank(mutualInformation, thread, { samples: draw(all, counts) });
    const noisy = drawn.scores.filter((_, k) => ![4, 7].includes(drawn.features[k]!));
    expect(Math.max(...noisy)).toBeLessThan(0.2);
    expect(drawn.summary!.tied).toBe(0);
  });
});

describe("edges", () => {
  const nan = Number.NaN;
  const few = [0, 0, 0, 1, 1, 1];
  const odd = testThread(
    [
      [1, 2, 3, 7, 8, 9],
      [5, 5, 5, 5, 5, 5],
      [nan, nan, nan, nan, nan, nan],
      [1, nan, nan, nan, nan, nan],
      [1, 2, nan, 8, nan, nan],
      [-0, 0, 0, 1, 1, 1],
    ],
    ["fine", "constant", "empty", "one", "one_in_class", "same"],
    classTarget(few),
  );

  test("constant, empty and lone values are not judged; -0 is 0", () => {
    const got = rank(mutualInformation, odd);
    const names = got.features.map((j) => odd.matrix.names[j]);
    expect(names).toEqual(["fine", "same"].filter((name) => names.includes(name)));
    expect(names).toContain("fine");
    expect(got.summary).toMatchObject({ untestable: 3, tied: 1 });
    expect(got.notes![0]).toContain("3 of 6 features");
  });

  test("nothing informative is an answer", () => {
    const none = testThread([[1, 3, 2, 2.1, 1.1, 3.1]], ["none"], classTarget(few));
    const got = rank(mutualInformation, none);
    expect(got.features).toEqual([]);
    expect(got.notes!.join()).toContain("0 of the 50");
  });

  test("a number: missing values, two samples, a constant target", () => {
    const number = { task: "regression", y: Float64Array.from([1, 2, 3, 4, 5, 6]) } as const;
    const thread = testThread([[1, 2, 3, 4, 5, 6.5], [nan, nan, 1, 2, nan, nan], new Array(6).fill(nan)], ["a", "b", "c"], number);
    expect(rank(mutualInformation, thread, { options: { n_neighbors: 1 } }).features[0]).toBe(0);
    expect(rank(mutualInformation, thread, { samples: draw([0]) }).features).toEqual([]);
    const flat = testThread([[1, 2, 3]], ["a"], { task: "regression", y: Float64Array.of(2, 2, 2) });
    expect(rank(mutualInformation, flat)).toMatchObject({ features: [], summary: { untestable: 1 } });
  });
});

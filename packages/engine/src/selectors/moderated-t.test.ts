import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/moderated_t/agreement.ts";
import { expectClose } from "../../test/close.ts";
import { classTarget, draw, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { moderatedT } from "./moderated-t.ts";

test.each(agreements())("$quantity as $oracle: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

describe("what cannot be tested", () => {
  const nan = Number.NaN;
  const odd = {
    apart: [1, 1, 1, 4, 4, 4],
    fine: [1, 2, 3, 7, 8, 6],
    other: [2, 1, 5, 3, 3, 4],
    constant: [7, 7, 7, 7, 7, 7],
    empty: [nan, nan, nan, nan, nan, nan],
    one_each: [1, nan, nan, nan, nan, 9],
    no_class: [1, 2, 3, nan, nan, nan],
  };
  const names = Object.keys(odd);
  const classes = classTarget([0, 0, 0, 1, 1, 1]);
  const thread = testThread(Object.values(odd), names, classes);

  test("is left out; a feature without a degree of freedom is judged by the common variance", () => {
    const got = rank(moderatedT, thread);
    expect(new Set(got.features.map((j) => names[j]))).toEqual(new Set(["apart", "fine", "other", "one_each"]));
    expect(got.summary).toMatchObject({ tested: 4, untestable: 3 });
    const at = got.features.indexOf(names.indexOf("one_each"));
    const { df_prior, s2_prior } = got.summary as { df_prior: number; s2_prior: number };
    expectClose(got.statistics!.t![at]!, 8 / Math.sqrt(2 * s2_prior), 1e-13, "t from the common variance");
    expectClose(got.statistics!.df_total![at]!, df_prior, 1e-13, "df of the common variance");
  });

  test("no degree of freedom at all is an answer that says so", () => {
    const got = rank(moderatedT, thread, { samples: draw([0, 3]) });
    expect(got).toMatchObject({ features: [], summary: { tested: 0, df_prior: null } });
    expect(got.notes!.join()).toContain("two samples in a class");
  });

  test("one class alone and a constant number are answers", () => {
    expect(rank(moderatedT, thread, { samples: draw([0, 1, 2]) }).features).toEqual([]);
    const flat = testThread(Object.values(odd), names, { task: "regression", y: new Float64Array(6).fill(2) });
    expect(rank(moderatedT, flat).features).toEqual([]);
  });

  test("constant features are warned of where they are the most", () => {
    const columns = [...noise(6, 1, 2), ...Array.from({ length: 2 }, () => new Float64Array(6).fill(1))];
    const got = rank(moderatedT, testThread(columns, featureNames(3), classes));
    expect(got.features).toEqual([0]);
    expect(got.notes!.join()).toContain("2 of 3 features have no spread");
  });
});

test("a sample that was drawn twice counts twice", () => {
  const y = [0, 0, 0, 0, 1, 1, 1, 1];
  const columns = noise(8, 12, 4);
  const counts = [1, 2, 1, 3, 2, 1, 1, 1];
  const repeat = (values: ArrayLike<number>) => counts.flatMap((c, i) => new Array<number>(c).fill(values[i]!));
  const drawn = rank(moderatedT, testThread(columns, featureNames(12), classTarget(y)), { samples: draw(8, counts) });
  const long = rank(moderatedT, testThread(columns.map(repeat), featureNames(12), classTarget(repeat(y))));
  expect(drawn.features).toEqual(long.features);
  drawn.statistics!.t!.forEach((t, k) => {
    expectClose(t!, long.statistics!.t![k]!, 1e-11, `t of ${k}`);
  });
});

test("a lucky small variance does not come first, as it does in the t-test", () => {
  const y = [0, 0, 0, 1, 1, 1];
  const lucky = [0, 0.001, 0.002, 0.05, 0.051, 0.052];
  const strong = [0, 0.9, 1.6, 5, 6.1, 5.4];
  const columns = [...noise(6, 30, 9), Float64Array.from(lucky), Float64Array.from(strong)];
  const got = rank(moderatedT, testThread(columns, featureNames(32), classTarget(y)));
  expect(got.features[0]).toBe(31);
  expect(got.features[1]).not.toBe(30);
});

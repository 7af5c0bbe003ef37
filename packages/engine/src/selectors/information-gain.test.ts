import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/information_gain/agreement.ts";
import { expectClose } from "../../test/close.ts";
import { classTarget, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { informationGain } from "./information-gain.ts";

test.each(agreements())("$inputs: $quantity as $oracle", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

describe("in closed form", () => {
  const y = Array.from({ length: 40 }, (_, i) => (i < 10 ? 0 : 1));

  test("a feature that tells the classes apart gains their entropy, in nats", () => {
    const got = rank(informationGain, testThread([y.map((code, i) => 100 * code + i)], ["apart"], classTarget(y)));
    const entropy = -0.25 * Math.log(0.25) - 0.75 * Math.log(0.75);
    expectClose(got.scores[0]!, entropy, 1e-12, "gain");
    expectClose(got.summary!.class_entropy as number, entropy, 1e-12, "class entropy");
    expect(got.statistics!.levels).toEqual([2]);
  });
});

describe("nothing worth a cut", () => {
  const y = Array.from({ length: 60 }, (_, i) => i % 2);
  const thread = testThread([...noise(60, 8, 4), new Float64Array(60).fill(1)], featureNames(9), classTarget(y));

  test("is an answer with the nearest setting that cuts one more, which does", () => {
    const got = rank(informationGain, thread);
    expect(got.features).toEqual([]);
    const [, value, name] = /just below ([\d.]+) \((f\d+)\)/.exec(got.notes!.join())!;
    const next = rank(informationGain, thread, { options: { mdl_cost: 0.999 * Number(value) } });
    expect(next.features.map((j) => thread.matrix.names[j])).toEqual([name]);
    expect(rank(informationGain, thread, { options: { mdl_cost: 1.001 * Number(value) } }).features).toEqual([]);
  });

  test("constant columns only: no setting would do", () => {
    const flat = testThread([new Float64Array(60).fill(1)], ["flat"], classTarget(y));
    expect(rank(informationGain, flat).notes!.join()).toContain("No setting cuts one more");
  });
});

test("a number to predict is refused: there are no classes to cut by", () => {
  const thread = testThread([[1, 2, 3]], ["a"], { task: "regression", y: Float64Array.of(1, 2, 3) });
  expect(() => rank(informationGain, thread)).toThrow(/needs classes/);
});

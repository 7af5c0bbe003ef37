import { expect, test } from "vitest";
import { WITHOUT_DATA } from "../../../../fixtures/data.ts";
import { gbsg2 } from "../../../../fixtures/oracles/survival-data.ts";
import { noise } from "../../test/thread.ts";
import { baselineHazard, kaplanMeier, logRank, medianSurvival, survivalAt, survivalBefore } from "./survival.ts";

const gbsg = gbsg2();

test.skipIf(gbsg === undefined)(gbsg === undefined ? WITHOUT_DATA : "gbsg2: the textbook's log-rank test and medians", () => {
  const { time, event } = gbsg!.target;
  const treated = gbsg!.columns[gbsg!.names.indexOf("horTh")]!;
  const { chi2, logP } = logRank(time, event, treated)!;
  expect(chi2).toBeCloseTo(8.5648, 4);
  expect(Math.exp(logP)).toBeCloseTo(0.00343, 5);
  const medianOf = (group: number) => {
    const keep = (_: number, i: number) => treated[i] === group;
    return medianSurvival(kaplanMeier(time.filter(keep), event.filter(keep)));
  };
  expect([medianOf(0), medianOf(1)]).toEqual([1528, 2018]);
});

test("Kaplan-Meier by hand; the reverse estimate lets events leave before censorings of the same time", () => {
  const time = [1, 2, 2, 3, 4, 5];
  const event = [1, 1, 0, 0, 1, 0];
  const curve = kaplanMeier(time, event);
  expect(Array.from(curve.times)).toEqual([1, 2, 4]);
  [5 / 6, (5 / 6) * (4 / 5), (5 / 6) * (4 / 5) * (1 / 2)].forEach((value, k) => {
    expect(curve.survival[k]).toBeCloseTo(value, 15);
  });
  const censoring = kaplanMeier(time, event, "censoring");
  expect(Array.from(censoring.times)).toEqual([2, 3, 5]);
  [3 / 4, (3 / 4) * (2 / 3), 0].forEach((value, k) => {
    expect(censoring.survival[k]).toBeCloseTo(value, 15);
  });
  expect([survivalBefore(curve, 1), survivalAt(curve, 1), survivalAt(curve, 0.5), survivalBefore(curve, 99)]).toEqual([
    1,
    curve.survival[0],
    1,
    curve.survival[2],
  ]);
});

test("medians: null above one half, the middle of a flat step at one half", () => {
  expect(medianSurvival(kaplanMeier([1, 2, 3], [1, 0, 0]))).toBeNull();
  expect(medianSurvival(kaplanMeier([1, 2, 3, 4], [1, 1, 1, 1]))).toBe(2.5);
  expect(medianSurvival(kaplanMeier([], []))).toBeNull();
});

test("log-rank: null without events or with one group", () => {
  expect(logRank([1, 2, 3], [0, 0, 0], [0, 1, 0])).toBeNull();
  expect(logRank([1, 2, 3], [1, 1, 1], [1, 1, 1])).toBeNull();
  expect(logRank([2, 2], [1, 1], [0, 1])).toBeNull();
});

test("baseline hazard: of equal risks Nelson-Aalen's; of any, expected events are those seen", () => {
  const [risk, noiseOf] = noise(60, 2, 8);
  const time = Float64Array.from(noiseOf!, (x, i) => Math.ceil(10 * Math.exp(x - risk![i]!)));
  const event = Float64Array.from(time, (_, i) => (i % 3 === 0 ? 0 : 1));
  const flat = baselineHazard([1, 2, 2, 3], [1, 1, 1, 0], [0, 0, 0, 0]);
  expect(Array.from(flat.times)).toEqual([1, 2]);
  expect(flat.hazard[1]).toBeCloseTo(1 / 4 + 2 / 3, 15);
  const { times, hazard } = baselineHazard(time, event, risk!);
  const expected = risk!.reduce((sum, eta, i) => {
    const k = times.findLastIndex((t) => t <= time[i]!);
    return sum + (k < 0 ? 0 : hazard[k]! * Math.exp(eta));
  }, 0);
  expect(expected).toBeCloseTo(
    event.reduce((a, b) => a + b, 0),
    10,
  );
});

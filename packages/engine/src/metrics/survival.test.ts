import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/survival_metrics/agreement.ts";
import { noise } from "../../test/thread.ts";
import { scoreMetrics } from "../study/score.ts";
import { survivalNotes } from "../study/score-survival.ts";
import { cIndex, integratedBrier, timeDependentAuc, unoC } from "./index.ts";

test.each(agreements())("$quantity as $oracle, $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const n = 70;
const [effect, clock, other] = noise(n, 3, 12);
const time = Float64Array.from(clock!, (x, i) => Math.ceil(6 * Math.exp(x - effect![i]!)));
const event = Uint8Array.from(time, (_, i) => (i % 4 === 0 ? 0 : 1));
const risk = Float64Array.from(effect!, (x, i) => Math.round(2 * (x + other![i]!)) / 2);

test("c_index is the share of comparable pairs in the right order, counted one by one", () => {
  let [right, pairs] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const comparable = event[i] === 1 && (time[i]! < time[j]! || (time[i] === time[j] && event[j] === 0));
      if (!comparable) continue;
      pairs++;
      right += risk[i]! > risk[j]! ? 1 : risk[i] === risk[j] ? 0.5 : 0;
    }
  }
  expect(cIndex(time, event, risk)).toBeCloseTo(right / pairs, 14);
});

test("c_index of reversed risks is the complement, of equal ones a half; a monotone change of risk or time is none", () => {
  const c = cIndex(time, event, risk)!;
  expect(
    cIndex(
      time,
      event,
      risk.map((r) => -r),
    ),
  ).toBeCloseTo(1 - c, 14);
  expect(cIndex(time, event, new Float64Array(n))).toBe(0.5);
  expect(
    cIndex(
      time.map((t) => t ** 3),
      event,
      risk.map(Math.exp),
    ),
  ).toBe(c);
});

test("uno_c without censoring is c_index; with it the early pairs count less", () => {
  const all = { time, event: new Uint8Array(n).fill(1) };
  const tau = Number.POSITIVE_INFINITY;
  expect(unoC(all, all, risk, tau)).toBeCloseTo(cIndex(time, all.event, risk)!, 12);
  const held = { time, event };
  expect(Math.abs(unoC(held, held, risk)! - cIndex(time, event, risk)!)).toBeGreaterThan(1e-4);
});

test("time-dependent AUC by hand, without censoring", () => {
  const held = { time: [1, 2, 3, 4], event: [1, 1, 1, 1] };
  // by 2: cases of risk 5 and 1 against controls of risk 1 and 0
  expect(timeDependentAuc(held, held, [5, 1, 1, 0], 2)).toBe((2 + 1.5) / 4);
});

test("integrated Brier: 0 for sure and right, 1/4 for one half everywhere", () => {
  const held = { time: [1, 2, 3, 4], event: [1, 1, 1, 1] };
  const times = [0.5, 1.5, 2.5];
  const right = times.map((t) => held.time.map((own) => (own > t ? 1 : 0)));
  expect(integratedBrier(held, held, right, times)).toBe(0);
  const half = times.map(() => [0.5, 0.5, 0.5, 0.5]);
  expect(integratedBrier(held, held, half, times)).toBe(0.25);
  expect(integratedBrier(held, held, half.slice(1), [2])).toBeNull();
});

describe("scores of a held-out fold", () => {
  const train = { target: { task: "survival", time, event } as const, scores: [risk] };

  test("all four of them, within their range; better than chance where the risk is", () => {
    const got = scoreMetrics(train.target, [risk], train);
    expect(Object.keys(got)).toEqual(["c_index", "uno_c", "time_dependent_auc", "integrated_brier"]);
    for (const name of ["c_index", "uno_c", "time_dependent_auc"]) expect(got[name]).toBeGreaterThan(0.6);
    expect(got.integrated_brier).toBeLessThan(0.25);
    expect(survivalNotes(got)).toEqual([]);
    const equal = scoreMetrics(train.target, [new Float64Array(n)], { ...train, scores: [new Float64Array(n)] });
    for (const name of ["c_index", "uno_c", "time_dependent_auc"]) expect(equal[name]).toBe(0.5);
    expect(equal.integrated_brier).toBeGreaterThan(got.integrated_brier!);
  });

  test("without a comparable pair they are null, and a note says why", () => {
    const target = { task: "survival", time: new Float64Array([3, 4, 5]), event: new Uint8Array([0, 0, 1]) } as const;
    const got = scoreMetrics(target, [new Float64Array([1, 2, 3])], train);
    expect(got).toMatchObject({ c_index: null, uno_c: null });
    expect(survivalNotes(got).join()).toMatch(/^c_index, uno_c.*: no held-out event happened/);
  });

  test("without the training part only c_index", () => {
    const got = scoreMetrics(train.target, [risk]);
    expect(got.c_index).toBeGreaterThan(0.6);
    expect(got).toMatchObject({ uno_c: null, time_dependent_auc: null, integrated_brier: null });
  });

  test("a training part without events, or a test sample beyond all its times: numbers or null, never NaN", () => {
    const late = { task: "survival", time: Float64Array.from(time, (t) => t + 1000), event } as const;
    const none = { target: { task: "survival", time, event: new Uint8Array(n) } as const, scores: [risk] };
    for (const got of [scoreMetrics(late, [risk], train), scoreMetrics(train.target, [risk], none)]) {
      for (const value of Object.values(got)) expect(value === null || Number.isFinite(value)).toBe(true);
    }
  });
});

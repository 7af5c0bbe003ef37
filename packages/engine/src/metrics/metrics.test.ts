import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oracle } from "../../../../fixtures/data.ts";
import {
  accuracy,
  balancedAccuracy,
  brier,
  correctedInterval,
  f1,
  logLoss,
  mae,
  mcc,
  prAuc,
  r2,
  rmse,
  rocAuc,
  rocAucOvr,
} from "./index.ts";

interface Labelled {
  y: number[];
  label: number[];
  score: number[];
  scores: number[][];
}
type Case = Labelled & Record<string, number>;
const expected = oracle<{
  binary: Case[];
  multiclass: Case[];
  regression: ({ y: number[]; predicted: number[] } & Record<string, number>)[];
}>("metrics");

describe("as scikit-learn", () => {
  test.each(expected.binary)("two classes, tied scores, $y.length samples", (one) => {
    expect(rocAuc(one.y, one.score)).toBeCloseTo(one.roc_auc!, 12);
    expect(prAuc(one.y, one.score)).toBeCloseTo(one.pr_auc!, 12);
    expect(accuracy(one.y, one.label)).toBeCloseTo(one.accuracy!, 12);
    expect(balancedAccuracy(one.y, one.label)).toBeCloseTo(one.balanced_accuracy!, 12);
    expect(f1(one.y, one.label, 2)).toBeCloseTo(one.f1!, 12);
    expect(mcc(one.y, one.label)).toBeCloseTo(one.mcc!, 12);
    expect(brier(one.y, one.score)).toBeCloseTo(one.brier!, 12);
    expect(logLoss(one.y, [one.score.map((s) => 1 - s), one.score])).toBeCloseTo(one.log_loss!, 12);
  });

  test.each(expected.multiclass)("three classes, $y.length samples", (one) => {
    expect(rocAucOvr(one.y, one.scores)).toBeCloseTo(one.roc_auc!, 12);
    expect(accuracy(one.y, one.label)).toBeCloseTo(one.accuracy!, 12);
    expect(balancedAccuracy(one.y, one.label)).toBeCloseTo(one.balanced_accuracy!, 12);
    expect(f1(one.y, one.label, 3)).toBeCloseTo(one.f1!, 12);
    expect(mcc(one.y, one.label)).toBeCloseTo(one.mcc!, 12);
    expect(logLoss(one.y, one.scores)).toBeCloseTo(one.log_loss!, 12);
  });

  test.each(expected.regression)("a number, $y.length samples", (one) => {
    expect(r2(one.y, one.predicted)).toBeCloseTo(one.r2!, 12);
    expect(rmse(one.y, one.predicted)).toBeCloseTo(one.rmse!, 12);
    expect(mae(one.y, one.predicted)).toBeCloseTo(one.mae!, 12);
  });
});

const scored = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: -5, max: 5 })), { minLength: 2, maxLength: 40 })
  .map((pairs) => ({ y: [0, 1, ...pairs.map(([y]) => y)], score: [1, -2, ...pairs.map(([, s]) => s)] }));

describe("rocAuc", () => {
  test("reversed scores give 1 - AUC; an increasing map, the order of samples change nothing", () => {
    fc.assert(
      fc.property(scored, ({ y, score }) => {
        const auc = rocAuc(y, score)!;
        expect(
          rocAuc(
            y,
            score.map((s) => -s),
          ),
        ).toBeCloseTo(1 - auc, 14);
        expect(
          rocAuc(
            y,
            score.map((s) => 3 * s + 100),
          ),
        ).toBe(auc);
        expect(rocAuc([...y].reverse(), [...score].reverse())).toBe(auc);
      }),
    );
  });

  test("is the share of pairs in order, ties half", () => {
    fc.assert(
      fc.property(scored, ({ y, score }) => {
        let won = 0;
        let pairs = 0;
        y.forEach((a, i) => {
          y.forEach((b, j) => {
            if (a !== 1 || b !== 0) return;
            pairs++;
            won += score[i]! > score[j]! ? 1 : score[i] === score[j] ? 0.5 : 0;
          });
        });
        expect(rocAuc(y, score)).toBeCloseTo(won / pairs, 13);
      }),
    );
  });

  test("constant scores 0.5, perfect 1, one class null", () => {
    expect(rocAuc([0, 1, 1, 0, 1], [3, 3, 3, 3, 3])).toBe(0.5);
    expect(rocAuc([0, 0, 1, 1], [1, 2, 3, 4])).toBe(1);
    expect(rocAuc([1, 1], [1, 2])).toBeNull();
    expect(rocAuc([0, 0], [1, 2])).toBeNull();
    expect(rocAuc([], [])).toBeNull();
  });

  test("one against the rest: null where a class is absent; two classes as the binary form", () => {
    const scores = [
      [0.1, 0.7, 0.2],
      [0.5, 0.2, 0.1],
      [0.4, 0.1, 0.7],
    ];
    expect(rocAucOvr([0, 1, 0], scores)).toBeNull();
    expect(rocAucOvr([1, 0, 2], scores)).toBe(1);
    const positive = [0.2, 0.9, 0.4, 0.6];
    expect(rocAucOvr([0, 1, 1, 0], [positive.map((s) => 1 - s), positive])).toBe(rocAuc([0, 1, 1, 0], positive));
  });
});

test("what the samples cannot give is null, never an exception", () => {
  expect(prAuc([0, 0], [1, 2])).toBeNull();
  expect(prAuc([1, 1], [1, 2])).toBeNull();
  expect(prAuc([1, 0, 0, 1], [2, 2, 2, 2])).toBe(0.5);
  expect(balancedAccuracy([1, 1], [1, 0])).toBeNull();
  expect(mcc([1, 1], [1, 0])).toBeNull();
  expect(mcc([0, 1], [1, 1])).toBe(0);
  expect(f1([0, 0], [0, 0], 2)).toBeNull();
  expect(f1([0, 0], [0, 1], 2)).toBe(0);
  // class 2 neither occurs nor is predicted
  expect(f1([0, 1], [0, 1], 3)).toBe(1);
  expect(r2([2, 2], [1, 2])).toBeNull();
  for (const empty of [accuracy([], []), brier([], []), logLoss([], [[], []]), rmse([], []), mae([], []), r2([], []), f1([], [], 3)]) {
    expect(empty).toBeNull();
  }
});

test("a probability of 0 that came true is finite in log loss", () => {
  expect(logLoss([0], [[0], [1]])).toBeCloseTo(15 * Math.LN10, 9);
});

test("weights count as repeats", () => {
  const y = [0, 1, 1];
  const p = [0.2, 0.7, 0.4];
  const scores = [p.map((v) => 1 - v), p];
  const twice = [0, 1, 1, 1].map((_, i) => Math.min(i, 2));
  const repeated = scores.map((column) => twice.map((i) => column[i]!));
  expect(logLoss(y, scores, [1, 1, 2])).toBeCloseTo(logLoss([0, 1, 1, 1], repeated)!, 14);
  expect(rmse(y, p, [1, 1, 2])).toBeCloseTo(rmse([0, 1, 1, 1], repeated[1]!)!, 14);
});

describe("correctedInterval", () => {
  test("Nadeau & Bengio by hand: 0.8, 0.9, 0.7 on 80 to 20", () => {
    const [low, high] = correctedInterval([0.8, 0.9, 0.7], 80, 20)!;
    // s² = 0.01; of two degrees of freedom the quantile is closed: (2p - 1) sqrt(2 / (1 - (2p - 1)²)) = 4.302653
    const t = 0.95 * Math.sqrt(2 / (1 - 0.95 * 0.95));
    expect((low + high) / 2).toBeCloseTo(0.8, 14);
    expect((high - low) / 2).toBeCloseTo(t * Math.sqrt((1 / 3 + 1 / 4) * 0.01), 10);
  });

  test("null without variance or with fewer than two values", () => {
    expect(correctedInterval([0.1 + 0.2, 0.1 + 0.2, 0.1 + 0.2], 8, 2)).toBeNull();
    expect(correctedInterval([0.7], 8, 2)).toBeNull();
    expect(correctedInterval([], 8, 2)).toBeNull();
  });
});

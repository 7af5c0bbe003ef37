import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/smote/agreement.ts";
import { classTarget, draw, featureNames, noise, testThread, withPart } from "../../test/thread.ts";
import type { TrainingPart } from "../part.ts";
import { Rng } from "../random.ts";
import { type Balancing, inFold, withBalancedPart } from "./balanced-part.ts";
import { crossValidate, type Fold } from "./cross-validate.ts";
import { fitPenalized } from "./fit-penalized.ts";

const [n, p] = [40, 6];
const y = Array.from({ length: n }, (_, i) => (i % 4 === 0 ? 1 : 0));
const columns = noise(n, p, 8).map((column, j) =>
  column.map((value, i) => (i % 9 === 5 && j === 2 ? Number.NaN : value + (j === 0 ? 2 * y[i]! : 0))),
);
const thread = () => testThread(columns, featureNames(p), classTarget(y));
const rng = () => Rng.from(3, "balance");
const samples = draw(
  Array.from({ length: n - 4 }, (_, i) => i),
  Array.from({ length: n - 4 }, (_, i) => 1 + (i % 3 === 0 ? 1 : 0)),
);

function sizesOf({ target, counts }: TrainingPart, weights: ArrayLike<number> = counts, places = Array.from(counts.keys())): number[] {
  const sizes = [0, 0];
  for (const i of places) sizes["classes" in target ? target.y[i]! : 0]! += weights[i]!;
  return sizes;
}

test.each(agreements())("$quantity agrees with $oracle, $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

describe.each(["undersample", "oversample", "smote"] as const)("%s", (how) => {
  test("classes have one size; the samples of the part keep their values, filled in as before, and their gaps", () => {
    withPart(
      thread(),
      (part) => {
        const values = Array.from({ length: p }, (_, j) => part.column(j));
        withBalancedPart(part, how, rng(), ({ part: balanced }) => {
          const [a, b] = sizesOf(balanced);
          expect(a).toBe(b);
          expect(a).toBe(how === "undersample" ? Math.min(...sizesOf(part)) : Math.max(...sizesOf(part)));
          for (let j = 0; j < p; j++) {
            const got = Array.from(balanced.column(j));
            if (how === "undersample") expect(got.every((value) => values[j]!.includes(value))).toBe(true);
            else expect(got.slice(0, part.m)).toEqual(Array.from(values[j]!));
            expect(got.every(Number.isFinite)).toBe(true);
          }
          expect(balanced.availableColumn(2).some(Number.isNaN)).toBe(true);
          if (how === "smote") expect(balanced.counts.slice(part.m).every((count) => count === 1)).toBe(true);
        });
        expect(Array.from({ length: p }, (_, j) => part.column(j))).toEqual(values);
      },
      samples,
    );
  });

  test("a fold is balanced by itself: held-out samples stay, and nothing is made of them", () => {
    withPart(
      thread(),
      (part) => {
        const test = [0, 4, 5, 9, 12];
        const fold: Fold = { train: Array.from({ length: part.m }, (_, i) => i).filter((i) => !test.includes(i)), test };
        inFold(part, fold, 2, { balancing: { how, rng: rng() } }, ({ part: own, fold: got, weights }) => {
          expect(Array.from(got.test)).toEqual(test);
          expect(Array.from(test, (i) => weights[i])).toEqual(Array.from(test, (i) => part.counts[i]));
          const train = Array.from(got.train);
          expect(train.some((i) => test.includes(i))).toBe(false);
          const [a, b] = sizesOf(own, weights, train);
          expect(a).toBe(b);
          for (let j = 0; j < p; j++) {
            const [before, after] = [part.column(j), own.column(j)];
            for (const i of test) expect(after[i]).toBe(before[i]);
            // synthetic values of the minority lie within those of its training samples
            const seen = Array.from(fold.train).filter((i) => y[i] === 1);
            const [low, high] = [Math.min(...seen.map((i) => before[i]!)), Math.max(...seen.map((i) => before[i]!))];
            for (const i of train.filter((i) => i >= part.m)) expect(after[i]! >= low && after[i]! <= high).toBe(true);
          }
        });
      },
      samples,
    );
  });

  test("a held-out curve is that of models of balanced training samples", () => {
    withPart(thread(), (part) => {
      const folds = [0, 1, 2].map((k) => ({
        train: Array.from({ length: n }, (_, i) => i).filter((i) => (i >> 2) % 3 !== k),
        test: Array.from({ length: n }, (_, i) => i).filter((i) => (i >> 2) % 3 === k),
      }));
      const balancing: Balancing = { how, rng: rng() };
      const got = crossValidate(part, folds, [0.2, 0.1, 0.05], { l1Ratio: 1, balancing });
      // by hand: each fold's balanced part is fitted as a whole, and asked for the held-out samples
      let [sum, weight] = [0, 0];
      folds.forEach((fold, k) => {
        inFold(part, fold, k, { balancing }, ({ part: own, fold: split, weights }) => {
          const inside = new Float64Array(own.m);
          for (const i of Array.from(split.train)) inside[i] = weights[i]!;
          const path = fitPenalized(own, { l1Ratio: 1, lambdas: [0.2, 0.1, 0.05], weights: inside, tolerance: 1e-10 });
          const { features, coefficients, intercepts } = path.steps[2]!;
          for (const i of fold.test) {
            let eta = intercepts[0]!;
            features.forEach((j, at) => {
              eta += (coefficients[0]![at]! * (own.column(j)[i]! - path.centre[j]!)) / path.scale[j]!;
            });
            sum += 2 * Math.log(1 + Math.exp(y[i] === 1 ? -eta : eta));
            weight++;
          }
        });
      });
      expect(got.deviance[2]).toBeCloseTo(sum / weight, 4);
    });
  });
});

test("class weights are those of a fold's own training samples; held-out ones weigh what they did", () => {
  withPart(thread(), (part) => {
    const fold: Fold = { train: Array.from({ length: 30 }, (_, i) => i), test: Array.from({ length: 10 }, (_, i) => 30 + i) };
    const given = Float64Array.from(y, (code) => 1 + code);
    inFold(part, fold, 0, { weights: given, balancing: { how: "class_weight" } }, ({ weights }) => {
      const sizes = [0, 0];
      for (let i = 0; i < 30; i++) sizes[y[i]!]!++;
      for (let i = 0; i < 30; i++) expect(weights[i]).toBeCloseTo(30 / (2 * sizes[y[i]!]!), 12);
      for (let i = 30; i < n; i++) expect(weights[i]).toBe(given[i]);
    });
  });
});

test("too little room for the copies is refused before they are made; redrawing needs none", () => {
  const small = thread();
  withPart(small, (part) => {
    small.arena.scope(() => {
      small.arena.alloc(small.arena.free - 2000);
      const sizeWith = (how: "oversample" | "smote") => withBalancedPart(part, how, rng(), ({ part: { m } }) => m);
      expect(sizeWith("oversample")).toBe(n);
      expect(() => sizeWith("smote")).toThrow(/SMOTE adds need 1 MiB.*use oversample/);
    });
  });
});

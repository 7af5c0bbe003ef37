import { describe, expect, test } from "vitest";
import { agreements, reliefCohorts, reliefTarget } from "../../../../fixtures/oracles/relieff/agreement.ts";
import { expectClose } from "../../test/close.ts";
import { classTarget, columnsOf, draw, featureNames, noise, rank, testThread, withPart } from "../../test/thread.ts";
import { manhattanDistances, rangesOf } from "../stats/manhattan.ts";
import { relieff } from "./relieff.ts";

test.each(agreements())("$inputs: $quantity as $oracle", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

describe("what the selector makes of the weights", () => {
  test.each(["classes", "number"] as const)("%s: those above 0, largest first, by the weights of the paper", (target) => {
    const data = reliefCohorts().wide!;
    const want = data.cases.find((one) => one.target === target)!.weights;
    const thread = testThread(columnsOf(data.x), featureNames(want.length), reliefTarget(data, target));
    const got = rank(relieff, thread, { shared: { nFeatures: want.length } });
    const positive = want.flatMap((weight, j) => (weight > 1e-12 ? [j] : []));
    expect(new Set(got.features)).toEqual(new Set(positive));
    got.features.forEach((j, k) => {
      expectClose(got.scores[k]!, want[j]!, 1e-10, `weight of ${j}`);
    });
    expect(got.scores).toEqual([...got.scores].sort((a, b) => b - a));
    expect(got.notes!.join()).toContain(`${positive.length} of the 60 features asked for have a weight above 0; 1 of 60 are constant`);
    const two = rank(relieff, thread, { shared: { nFeatures: 2 } });
    expect(two.features).toEqual(got.features.slice(0, 2));
    expect(two.notes).toEqual([]);
  });

  test("two features that tell the classes only together rank first", () => {
    const n = 120;
    const columns = noise(n, 8, 21);
    const y = Array.from({ length: n }, (_, i) => (columns[2]![i]! * columns[6]![i]! > 0 ? 1 : 0));
    const got = rank(relieff, testThread(columns, featureNames(8), classTarget(y)));
    expect(new Set(got.features.slice(0, 2))).toEqual(new Set([2, 6]));
  });
});

describe("repeats", () => {
  const n = 50;
  const y = Array.from({ length: n }, (_, i) => i % 2);
  const columns = noise(n, 6, 8);
  columns[1] = columns[1]!.map((value, i) => value + 2 * y[i]!);
  const thread = testThread(columns, featureNames(6), classTarget(y));
  const all = Array.from({ length: n }, (_, i) => i);

  test("everything drawn four times says what everything once says: a copy is nobody's neighbour", () => {
    const once = rank(relieff, thread);
    const often = rank(relieff, thread, { samples: draw(all, new Array(n).fill(4)) });
    expect(often.features).toEqual(once.features);
    often.scores.forEach((score, k) => {
      expectClose(score, once.scores[k]!, 1e-10, `weight ${k}`);
    });
  });

  test("instances at random: the seed decides, all of them is the default", () => {
    const some = (seed: number, n_instances: number | null) => rank(relieff, thread, { seed, options: { n_instances } });
    expect(some(1, 20)).toEqual(some(1, 20));
    expect(some(1, 20).scores).not.toEqual(some(2, 20).scores);
    expect(some(1, 20).summary!.instances).toBe(20);
    expect(some(1, n + 5)).toEqual(some(1, null));
    expect(some(2, null)).toEqual(some(1, null));
  });
});

describe("edges", () => {
  test("one class, a constant number, constant columns: an answer with a reason", () => {
    const one = testThread(noise(6, 3), featureNames(3), classTarget([0, 1, 0, 0, 0, 0]));
    const rows = [0, 2, 3, 4, 5];
    expect(rank(relieff, one, { samples: draw(rows) })).toMatchObject({ features: [], scores: [] });
    expect(rank(relieff, one, { samples: draw(rows) }).notes!.join()).toContain("one class");
    const number = testThread(noise(6, 3), featureNames(3), { task: "regression", y: new Float64Array(6).fill(2) });
    expect(rank(relieff, number).features).toEqual([]);
    const flat = testThread([[1, 1, 1, 1]], ["flat"], classTarget([0, 1, 0, 1]));
    expect(rank(relieff, flat)).toMatchObject({ features: [], summary: { constant: 1, tested: 0 } });
  });

  test("a class of one sample has no hits, and fewer neighbours than k are shared out among those there are", () => {
    const thread = testThread([[0, 0.5, 1, 10]], ["a"], classTarget([0, 0, 0, 1]));
    // by hand, range 10: hits (0.5 + 1) / 2, (0.5 + 0.5) / 2, (0.5 + 1) / 2, none; misses 10, 9.5, 9, (10 + 9.5 + 9) / 3; over 4 instances
    const want = (10 + 9.5 + 9 + 9.5 - 0.75 - 0.5 - 0.75) / 40;
    expectClose(rank(relieff, thread).scores[0]!, want, 1e-12, "weight");
  });
});

describe("distances", () => {
  test("more samples than a block and features than a tile, some samples only: as one by one", () => {
    const n = 530;
    const p = 70;
    const columns = noise(n, p, 5).map((values) => Float64Array.from(values, Math.fround));
    columns[69]!.fill(2);
    const thread = testThread(columns, featureNames(p), classTarget(Array.from({ length: n }, (_, i) => i % 2)));
    withPart(thread, (part) => {
      const ranges = rangesOf(part);
      const range = columns.map((values) => Math.max(...values) - Math.min(...values));
      const one = (i: number, s: number) =>
        columns.reduce((sum, values, j) => sum + (range[j]! > 0 ? Math.abs(values[i]! - values[s]!) / range[j]! : 0), 0);
      const visited: number[] = [];
      const samples = Uint32Array.from({ length: 525 }, (_, k) => k + 3);
      manhattanDistances(part, ranges, samples, (i, distances) => {
        visited.push(i);
        for (let s = (i * 7) % 11; s < n; s += 11) {
          if (Math.abs(distances[s]! - one(i, s)) > 1e-10)
            throw new Error(`distance of ${i} and ${s}: ${distances[s]}, expected ${one(i, s)}`);
        }
      });
      expect(visited).toEqual([...samples]);
    });
  });
});

import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/cfs/agreement.ts";
import { expectClose } from "../../test/close.ts";
import { classTarget, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { LevelBits } from "../stats/level-bits.ts";
import { searchSubset } from "../stats/subset-search.ts";
import { cfs } from "./cfs.ts";

test.each(agreements())("$inputs: $quantity as $oracle", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

describe("Quinlan's fourteen days of weather, a worked case of the literature", () => {
  // outlook, temperature, humidity, windy, play; Weka finds outlook and humidity, merit 0.247
  const days = [
    "sunny hot high false no",
    "sunny hot high true no",
    "overcast hot high false yes",
    "rainy mild high false yes",
    "rainy cool normal false yes",
    "rainy cool normal true no",
    "overcast cool normal true yes",
    "sunny mild high false no",
    "sunny cool normal false yes",
    "rainy mild normal false yes",
    "sunny mild normal true yes",
    "overcast mild high true yes",
    "overcast hot normal false yes",
    "rainy mild high true no",
  ].map((day) => day.split(" "));
  const bits = new LevelBits(new Array(14).fill(1));
  for (let f = 0; f < 5; f++) {
    const levels = [...new Set(days.map((day) => day[f]!))];
    bits.add(
      days.map((day) => levels.indexOf(day[f]!)),
      levels.length,
    );
  }
  const relevance = [0, 1, 2, 3].map((f) => bits.uncertainty(f, 4));

  test("gains of the four features as the tree literature gives them (bits, three digits)", () => {
    // SU = 2 gain / (H(f) + H(play)); gains 0.247, 0.029, 0.152, 0.048; entropies 1.577, 1.557, 1, 0.985; H(play) 0.940
    [0.247, 0.029, 0.152, 0.048].forEach((gain, f) => {
      const entropy = [1.577, 1.557, 1, 0.985][f]!;
      expect(Math.abs(relevance[f]! - (2 * gain) / (entropy + 0.94))).toBeLessThan(1e-3);
    });
  });

  test("outlook and humidity, merit 0.247", () => {
    const best = searchSubset({
      relevance,
      correlations: (f) => Float64Array.from([0, 1, 2, 3], (g) => bits.uncertainty(f, g)),
      limit: 4,
      patience: 5,
    });
    expect(best.features).toEqual([0, 2]);
    expect(best.merits[1]!.toFixed(3)).toBe("0.247");
  });
});

describe("selection", () => {
  const n = 60;
  const y = Array.from({ length: n }, (_, i) => i % 2);
  const columns = noise(n, 14, 12);
  columns[2] = columns[2]!.map((value, i) => value + 2.2 * y[i]!);
  columns[5] = columns[2];
  columns[8] = columns[8]!.map((value, i) => value + 2 * y[i]!);
  const thread = testThread(columns, featureNames(14), classTarget(y));

  test("a copy adds nothing and stays out; order and merits are those of the search", () => {
    const got = rank(cfs, thread);
    expect(got.features).toContain(2);
    expect(got.features).toContain(8);
    expect(got.features).not.toContain(5);
    const merits = got.statistics!.merit as number[];
    expectClose(merits[0]!, got.scores[0]!, 1e-12, "merit of one feature is its uncertainty");
    expect(merits.at(-1)).toBe(got.summary!.merit);
    expect(Math.max(...merits)).toBe(merits.at(-1));
    expect(got.notes!.join()).toContain("The best subset found has");
  });

  test("no cut at all is an answer", () => {
    const none = testThread(noise(n, 4, 9), featureNames(4), classTarget(y));
    const got = rank(cfs, none);
    expect(got).toMatchObject({ features: [], scores: [], summary: { merit: null } });
    expect(got.notes!.join()).toContain("nearest mdl_cost");
  });
});

describe("the search", () => {
  test("goes back to a subset left behind where the best way ends", () => {
    // 0 is best alone, but 1 and 2 together beat 0 with either
    const r = [
      [1, 0.9, 0.9],
      [0.9, 1, 0],
      [0.9, 0, 1],
    ];
    const problem = { relevance: [0.6, 0.55, 0.55], correlations: (f: number) => Float64Array.from(r[f]!), limit: 3 };
    expect(searchSubset({ ...problem, patience: 5 }).features).toEqual([1, 2]);
    expect(searchSubset({ ...problem, patience: 1 }).features).toEqual([0]);
  });

  test("no features, or no relevance: an empty subset", () => {
    expect(searchSubset({ relevance: [], correlations: () => new Float64Array(0), limit: 3, patience: 5 }).features).toEqual([]);
    expect(searchSubset({ relevance: [0, 0], correlations: () => new Float64Array(2), limit: 3, patience: 5 }).features).toEqual([]);
  });
});

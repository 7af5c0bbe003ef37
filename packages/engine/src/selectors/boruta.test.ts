import { expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/boruta/agreement.ts";
import { classTarget, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { boruta } from "./boruta.ts";

const n = 60;
const y = Int32Array.from({ length: n }, (_, i) => i % 2);

function thread(p: number, shifted: number, shift = 2) {
  const columns = noise(n, p, 4).map((values, j) => (j < shifted ? values.map((v, i) => v + shift * y[i]!) : values));
  return testThread(columns, featureNames(p), classTarget(y));
}
const quick = { n_trees: 100, max_runs: 60 };

test.each(agreements())("$inputs: $quantity", ({ deviation, tolerance, quantity }) => {
  expect(deviation, `${quantity}: ${deviation} where ${tolerance} is allowed`).toBeLessThanOrEqual(tolerance);
});

test.each(["permutation", "impurity"])("%s: what differs by class is confirmed, in the order of its median importance", (importance) => {
  const answer = rank(boruta, thread(30, 4), { options: { ...quick, importance } });
  expect(answer.features).toEqual(expect.arrayContaining([0, 1, 2, 3]));
  expect(answer.features.length).toBeLessThan(8);
  expect([...answer.scores].sort((a, b) => b - a)).toEqual(answer.scores);
  const { confirmed, tentative, rejected } = answer.summary as Record<string, number>;
  expect(confirmed! + tentative! + rejected!).toBe(30);
  expect(answer.statistics!.hits!.every((hits) => hits! > Number(answer.summary!.rounds) / 2)).toBe(true);
});

test("tentative features come after the confirmed ones, only on request, and are told apart", () => {
  const data = thread(30, 6, 0.8);
  const options = { ...quick, max_runs: 16 };
  const without = rank(boruta, data, { options });
  const withThem = rank(boruta, data, { options: { ...options, include_tentative: true } });
  expect(withThem.features.slice(0, without.features.length)).toEqual(without.features);
  expect(withThem.features.length).toBe(without.features.length + Number(without.summary!.tentative));
  expect(Number(without.summary!.tentative)).toBeGreaterThan(0);
  expect(withThem.statistics!.confirmed).toEqual(withThem.features.map((_, k) => (k < without.features.length ? 1 : 0)));
  expect(withThem.notes!.join(" ")).toMatch(/are tentative: undecided/);
  expect(without.notes!.join(" ")).toMatch(/include_tentative returns them/);
});

test("constant features are neither tested nor confirmed; all constant is an answer", () => {
  const columns = [new Float64Array(n).fill(4), ...noise(n, 3, 5)];
  const answer = rank(boruta, testThread(columns, featureNames(4), classTarget(y)), { options: quick });
  expect(answer.features).not.toContain(0);
  const { confirmed, tentative, rejected } = answer.summary as Record<string, number>;
  expect(confirmed! + tentative! + rejected!).toBe(3);
  const none = rank(boruta, testThread([new Float64Array(n)], featureNames(1), classTarget(y)));
  expect(none.features).toEqual([]);
  expect(none.notes).toEqual(["No feature varies in these samples."]);
});

test("the same seed gives the same bytes, another seed another history", () => {
  const data = thread(12, 2);
  const request = { options: { ...quick, max_runs: 15 } };
  expect(rank(boruta, data, request)).toEqual(rank(boruta, data, request));
  expect(rank(boruta, data, { ...request, seed: 43 }).scores).not.toEqual(rank(boruta, data, request).scores);
});

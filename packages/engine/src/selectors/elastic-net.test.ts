import { expect, test } from "vitest";
import { classTarget, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { elasticNet } from "./elastic-net.ts";
import { lasso } from "./lasso.ts";

const n = 60;
const y = Int32Array.from({ length: n }, (_, i) => i % 2);
const base = noise(n, 30, 6).map((values, j) => (j < 2 ? values.map((v, i) => v + 2 * y[i]!) : values));
// The last feature is a copy of the first.
const copied = testThread([...base, base[0]!], featureNames(31), classTarget(y));

test("keeps copies together, where the lasso takes what it needs", () => {
  const scores = (l1_ratio: number) => {
    const { features, scores } = rank(elasticNet, copied, { options: { l1_ratio, lambda: 0.05 } });
    return [0, 30].map((j) => (features.includes(j) ? scores[features.indexOf(j)]! : 0));
  };
  const [first, copy] = scores(0.5);
  expect(first).toBeGreaterThan(0);
  expect(Math.abs(first! - copy!)).toBeLessThan(1e-4 * first!);
});

test("with l1_ratio 1 it is the lasso", () => {
  const request = { options: { lambda: 0.05 } };
  const net = rank(elasticNet, copied, { options: { ...request.options, l1_ratio: 1 } });
  const alone = rank(lasso, copied, request);
  expect(net.features).toEqual(alone.features);
  expect(net.scores).toEqual(alone.scores);
});

test("chooses its l1_ratio by cross-validation when asked, and says which", () => {
  const { summary } = rank(elasticNet, copied, { options: { l1_ratio: "cv" } });
  expect([0.1, 0.5, 0.7, 0.9, 0.95, 1]).toContain(summary!.l1_ratio);
});

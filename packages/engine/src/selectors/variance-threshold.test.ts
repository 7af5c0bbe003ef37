import { expect, test } from "vitest";
import { answerOf, threadOfCase } from "../../../../fixtures/filter-cases.ts";
import { agreements, varianceCases } from "../../../../fixtures/oracles/variance_threshold/agreement.ts";
import { rank } from "../../test/thread.ts";
import { varianceThreshold } from "./variance-threshold.ts";

test.each(agreements())("$quantity as $oracle: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const made = varianceCases().filter((one) => one.real === undefined);
const thread = threadOfCase(made[1]!)!;

test.each(made)("largest first: $inputs", (one) => {
  const { features, summary } = answerOf(varianceThreshold, one, threadOfCase(one)!, { threshold: one.threshold });
  const variance = one.want.variance!;
  const kept = variance.flatMap((value, j) => (value === null ? [] : [j]));
  expect(features).toEqual(kept.sort((a, b) => variance[b]! - variance[a]!));
  expect(summary).toMatchObject({ above_threshold: kept.length, tested: variance.length });
});

test("fewer than asked for is explained with the nearest threshold", () => {
  const all = rank(varianceThreshold, thread);
  const cut = all.scores[2]!;
  const { features, notes } = rank(varianceThreshold, thread, { options: { threshold: cut } });
  expect(features).toEqual(all.features.slice(0, 2));
  expect(notes![0]).toContain(`just below ${cut.toPrecision(4)} (${thread.matrix.names[all.features[2]!]})`);
  expect(all.notes![0]).toContain("constant");
  expect(rank(varianceThreshold, thread, { shared: { nFeatures: 4 } }).notes).toEqual([]);
});

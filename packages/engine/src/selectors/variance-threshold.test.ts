import { expect, test } from "vitest";
import { oracle } from "../../../../fixtures/data.ts";
import { columnsFromJson, expectClose } from "../../test/close.ts";
import { classTarget, draw, featureNames, rank, testThread } from "../../test/thread.ts";
import { varianceThreshold } from "./variance-threshold.ts";

interface Expected {
  x: (number | null)[][];
  cases: { counts: number[]; threshold: number; variances: number[]; support: number[] }[];
}

const expected = oracle<Expected>("variance_threshold");
const columns = columnsFromJson(expected.x);
const n = expected.x.length;
const thread = testThread(columns, featureNames(columns.length), classTarget(Array.from({ length: n }, (_, i) => i % 2)));

/** The draw of an oracle's counts: rows that were drawn at all. */
function drawOf(counts: readonly number[]) {
  const rows = counts.flatMap((count, i) => (count > 0 ? [i] : []));
  return draw(
    rows,
    rows.map((i) => counts[i]!),
  );
}

test.each(expected.cases)("variances and support as scikit-learn's, threshold $threshold", ({ counts, threshold, variances, support }) => {
  const { features, scores, summary } = rank(varianceThreshold, thread, { options: { threshold }, samples: drawOf(counts) });
  expect([...features].sort((a, b) => a - b)).toEqual(support);
  expect(features).toEqual([...support].sort((a, b) => variances[b]! - variances[a]!));
  features.forEach((j, k) => {
    expectClose(scores[k]!, variances[j]!, 1e-12, `variance of feature ${j}`);
  });
  expect(summary).toMatchObject({ above_threshold: support.length, tested: columns.length });
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

import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/symmetrical_uncertainty/agreement.ts";
import { expectClose } from "../../test/close.ts";
import { classTarget, draw, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { symmetricalUncertainty } from "./symmetrical-uncertainty.ts";

test.each(agreements())("$inputs: $quantity as $oracle", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const n = 60;
const y = Array.from({ length: n }, (_, i) => i % 3);
const columns = noise(n, 10, 6);
columns[2] = Float64Array.from(y, (code, i) => 10 * code + i / 100);
columns[5] = columns[2].map((value) => Math.min(value, 10));

describe("symmetrical uncertainty", () => {
  const thread = testThread(columns, featureNames(10), classTarget(y));

  test("is 1 where feature and classes determine each other, less where one does not", () => {
    const got = rank(symmetricalUncertainty, thread);
    expect(got.features.slice(0, 2)).toEqual([2, 5]);
    expectClose(got.scores[0]!, 1, 1e-12, "uncertainty");
    // two levels, 1/3 and 2/3, of three equal classes: gain H(1/3), so 2 h / (ln 3 + h)
    const h = -Math.log(1 / 3) / 3 - (2 / 3) * Math.log(2 / 3);
    expectClose(got.scores[1]!, (2 * h) / (Math.log(3) + h), 1e-12, "uncertainty of the coarser feature");
    expect(got.statistics!.levels!.slice(0, 2)).toEqual([3, 2]);
  });

  test("what comes back is at most what was asked for, and fewer are explained", () => {
    expect(rank(symmetricalUncertainty, thread, { shared: { nFeatures: 1 } })).toMatchObject({ features: [2], notes: [] });
    const all = rank(symmetricalUncertainty, thread);
    expect(all.features).toHaveLength(all.summary!.cut as number);
    expect(all.notes![0]).toContain(`${10 - all.features.length} of 10 features have no cut`);
  });

  test("a class absent from the part is no obstacle", () => {
    const rows = Array.from({ length: n }, (_, i) => i).filter((i) => i % 3 !== 2);
    const got = rank(symmetricalUncertainty, thread, { samples: draw(rows) });
    expectClose(got.scores[0]!, 1, 1e-12, "uncertainty");
    expect(rank(symmetricalUncertainty, thread, { samples: draw(rows.filter((i) => i % 3 === 0)) }).features).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { agreements } from "../../../../fixtures/oracles/fcbf/agreement.ts";
import { classTarget, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { fcbf } from "./fcbf.ts";

test.each(agreements())("$inputs: $quantity as $oracle", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

const n = 80;
const y = Array.from({ length: n }, (_, i) => i % 4);
const columns = noise(n, 12, 2);
// a tells {0, 1} from {2, 3}; b tells {0, 2} from {1, 3}: neither is redundant to the other
const a = Float64Array.from(y, (code, i) => (code > 1 ? 5 : 0) + i / 1000);
const b = Float64Array.from(y, (code, i) => (code % 2 === 1 ? 5 : 0) + i / 1000);
columns[3] = a;
columns[6] = b;
columns[1] = a.map((value) => -value);
columns[9] = b.map((value, i) => (i < 8 ? 5 - value : value));
const thread = testThread(columns, featureNames(12), classTarget(y));

describe("redundancy", () => {
  const got = rank(fcbf, thread);

  test("of copies the first by name stays, what tells something else stays beside it, a worse version goes", () => {
    expect(got.features.slice(0, 2)).toEqual([1, 6]);
    expect(got.features).not.toContain(3);
    expect(got.features).not.toContain(9);
    expect(got.statistics!.made_redundant!.slice(0, 2)).toEqual([1, 1]);
    expect(got.notes!.join()).toContain("shares at least as much");
  });

  test("asking for fewer gives the same ones from the front", () => {
    expect(rank(fcbf, thread, { shared: { nFeatures: 1 } })).toMatchObject({ features: [1], notes: [] });
  });

  test("delta leaves out what is less relevant, and says which delta lets one more in", () => {
    const none = rank(fcbf, thread, { options: { delta: 0.99 } });
    expect(none.features).toEqual([]);
    const [, nearest, name] = /nearest delta that lets one more in is ([\d.]+) \((f\d+)\)/.exec(none.notes!.join())!;
    const more = rank(fcbf, thread, { options: { delta: Number(nearest) - 1e-4 } });
    expect(more.features.map((j) => thread.matrix.names[j])).toContain(name);
  });
});

test("no cut at all is an answer", () => {
  const flat = testThread(noise(n, 3, 5), featureNames(3), classTarget(y));
  const got = rank(fcbf, flat);
  expect(got.features).toEqual([]);
  expect(got.notes!.join()).toMatch(/3 of 3 features have no cut.*nearest mdl_cost/);
});

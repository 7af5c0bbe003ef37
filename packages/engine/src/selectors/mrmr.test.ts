import { describe, expect, test } from "vitest";
import { agreements, mrmrExpected, mrmrTargets } from "../../../../fixtures/oracles/mrmr/agreement.ts";
import { expectClose } from "../../test/close.ts";
import { classTarget, columnsOf, draw, featureNames, noise, rank, testThread } from "../../test/thread.ts";
import { mrmr } from "./mrmr.ts";

const expected = mrmrExpected();
const columns = columnsOf(expected.x);
const p = columns.length;
const targets = mrmrTargets(expected);

test.each(agreements())("$quantity as $oracle: $inputs", ({ deviation, tolerance }) => {
  expect(deviation).toBeLessThanOrEqual(tolerance);
});

test("of copies the first by name is taken first", () => {
  const { features } = rank(mrmr, testThread(columns, featureNames(p), targets.multiclass), { shared: { nFeatures: p } });
  expect(columns[20]).toEqual(columns[39]);
  expect(features.indexOf(39)).toBeGreaterThan(features.indexOf(20));
});

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

function pearson(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const product = sum(a.map((value, i) => (value - ma) * (b[i]! - mb)));
  const spread = Math.sqrt(sum(a.map((value) => (value - ma) ** 2)) * sum(b.map((value) => (value - mb) ** 2)));
  return spread === 0 ? 0 : Math.abs(product / spread);
}

function fOfClasses(x: readonly number[], y: readonly number[]): number {
  const groups = [...new Set(y)].map((code) => x.filter((_, i) => y[i] === code));
  const between = sum(groups.map((group) => group.length * (mean(group) - mean(x)) ** 2)) / (groups.length - 1);
  const within = sum(groups.map((group) => sum(group.map((value) => (value - mean(group)) ** 2)))) / (x.length - groups.length);
  return between / within;
}

function levels(x: readonly number[]): number[] {
  const sd = Math.sqrt(sum(x.map((value) => (value - mean(x)) ** 2)) / (x.length - 1));
  return x.map((value) => (value < mean(x) - sd ? -1 : value > mean(x) + sd ? 1 : 0));
}

function information(a: readonly number[], b: readonly number[]): number {
  const share = (keep: (i: number) => boolean) => a.filter((_, i) => keep(i)).length / a.length;
  let total = 0;
  for (const x of new Set(a)) {
    for (const y of new Set(b)) {
      const both = share((i) => a[i] === x && b[i] === y);
      if (both > 0) total += both * Math.log(both / share((i) => a[i] === x) / share((i) => b[i] === y));
    }
  }
  return total;
}

/** The greedy choice from its definition; every measure anew at every step. */
function bruteForce(x: number[][], y: number[], k: number, scheme: "fcq" | "fcd" | "mid" | "miq"): { order: number[]; scores: number[] } {
  const byF = scheme.startsWith("f");
  const code = byF ? x : x.map(levels);
  const relevance = x.map((values, j) => (byF ? fOfClasses(values, y) : information(code[j]!, y)));
  const redundancy = (a: number, b: number) => (byF ? pearson(code[a]!, code[b]!) : information(code[a]!, code[b]!));
  const order: number[] = [];
  const scores: number[] = [];
  while (order.length < k) {
    const score = x.map((_, j) => {
      if (order.includes(j)) return Number.NEGATIVE_INFINITY;
      if (order.length === 0) return relevance[j]!;
      if (scheme.endsWith("q")) return relevance[j]! / mean(order.map((s) => Math.max(0.001, redundancy(j, s))));
      return relevance[j]! - mean(order.map((s) => redundancy(j, s)));
    });
    const best = score.indexOf(Math.max(...score));
    order.push(best);
    scores.push(score[best]!);
  }
  return { order, scores };
}

describe("the same order as brute force", () => {
  const n = 50;
  const y = Array.from({ length: n }, (_, i) => (i * 7) % 3);
  const base = noise(n, 25, 4);
  const x = base.map((values, j) =>
    Array.from(values, (value, i) => Math.fround(value + 0.7 * base[(j * 3) % 25]![i]! + (j % 4 === 0 ? 0.8 * (y[i] === 1 ? 1 : 0) : 0))),
  );
  const counts = Array.from({ length: n }, (_, i) => (i * 5) % 4);
  const rows = counts.flatMap((count, i) => (count > 0 ? [i] : []));
  const thread = testThread(x, featureNames(25), classTarget(y));

  test.each(["fcq", "fcd", "mid", "miq"] as const)("%s, samples once and repeated", (scheme) => {
    const once = bruteForce(x, y, 12, scheme);
    const got = rank(mrmr, thread, { options: { scheme }, shared: { nFeatures: 12 } });
    expect(got.features).toEqual(once.order);
    got.scores.forEach((score, k) => {
      expectClose(score, once.scores[k]!, 1e-9, `score of step ${k + 1}`);
    });

    const repeat = <T>(values: readonly T[]) => values.flatMap((value, i) => new Array<T>(counts[i]!).fill(value));
    const samples = draw(
      rows,
      rows.map((i) => counts[i]!),
    );
    const drawn = rank(mrmr, thread, { options: { scheme }, shared: { nFeatures: 12 }, samples });
    expect(drawn.features).toEqual(bruteForce(x.map(repeat), repeat(y), 12, scheme).order);
  });
});

describe("edges", () => {
  test("what has no relevance is never taken, and why fewer came is said", () => {
    const y = [0, 0, 0, 1, 1, 1];
    const thread = testThread([[1, 1, 1, 1, 1, 1], [0, 1, 2, 3, 4, 5], new Array(6).fill(Number.NaN)], ["c", "x", "e"], classTarget(y));
    for (const scheme of ["fcq", "fcd", "mid", "miq"]) {
      const got = rank(mrmr, thread, { options: { scheme } });
      expect(got.features).toEqual([1]);
      expect(got.notes![0]).toContain("1 of 3 features");
    }
  });

  test("perfect separation gives finite scores, and the less redundant of such features first", () => {
    const y = [0, 0, 0, 0, 1, 1, 1, 1];
    const noisy = [1, 2, 1, 2, 3, 4, 3, 4];
    const thread = testThread([noisy, y, y.map((code) => 1 - code)], ["a", "b", "c"], classTarget(y));
    const got = rank(mrmr, thread);
    expect(got.features).toEqual([1, 0, 2]);
    expect([...got.scores, ...(got.statistics!.relevance as number[])].every(Number.isFinite)).toBe(true);
  });

  test("a number is cut like a feature for mutual information", () => {
    const thread = testThread(columns, featureNames(p), targets.regression);
    const got = rank(mrmr, thread, { options: { scheme: "mid" }, shared: { nFeatures: 1 } });
    const y = levels(expected.number);
    const relevance = columns.map((values) => information(levels(Array.from(values)), y));
    expectClose(got.scores[0]!, Math.max(...relevance), 1e-10, "first relevance");
  });
});

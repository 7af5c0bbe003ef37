import { describe, expect, test } from "vitest";
import { bestSplitReference } from "../../../kernels/src/reference/boost.ts";
import { classTarget, draw, featureNames, noise, testThread } from "../../test/thread.ts";
import { type TrainingPart, withTrainingPart } from "../part.ts";
import { viewOf } from "../part-view.ts";
import { Rng } from "../random.ts";
import { sortColumns } from "./boost-columns.ts";
import { type BoostGrowOptions, layOutBoostGrower } from "./boost-grower.ts";
import { type BoostedTree, childOf, leafOf } from "./boosted-tree.ts";

const n = 80;
const defaults: BoostGrowOptions = { maxDepth: 5, minChildWeight: 1, lambda: 1, alpha: 0, gamma: 0, eta: 1, maxBin: 1024 };

/** Distinct values, many ties, constant, two values, signed zeros, missing ones; the last column repeats the first. */
function columnsOf(missing: boolean): Float32Array[] {
  const columns = noise(n, 8, 5).map((values) => Float32Array.from(values));
  columns[1] = columns[1]!.map((v) => Math.round(v * 1.5));
  columns[2] = columns[2]!.map(() => 3);
  columns[3] = columns[3]!.map((v) => (v > 1 ? 1 : 0));
  columns[4] = columns[4]!.map((v) => (v > 0.5 ? 0 : v > 0 ? -0 : v));
  if (missing) for (const j of [1, 5]) columns[j] = columns[j]!.map((v, i) => ((i * 3 + j) % 7 === 0 ? Number.NaN : v));
  columns[7] = columns[0]!;
  return columns;
}

function onPart<T>(columns: Float32Array[], body: (part: TrainingPart) => T, rows = Array.from({ length: n }, (_, i) => i)): T {
  const y = Array.from({ length: columns[0]!.length }, (_, i) => i % 2);
  return withTrainingPart(testThread(columns, featureNames(columns.length), classTarget(y)), draw(rows), "median", body);
}

/** Derivatives that no two samples share, the second ones between 0.05 and 1. */
function fillPairs(pairs: Float64Array<ArrayBufferLike>): void {
  const rng = Rng.from(11);
  for (let i = 0; i < pairs.length / 2; i++) {
    pairs[2 * i] = 2 * rng.uniform() - 1;
    pairs[2 * i + 1] = 0.05 + 0.95 * rng.uniform();
  }
}

/** Samples of each node, by sending each down from the root. */
function samplesOf(tree: BoostedTree, rows: number[], columns: Float32Array[]): number[][] {
  const samples: number[][] = Array.from(tree.feature, () => []);
  rows.forEach((row, i) => {
    let node = 0;
    samples[0]!.push(i);
    while (tree.feature[node]! >= 0) {
      node = childOf(tree, node, columns[tree.feature[node]!]![row]!);
      samples[node]!.push(i);
    }
  });
  return samples;
}

describe("each split is the one that its twin finds", () => {
  const every = Array.from({ length: n }, (_, i) => i);
  const some = every.filter((i) => i % 4 !== 1);
  test.each([
    ["plain", false, every, {}],
    ["some rows", false, some, {}],
    ["missing values", true, every, {}],
    ["L1 and L2", true, some, { alpha: 0.4, lambda: 2.5 }],
    ["light children", true, every, { minChildWeight: 0, lambda: 0.1, maxDepth: 9 }],
    ["heavy children", false, every, { minChildWeight: 6 }],
  ] as const)("%s", (_, missing, rows, changed) => {
    const options = { ...defaults, ...changed };
    const columns = columnsOf(missing);
    onPart(
      columns,
      (part) => {
        const grower = layOutBoostGrower(viewOf(part), part.featureNames, options);
        fillPairs(grower.pairs);
        const all = Uint32Array.from({ length: part.m }, (_, i) => i);
        const tree = grower.grow(all, grower.columns.splittable);
        const samples = samplesOf(tree, [...rows], columns);
        let splits = 0;
        for (let node = 0; node < tree.feature.length; node++) {
          const ids = samples[node]!;
          if (tree.feature[node]! < 0) {
            for (const i of ids) expect(grower.leaves[i]).toBe(node);
            continue;
          }
          splits++;
          const twin = bestSplitReference({
            columns: columns.map((values) => ids.map((i) => values[rows[i]!]!)),
            g: ids.map((i) => grower.pairs[2 * i]!),
            h: ids.map((i) => grower.pairs[2 * i + 1]!),
            ...options,
          })!;
          expect(tree.gain[node]).toBeCloseTo(twin.gain, 6);
          expect(tree.feature[node]).toBe(twin.feature);
          expect(samples[tree.left[node]!]).toEqual(twin.left.map((k) => ids[k]!));
        }
        expect(splits).toBeGreaterThan(changed && "minChildWeight" in changed && changed.minChildWeight === 6 ? 1 : 5);
      },
      [...rows],
    );
  });
});

test("samples left out of a tree are sent to no leaf, and do not count", () => {
  const columns = columnsOf(false);
  onPart(columns, (part) => {
    const grower = layOutBoostGrower(viewOf(part), part.featureNames, defaults);
    fillPairs(grower.pairs);
    const drawn = Uint32Array.from({ length: 50 }, (_, i) => i + Math.floor(i / 2));
    const tree = grower.grow(drawn, grower.columns.splittable);
    const h = drawn.reduce((sum, i) => sum + grower.pairs[2 * i + 1]!, 0);
    expect(tree.cover[0]).toBeCloseTo(h, 10);
    const inside = new Set(drawn);
    for (let i = 0; i < n; i++) {
      expect(grower.leaves[i]).toBe(inside.has(i) ? leafOf(tree, (j) => columns[j]![i]!) : 0xffffffff);
    }
    for (let i = 0; i < n; i++) if (!inside.has(i)) grower.pairs[2 * i] = 1e6;
    expect(grower.grow(drawn, grower.columns.splittable)).toEqual(tree);
  });
});

test("gamma and depth bound a tree", () => {
  onPart(columnsOf(false), (part) => {
    const grown = (changed: Partial<BoostGrowOptions>) => {
      const grower = layOutBoostGrower(viewOf(part), part.featureNames, { ...defaults, ...changed });
      fillPairs(grower.pairs);
      return grower.grow(
        Uint32Array.from({ length: n }, (_, i) => i),
        grower.columns.splittable,
      );
    };
    expect(grown({ maxDepth: 1 }).feature).toHaveLength(3);
    const gains = grown({}).gain.filter((gain) => gain > 0);
    const middle = [...gains].sort((a, b) => a - b)[gains.length >> 1]!;
    const bounded = grown({ gamma: middle }).gain.filter((gain) => gain > 0);
    expect(bounded.length).toBeLessThan(gains.length);
    expect(Math.min(...bounded)).toBeGreaterThanOrEqual(middle);
  });
});

test("columns of more values than bins are cut into bins of nearly equally many samples, ties kept whole", () => {
  const columns = [noise(n, 1, 2)[0]!, noise(n, 1, 3)[0]!.map((v) => Math.round(v))].map((values) => Float32Array.from(values));
  onPart(columns, (part) => {
    const sorted = sortColumns(viewOf(part), part.featureNames, 10);
    const bins = [...sorted.bins(0)];
    const sizes = Array.from({ length: 10 }, (_, b) => bins.filter((bin) => bin === b + 1).length);
    expect(sizes).toEqual(Array(10).fill(8));
    const order = Array.from(columns[0]!.keys()).sort((a, b) => columns[0]![a]! - columns[0]![b]!);
    expect(order.map((i) => bins[i]!)).toEqual([...bins].sort((a, b) => a - b));
    const distinct = [...new Set(columns[1])].sort((a, b) => a - b);
    expect([...sorted.bins(1)]).toEqual(Array.from(columns[1]!, (v) => distinct.indexOf(v) + 1));
  });
});

test("more than 32,768 samples: entries of 32 bits give the same tree as of 16", () => {
  const many = 33_000;
  const short = noise(30, 3, 4).map((values) => Float32Array.from(values));
  const long = short.map((values) => Float32Array.from({ length: many }, (_, i) => values[i % 30]!));
  const grown = (columns: Float32Array[], rows: number, scale: number) =>
    onPart(
      columns,
      (part) => {
        const grower = layOutBoostGrower(viewOf(part), part.featureNames, { ...defaults, lambda: 0, minChildWeight: 3 * scale });
        expect(grower.columns.wide).toBe(rows > 32_768);
        for (let i = 0; i < rows; i++) {
          grower.pairs[2 * i] = ((i % 30) * 7) % 11 < 5 ? -1 : 1;
          grower.pairs[2 * i + 1] = 1;
        }
        return grower.grow(
          Uint32Array.from({ length: rows }, (_, i) => i),
          grower.columns.splittable,
        );
      },
      Array.from({ length: rows }, (_, i) => i),
    );
  const small = grown(short, 30, 1);
  const large = grown(long, many, many / 30);
  expect([...large.feature]).toEqual([...small.feature]);
  expect([...large.threshold]).toEqual([...small.threshold]);
  expect(small.feature.length).toBeGreaterThan(3);
});

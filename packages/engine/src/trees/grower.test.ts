import { describe, expect, it } from "vitest";
import { denseRanksReference, growTreeReference, type ReferenceTree } from "../../../kernels/src/reference/forest.ts";
import { classTarget, draw, featureNames, noise, testThread } from "../../test/thread.ts";
import { type Draw, withTrainingPart } from "../part.ts";
import { viewOf } from "../part-view.ts";
import { Rng } from "../random.ts";
import type { Target } from "../target.ts";
import { type GrowOptions, layOutGrower, ticketsOf, weightsOf } from "./grower.ts";
import { prepareRanks } from "./ranks.ts";

const defaults: GrowOptions = { mtry: 3, minNodeSize: 1, maxDepth: undefined, classWeight: false, shadows: false };

/** Columns of all kinds: distinct values, many ties, constant, two values, signed zeros, near-equal floats. */
function mixedColumns(n: number, seed = 1): Float32Array[] {
  const columns = noise(n, 9, seed).map((values) => Float32Array.from(values));
  for (const j of [1, 4]) columns[j] = columns[j]!.map((v) => Math.round(v * 1.5));
  columns[2] = columns[2]!.map(() => 3);
  columns[3] = columns[3]!.map((v) => (v > 1 ? 1 : 0));
  columns[5] = columns[5]!.map((v) => (v > 0.5 ? 0 : v > 0 ? -0 : v));
  columns[6] = columns[6]!.map((v) => (v > 0 ? 1 : Math.fround(1 + 2 ** -23)));
  return columns;
}

interface Case {
  columns: Float32Array[];
  target: Target;
  samples: Draw;
  options: GrowOptions;
}

/** The kernel's trees and the twin's of the same streams. */
function bothTrees({ columns, target, samples, options }: Case, trees = 8): [ReferenceTree, ReferenceTree][] {
  const thread = testThread(columns, featureNames(columns.length), target);
  return withTrainingPart(thread, samples, "none", (part) => {
    const grower = layOutGrower(part, viewOf(part), options, Rng.from(5));
    const shadowRows = Rng.from(5).child("shadows").shuffle(Uint32Array.from(samples.rows));
    return Array.from({ length: trees }, (_, t) => {
      const rng = Rng.from(9, "tree", t);
      const tree = grower.grow(Rng.from(9, "tree", t));
      const twin = growTreeReference({
        columns,
        rows: samples.rows,
        ...(options.shadows ? { shadowRows } : {}),
        tickets: ticketsOf(part.counts),
        y: (part.target as { y: ArrayLike<number> }).y,
        weights: weightsOf(part, options),
        classes: part.target.task === "regression" ? 0 : (part.target as { classes: readonly string[] }).classes.length,
        mtry: options.mtry,
        minNodeSize: options.minNodeSize,
        maxDepth: options.maxDepth ?? Number.POSITIVE_INFINITY,
        below: (bound) => rng.below(bound),
      });
      const arrays = { feature: [...tree.feature], left: [...tree.left], threshold: [...tree.threshold] };
      return [{ ...arrays, gain: [...tree.gain], value: [...tree.value], leaves: [...grower.leaves] }, twin];
    });
  });
}

const n = 90;
const codes = (k: number) => Rng.from(3).shuffle(Int32Array.from({ length: n }, (_, i) => i % k));
const response: Target = { task: "regression", y: noise(n, 1, 8)[0]!.map((v) => Math.round(v * 4) / 3) };
const bootstrap = draw(
  Array.from({ length: 60 }, (_, i) => i + (i >> 2)),
  Array.from({ length: 60 }, (_, i) => 1 + (i % 3)),
);

describe("growTree", () => {
  const cases: Record<string, Partial<Case>> = {
    "two classes": {},
    "two classes of unequal weight": {
      target: classTarget(codes(7).map((k) => (k > 1 ? 1 : 0))),
      options: { ...defaults, classWeight: true },
    },
    "four classes": { target: classTarget(codes(4)) },
    "three classes, weighted": { target: classTarget(codes(5).map((k) => Math.min(k, 2))), options: { ...defaults, classWeight: true } },
    regression: { target: response, options: { ...defaults, minNodeSize: 5 } },
    "multiplicities, part of the samples": { samples: bootstrap },
    "regression with multiplicities": { target: response, samples: bootstrap },
    shadows: { options: { ...defaults, mtry: 7, shadows: true } },
    "stopped at depth 2": { options: { ...defaults, maxDepth: 2 } },
    "every feature at every node": { options: { ...defaults, mtry: 9, minNodeSize: 10 } },
  };
  it.each(Object.entries(cases))("grows the twin's trees: %s", (_, changes) => {
    const request: Case = { columns: mixedColumns(n), target: classTarget(codes(2)), samples: draw(n), options: defaults, ...changes };
    const pairs = bothTrees(request);
    expect(pairs.some(([tree]) => tree.feature.length > 5)).toBe(true);
    for (const [tree, twin] of pairs) expect(tree).toEqual(twin);
  });

  it("grows the twin's tree in nodes of a thousand records", () => {
    const many = 1500;
    const columns = noise(many, 3, 4).map((values) => Float32Array.from(values));
    const target = classTarget(Int32Array.from({ length: many }, (_, i) => (columns[0]![i]! > 0.3 !== columns[1]![i]! > 0 ? 1 : 0)));
    for (const [tree, twin] of bothTrees({ columns, target, samples: draw(many), options: { ...defaults, mtry: 2 } }, 1)) {
      expect(tree).toEqual(twin);
    }
  });

  it("grows the twin's trees where ranks need 32 bits", () => {
    const many = 65_600;
    const rows = Array.from({ length: 150 }, (_, i) => i * 437);
    const columns = noise(many, 2, 6).map((values) => Float32Array.from(values));
    const target = classTarget(Int32Array.from({ length: many }, (_, i) => Math.floor(i / 437) % 2));
    for (const [tree, twin] of bothTrees({ columns, target, samples: draw(rows), options: { ...defaults, mtry: 1 } }, 1)) {
      expect(tree.feature.length).toBeGreaterThan(20);
      expect(tree).toEqual(twin);
    }
  });
});

describe("random numbers and ranks of the kernels", () => {
  const thread = testThread(mixedColumns(70), featureNames(9), classTarget(new Int32Array(70).map((_, i) => i % 2)));
  const { kernels, arena, matrix } = thread;

  it("draws the words of the engine's streams", () => {
    const rng = Rng.from(2 ** 40 + 17, "words");
    const bounded = rng.child("below");
    const state = arena.alloc(32);
    kernels.randomSeed(state, rng.key[0], rng.key[1]);
    expect(Array.from({ length: 50 }, () => kernels.randomWord(state) >>> 0)).toEqual(Array.from({ length: 50 }, () => rng.uint32()));
    const bounds = [1, 2, 3, 143, 20531, 3_000_000_000, 2 ** 31 + 1].flatMap((bound) => Array<number>(20).fill(bound));
    kernels.randomSeed(state, bounded.key[0], bounded.key[1]);
    expect(bounds.map((bound) => kernels.randomBelow(state, bound) >>> 0)).toEqual(bounds.map((bound) => bounded.below(bound)));
  });

  it("ranks values densely, ties alike, in 16 and in 32 bits", () => {
    const scratch = arena.alloc(16 * matrix.n + 4096);
    mixedColumns(70).forEach((values, j) => {
      const expected = denseRanksReference(values);
      for (const [wide, Kind] of [
        [0, Uint16Array],
        [1, Uint32Array],
      ] as const) {
        const out = arena.alloc(4 * matrix.n);
        const distinct = kernels.denseRanks(matrix.x + 4 * matrix.stride * j, matrix.n, out, wide, scratch);
        expect([...new Kind(matrix.memory.buffer, out, matrix.n)]).toEqual(expected);
        expect(distinct).toBe(Math.max(...expected) + 1);
      }
    });
  });

  it("finds the same trees on ranks that were prepared", () => {
    const grown = () =>
      withTrainingPart(thread, draw(matrix.n), "none", (part) => {
        const tree = layOutGrower(part, viewOf(part), defaults, Rng.from(1)).grow(Rng.from(4));
        return [[...tree.feature], [...tree.threshold]];
      });
    const before = grown();
    const room = arena.free;
    prepareRanks(thread);
    expect(arena.free).toBeLessThan(room);
    expect(grown()).toEqual(before);
  });
});

import { describe, expect, test } from "vitest";
import { Rng } from "../random.ts";
import type { Target } from "../target.ts";

type ClassTarget = Extract<Target, { classes: unknown }>;

import { type Objective, objectiveOf } from "./boost-objective.ts";

const n = 12;
const weights = Float64Array.from({ length: n }, (_, i) => 1 + (i % 3));
const codes = (k: number) => Int32Array.from({ length: n }, (_, i) => (i * 5) % k);
const targets: [string, Target, number][] = [
  ["logistic", { task: "binary", classes: ["a", "b"], y: codes(2) }, 1],
  ["softmax", { task: "multiclass", classes: ["a", "b", "c"], y: codes(3) }, 2],
  ["squared error", { task: "regression", y: Float64Array.from({ length: n }, (_, i) => (i % 5) - 1.3) }, 1],
  // pairs of tied times, of events and of events with censored ones
  [
    "Cox",
    {
      task: "survival",
      time: Float64Array.from({ length: n }, (_, i) => 1 + (i >> 1)),
      event: Uint8Array.from({ length: n }, (_, i) => (i % 3 ? 1 : 0)),
    },
    1,
  ],
];

function marginsOf(objective: Objective): Float64Array {
  const rng = Rng.from(3);
  return Float64Array.from({ length: n * objective.width }, () => 3 * rng.uniform() - 1.5);
}

function derivativesOf(objective: Objective, margins: Float64Array): { g: number[]; h: number[] } {
  const pairs = new Float64Array(2 * n);
  const g: number[] = [];
  const h: number[] = [];
  for (let k = 0; k < objective.width; k++) {
    objective.derivatives(margins, k, pairs);
    for (let i = 0; i < n; i++) {
      g[i * objective.width + k] = pairs[2 * i]!;
      h[i * objective.width + k] = pairs[2 * i + 1]!;
    }
  }
  return { g, h };
}

describe.each(targets)("%s", (name, target, doubled) => {
  const objective = objectiveOf(target, weights, null);
  const margins = marginsOf(objective);
  // losses are means: by weight, of events for Cox, and twice the half square
  const events = target.task === "survival" ? target.event.reduce((s, e, i) => s + e * weights[i]!, 0) : 0;
  const total = name === "Cox" ? events : weights.reduce((a, b) => a + b, 0) / (name === "squared error" ? 2 : 1);

  test("derivatives are those of the loss", () => {
    const { g, h } = derivativesOf(objective, margins);
    const step = 1e-4;
    for (let at = 0; at < margins.length; at++) {
      const moved = (by: number) => objective.loss(margins.map((m, k) => (k === at ? m + by : m))) * total;
      const [before, here, after] = [moved(-step), moved(0), moved(step)];
      expect(g[at]).toBeCloseTo((after - before) / (2 * step), 5);
      // Cox: copies of a sample have a margin each, so that only of one without copies the curvature is the loss's own
      if (name === "Cox" && weights[at] !== 1) continue;
      expect(h[at]).toBeCloseTo((doubled * (after - 2 * here + before)) / (step * step), 4);
    }
  });

  test("a sample of weight 2 is two samples", () => {
    const twice = Array.from({ length: n }, (_, i) => Array<number>(weights[i]!).fill(i)).flat();
    const pick = <T extends ArrayLike<number>>(values: T) => twice.map((i) => values[i]!);
    const apart: Target =
      target.task === "survival"
        ? { task: "survival", time: Float64Array.from(pick(target.time)), event: Uint8Array.from(pick(target.event)) }
        : target.task === "regression"
          ? { task: "regression", y: Float64Array.from(pick(target.y)) }
          : { ...(target as ClassTarget), y: Int32Array.from(pick((target as ClassTarget).y)) };
    const single = objectiveOf(apart, new Float64Array(twice.length).fill(1), null);
    const spread = twice.flatMap((i) => Array.from({ length: objective.width }, (_, k) => margins[i * objective.width + k]!));
    expect(single.loss(Float64Array.from(spread))).toBeCloseTo(objective.loss(margins), 12);
    expect([...single.base].every((value, k) => Math.abs(value - objective.base[k]!) < 1e-12)).toBe(true);
    const { g, h } = derivativesOf(objective, margins);
    const pairs = new Float64Array(2 * twice.length);
    single.derivatives(Float64Array.from(spread), 0, pairs);
    for (let i = 0; i < n; i++) {
      const copies = (which: number) => twice.reduce((sum, sample, k) => sum + (sample === i ? pairs[2 * k + which]! : 0), 0);
      expect(copies(0)).toBeCloseTo(g[i * objective.width]!, 12);
      expect(copies(1)).toBeCloseTo(h[i * objective.width]!, 12);
    }
  });
});

test("margins of any size leave loss and derivatives finite", () => {
  for (const [, target] of targets) {
    const objective = objectiveOf(target, weights, null);
    const far = marginsOf(objective).map((m) => 1000 * m);
    const { g, h } = derivativesOf(objective, far);
    expect([...g, ...h, objective.loss(far)].every(Number.isFinite)).toBe(true);
    expect(h.every((value) => value >= 0)).toBe(true);
  }
});

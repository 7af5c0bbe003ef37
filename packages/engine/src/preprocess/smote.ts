import type { Draw } from "../part.ts";
import type { Rng } from "../random.ts";
import { type ClassTarget, ticketsOf } from "./balance.ts";

/** Neighbours of a sample among those of its class, from which one is drawn. */
const NEIGHBOURS = 5;

/** Samples to be made: number t lies at `parent + share (neighbour - parent)`. */
export interface Synthetic {
  /** places in `draw.rows` */
  readonly parent: Int32Array;
  readonly neighbour: Int32Array;
  /** uniform on [0, 1) */
  readonly share: Float64Array;
  /** class codes */
  readonly y: Int32Array;
  /** classes too small by one sample: nothing lies between a sample and itself */
  readonly passedOver: readonly string[];
}

/**
 * Synthetic minority oversampling: each smaller class grows to the size of the largest. A parent is drawn as often as it stands in
 * the draw; its neighbours are the five nearest other samples of its class (fewer where there are fewer), ties by their order.
 *
 * @param target           of the rows of the draw, in their order
 * @param squaredDistance  of two places in `draw.rows`
 * Cost O(sum over smaller classes of m_k² log m_k).
 * Source: Chawla, Bowyer, Hall & Kegelmeyer 2002, J Artif Intell Res 16:321.
 */
export function smote(target: ClassTarget, draw: Draw, squaredDistance: (a: number, b: number) => number, rng: Rng): Synthetic {
  const { places, most } = ticketsOf(target.classes.length, target.y, draw);
  const made: { parent: number; neighbour: number; share: number; y: number }[] = [];
  const passedOver: string[] = [];
  places.forEach((tickets, code) => {
    if (tickets.length === 0 || tickets.length === most) return;
    const members = [...new Set(tickets)];
    if (members.length < 2) {
      passedOver.push(target.classes[code]!);
      return;
    }
    const stream = rng.child("smote", code);
    const near = new Map(members.map((a) => [a, nearest(a, members, squaredDistance)]));
    for (let s = tickets.length; s < most; s++) {
      const parent = tickets[stream.below(tickets.length)]!;
      const around = near.get(parent)!;
      made.push({ parent, neighbour: around[stream.below(around.length)]!, share: stream.uniform(), y: code });
    }
  });
  return {
    parent: Int32Array.from(made, ({ parent }) => parent),
    neighbour: Int32Array.from(made, ({ neighbour }) => neighbour),
    share: Float64Array.from(made, ({ share }) => share),
    y: Int32Array.from(made, ({ y }) => y),
    passedOver,
  };
}

function nearest(a: number, members: readonly number[], squaredDistance: (a: number, b: number) => number): number[] {
  return members
    .filter((b) => b !== a)
    .map((b) => ({ b, distance: squaredDistance(a, b) }))
    .sort((one, other) => one.distance - other.distance || one.b - other.b)
    .slice(0, NEIGHBOURS)
    .map(({ b }) => b);
}

/** A synthetic value; not a number where either of the two has none. */
export function between(values: ArrayLike<number>, { parent, neighbour, share }: Synthetic, t: number): number {
  const from = values[parent[t]!]!;
  return from + share[t]! * (values[neighbour[t]!]! - from);
}

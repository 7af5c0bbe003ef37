import exp from "@stdlib/math-base-special-exp";
import type { TrainingPart } from "../part.ts";
import type { LabelledTarget } from "../target.ts";
import { manhattanDistances, type Ranges } from "./manhattan.ts";

/*
 * The weights of ReliefF and RReliefF are sums over pairs of an instance i and one of its neighbours j:
 *
 *   W[A] = sum_(i, j) coefficient_ij |x_iA - x_jA| / range_A
 *
 * Classes (Kononenko 1994), k nearest of its own class (hits) and of each other class (misses), P the class frequencies:
 *   hit     -d_ij / m
 *   miss     d_ij / m  P(class j) / (1 - P(class i))
 * A number (Robnik-Sikonja & Kononenko 2003, RReliefF), k nearest, t = |y_i - y_j| / range of y, T = sum t d_ij over the pairs:
 *            d_ij (t / T - (1 - t) / (m - T))
 *
 * d_ij is the influence of a neighbour: 1 / k, or exp(-(rank / sigma)^2), both scaled to sum 1 over the neighbours at hand (fewer
 * than k where a class has no more). Distances equal to float32 are ties, broken by the order of the samples.
 *
 * A sample that was drawn c times is c instances (m and P count it c times), but one neighbour; it is never its own.
 */

export interface ReliefSettings {
  readonly k: number;
  readonly weighting: "equal" | "rank";
  /** ranks, used by `rank` only */
  readonly sigma: number;
}

/** Pairs of positions in the part, with their coefficients. */
export interface ReliefPairs {
  readonly instance: Uint32Array;
  readonly neighbour: Uint32Array;
  readonly coefficient: Float64Array;
}

/** Undefined where no pair tells anything: one class, or a number that does not differ between neighbours. */
export function reliefPairs(
  train: TrainingPart,
  target: LabelledTarget,
  ranges: Ranges,
  instances: Uint32Array,
  settings: ReliefSettings,
): ReliefPairs | undefined {
  const pairs = new PairList();
  const influence = influences(settings, train.m);
  const rule = target.task === "regression" ? numberRule(train, target.y) : classRule(train, target.y, target.classes.length);
  const nearest = new Nearest(settings.k, train.m);
  manhattanDistances(train, ranges, instances, (i, distances) => {
    for (const group of rule.groups(i)) {
      const found = nearest.of(distances, group.samples, i);
      const share = group.weight / influence.sums[found.length]!;
      for (let r = 0; r < found.length; r++) pairs.add(i, found[r]!, share * influence.of[r]!);
    }
  });
  return rule.finish(pairs, instances);
}

/** Among which samples an instance looks for neighbours, and the sign and size of their coefficients. */
interface Group {
  readonly samples: ArrayLike<number>;
  readonly weight: number;
}

interface Rule {
  groups(instance: number): Group[];
  finish(pairs: PairList, instances: Uint32Array): ReliefPairs | undefined;
}

function classRule(train: TrainingPart, y: Int32Array, classes: number): Rule {
  const { counts } = train;
  const members: number[][] = Array.from({ length: classes }, () => []);
  const drawn = new Float64Array(classes);
  for (let i = 0; i < train.m; i++) {
    members[y[i]!]!.push(i);
    drawn[y[i]!]! += counts[i]!;
  }
  const all = drawn.reduce((a, b) => a + b, 0);
  return {
    groups: (i) => {
      const own = y[i]!;
      return members.map((samples, c) => ({
        samples,
        weight: c === own ? -counts[i]! : (counts[i]! * drawn[c]!) / (all - drawn[own]!),
      }));
    },
    finish: (pairs, instances) => {
      if (drawn.filter((count) => count > 0).length < 2) return undefined;
      const m = instances.reduce((sum, i) => sum + counts[i]!, 0);
      return pairs.finish((_i, _j, weight) => weight / m);
    },
  };
}

function numberRule(train: TrainingPart, y: Float64Array): Rule {
  const { counts } = train;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of y) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const apart = (i: number, j: number) => Math.abs(y[i]! - y[j]!) / (most - least);
  const everyone = Uint32Array.from({ length: train.m }, (_, i) => i);
  return {
    groups: (i) => [{ samples: everyone, weight: counts[i]! }],
    finish: (pairs, instances) => {
      if (!(most > least)) return undefined;
      const m = instances.reduce((sum, i) => sum + counts[i]!, 0);
      const total = pairs.sum((i, j, weight) => weight * apart(i, j));
      if (!(total > 0)) return undefined;
      const rest = m - total;
      return pairs.finish((i, j, weight) => {
        const t = apart(i, j);
        return weight * (t / total - (rest > 0 ? (1 - t) / rest : 0));
      });
    },
  };
}

/** Influence of the neighbours in order of distance, and its sums over the first r of them. */
function influences({ k, weighting, sigma }: ReliefSettings, m: number): { of: Float64Array; sums: Float64Array } {
  const length = Math.min(k, m);
  const of = Float64Array.from({ length }, (_, r) => (weighting === "equal" ? 1 : exp(-(((r + 1) / sigma) ** 2))));
  const sums = new Float64Array(length + 1);
  for (let r = 0; r < length; r++) sums[r + 1] = sums[r]! + of[r]!;
  return { of, sums };
}

/** The k nearest of some samples. */
class Nearest {
  readonly #k: number;
  readonly #found: Uint32Array;
  readonly #distance: Float32Array;

  constructor(k: number, m: number) {
    this.#k = Math.min(k, m);
    this.#found = new Uint32Array(this.#k);
    this.#distance = new Float32Array(this.#k);
  }

  /** Nearest first, at most k, `self` left out; valid until the next call. @param samples  ascending */
  of(distances: Float64Array, samples: ArrayLike<number>, self: number): Uint32Array {
    let n = 0;
    for (let s = 0; s < samples.length; s++) {
      const j = samples[s]!;
      if (j === self) continue;
      const distance = Math.fround(distances[j]!);
      if (n === this.#k && distance >= this.#distance[n - 1]!) continue;
      let place = n < this.#k ? n++ : n - 1;
      for (; place > 0 && this.#distance[place - 1]! > distance; place--) {
        this.#distance[place] = this.#distance[place - 1]!;
        this.#found[place] = this.#found[place - 1]!;
      }
      this.#distance[place] = distance;
      this.#found[place] = j;
    }
    return this.#found.subarray(0, n);
  }
}

class PairList {
  readonly #instance: number[] = [];
  readonly #neighbour: number[] = [];
  readonly #weight: number[] = [];

  add(instance: number, neighbour: number, weight: number): void {
    this.#instance.push(instance);
    this.#neighbour.push(neighbour);
    this.#weight.push(weight);
  }

  sum(term: (i: number, j: number, weight: number) => number): number {
    return this.#weight.reduce((sum, weight, k) => sum + term(this.#instance[k]!, this.#neighbour[k]!, weight), 0);
  }

  finish(coefficient: (i: number, j: number, weight: number) => number): ReliefPairs {
    return {
      instance: Uint32Array.from(this.#instance),
      neighbour: Uint32Array.from(this.#neighbour),
      coefficient: Float64Array.from(this.#weight, (weight, k) => coefficient(this.#instance[k]!, this.#neighbour[k]!, weight)),
    };
  }
}

/** W[A] of one feature. @param column  m values  @param range  above 0 */
export function pairWeight({ instance, neighbour, coefficient }: ReliefPairs, column: Float64Array, range: number): number {
  let sum = 0;
  for (let k = 0; k < coefficient.length; k++) sum += coefficient[k]! * Math.abs(column[instance[k]!]! - column[neighbour[k]!]!);
  return sum / range;
}

import type { ElasticNet } from "../penalties/elastic-net.ts";
import type { Block } from "./block.ts";
import type { Loss } from "./losses.ts";

/** Rounds that one extrapolation looks back on. */
const DEPTH = 5;

type Part = Pick<Block, "list" | "beta" | "penalty">;
type Standing = Pick<Loss, "eta" | "evaluate">;

/** A model between two rounds: coefficients of each block's listed features, and the predictors that they give. */
interface Iterate {
  readonly beta: readonly Float64Array[];
  readonly eta: readonly Float64Array[];
}

/**
 * Anderson extrapolation of the rounds of a block-wise descent. Near the solution each round repeats the last one's move, a
 * little shorter: with moves d_i = x_i+1 - x_i, the point
 *
 *   sum c_i x_i+1,  c minimising ||sum c_i d_i|| with sum c_i = 1
 *
 * is where the last rounds were going. It is taken only where the objective is lower there. Predictors are linear in the
 * model, so that no column is read.
 *
 * Source: Bertrand & Massias 2021, Anderson acceleration of coordinate descent, AISTATS.
 */
export class Anderson {
  readonly #blocks: readonly Part[];
  readonly #loss: Standing;
  readonly #n: number;
  #iterates: Iterate[] = [];

  /** @param n  rows of the predictors */
  constructor(blocks: readonly Part[], loss: Standing, n: number) {
    this.#blocks = blocks;
    this.#loss = loss;
    this.#n = n;
  }

  /** Forgets the rounds so far: another problem is solved from here on, or other features are worked on. */
  reset(): void {
    this.#iterates = [];
  }

  /**
   * Remembers the model after a round, and after every fifth one tries the extrapolated one.
   *
   * @param loss  at the model; the loss stands there
   * @returns the loss where the model stands now
   */
  afterRound(penalty: ElasticNet, loss: number): number {
    if (this.#iterates.length > 0 && this.#listsHaveGrown()) this.reset();
    const now = this.#snapshot();
    this.#iterates.push(now);
    if (this.#iterates.length <= DEPTH) return loss;
    const extrapolated = this.#extrapolated();
    this.reset();
    if (extrapolated === undefined) return loss;
    const value = loss + this.#penalty(penalty);
    this.#restore(extrapolated);
    const tried = this.#loss.evaluate();
    if (tried + this.#penalty(penalty) < value) return tried;
    this.#restore(now);
    return this.#loss.evaluate();
  }

  #listsHaveGrown(): boolean {
    const { beta } = this.#iterates[0]!;
    return this.#blocks.some((block, b) => block.list.length !== beta[b]!.length);
  }

  #snapshot(): Iterate {
    return {
      beta: this.#blocks.map((block) => Float64Array.from(block.list, (j) => block.beta[j]!)),
      eta: this.#loss.eta.map((eta) => eta.slice(0, this.#n)),
    };
  }

  #restore({ beta, eta }: Iterate): void {
    this.#blocks.forEach((block, b) => {
      block.list.forEach((j, i) => {
        block.beta[j] = beta[b]![i]!;
      });
    });
    this.#loss.eta.forEach((values, b) => {
      values.set(eta[b]!);
    });
  }

  #penalty(penalty: ElasticNet): number {
    return this.#blocks.reduce((sum, block) => sum + block.penalty(penalty), 0);
  }

  /** Undefined where the moves tell nothing. */
  #extrapolated(): Iterate | undefined {
    const points = this.#iterates.map(({ beta }) => beta);
    const c = weightsOf(gramOfMoves(points));
    if (c === undefined) return undefined;
    const ends = this.#iterates.slice(1);
    return {
      beta: this.#blocks.map((_, b) =>
        combine(
          c,
          ends.map(({ beta }) => beta[b]!),
        ),
      ),
      eta: this.#blocks.map((_, b) =>
        combine(
          c,
          ends.map(({ eta }) => eta[b]!),
        ),
      ),
    };
  }
}

function combine(c: Float64Array, vectors: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(vectors[0]!.length);
  for (let i = 0; i < out.length; i++) for (let k = 0; k < c.length; k++) out[i]! += c[k]! * vectors[k]![i]!;
  return out;
}

/** d_i'd_k of the moves between the points, over all blocks. */
function gramOfMoves(points: readonly (readonly Float64Array[])[]): Float64Array[] {
  const moves = points.slice(1).map((point, i) => point.map((values, b) => values.map((value, j) => value - points[i]![b]![j]!)));
  const gram = moves.map(() => new Float64Array(moves.length));
  for (let i = 0; i < moves.length; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = 0;
      moves[i]!.forEach((values, b) => {
        const other = moves[k]![b]!;
        for (let j = 0; j < values.length; j++) sum += values[j]! * other[j]!;
      });
      gram[i]![k] = sum;
      gram[k]![i] = sum;
    }
  }
  return gram;
}

/** c = G^-1 1 / 1'G^-1 1 by Gaussian elimination, G made regular by a small ridge; undefined where nothing moved. */
function weightsOf(gram: readonly Float64Array[]): Float64Array | undefined {
  const K = gram.length;
  let trace = 0;
  for (let i = 0; i < K; i++) trace += gram[i]![i]!;
  if (!(trace > 0)) return undefined;
  for (let i = 0; i < K; i++) gram[i]![i]! += RIDGE * trace;
  const z = new Float64Array(K).fill(1);
  for (let k = 0; k < K; k++) {
    for (let i = k + 1; i < K; i++) {
      const factor = gram[i]![k]! / gram[k]![k]!;
      for (let j = k; j < K; j++) gram[i]![j]! -= factor * gram[k]![j]!;
      z[i]! -= factor * z[k]!;
    }
  }
  for (let k = K - 1; k >= 0; k--) {
    for (let j = k + 1; j < K; j++) z[k]! -= gram[k]![j]! * z[j]!;
    z[k]! /= gram[k]![k]!;
  }
  const sum = z.reduce((a, b) => a + b, 0);
  return sum > 0 && sum < Number.MAX_VALUE ? z.map((value) => value / sum) : undefined;
}

const RIDGE = 1e-12;

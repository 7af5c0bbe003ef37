import { type ElasticNet, penaltyOf, violationOf } from "../penalties/elastic-net.ts";
import type { Design } from "./design.ts";
import { GradientBounds } from "./gradient-bounds.ts";
import type { Loss } from "./losses.ts";

/**
 * One linear predictor of a model: its coefficients, and the features it works on (the rest are 0); columns behind the features
 * (covariates) are always worked on, without a penalty.
 * Coefficients are on the scale of the design's columns.
 */
export class Block {
  readonly beta: Float64Array;
  readonly bounds: GradientBounds;
  readonly #design: Design;
  readonly #loss: Loss;
  readonly #index: number;
  readonly #list: Uint32Array;
  #count = 0;
  readonly #listed: Uint8Array;
  readonly #previous: Float64Array;
  readonly #before: Float64Array;
  readonly #saved: Float64Array;
  readonly #mean: Float64Array;
  readonly #curvature: Float64Array;
  readonly #gradient: Float64Array;
  /** the residual made to sum to 0, and the working residual of the descent */
  readonly #centred: Float64Array;
  readonly #r: Float64Array;
  readonly #direction: Float64Array;

  constructor(design: Design, loss: Loss, index: number, references: number) {
    const { arena, stride } = design.view;
    const p = design.columns;
    this.#design = design;
    this.#loss = loss;
    this.#index = index;
    this.bounds = new GradientBounds(design, references);
    this.#list = arena.u32(p);
    this.#listed = new Uint8Array(p);
    this.beta = arena.f64(p);
    this.#previous = arena.f64(p);
    this.#before = arena.f64(p);
    this.#saved = arena.f64(p);
    this.#mean = arena.f64(p);
    this.#curvature = arena.f64(p);
    this.#gradient = arena.f64(p);
    this.#centred = arena.f64(stride);
    this.#r = arena.f64(stride);
    this.#direction = arena.f64(stride);
    this.#addCovariates();
  }

  /** Features worked on. */
  get list(): Uint32Array {
    return this.#list.subarray(0, this.#count);
  }

  add(features: ArrayLike<number>): number {
    const before = this.#count;
    for (let i = 0; i < features.length; i++) {
      const j = features[i]!;
      if (this.#listed[j] === 1 || this.#design.inverse[j] === 0) continue;
      this.#listed[j] = 1;
      this.#list[this.#count++] = j;
    }
    return this.#count - before;
  }

  #addCovariates(): void {
    const { view, columns } = this.#design;
    this.add(Uint32Array.from({ length: columns - view.p }, (_, k) => view.p + k));
  }

  /** Works on the features that are not 0, then those whose last known gradient is above `bound` (the sequential strong rule). */
  restart(bound: number): void {
    const support = this.list.filter((j) => this.beta[j] !== 0);
    for (const j of this.list) this.#listed[j] = 0;
    this.#count = 0;
    this.#addCovariates();
    this.add(support);
    this.add(this.bounds.lastAbove(bound));
  }

  /**
   * Goes on in a straight line from the solution before the last through the last one: between two lambdas coefficients
   * move almost linearly (exactly so for the Gaussian lasso while the support stays). A sign is never changed.
   *
   * @param share  length of the coming step in lambda over that of the last one
   */
  extrapolate(share: number): void {
    const { inverse, centre } = this.#design;
    const delta = this.#gradient;
    for (const j of this.list) {
      const b = this.beta[j]!;
      const step = this.#previous[j] === 0 ? 0 : share * (b - this.#previous[j]!);
      delta[j] = (b + step) * b > 0 ? step : 0;
      this.#previous[j] = b;
      this.beta[j] = b + delta[j]!;
    }
    const moved = this.list.filter((j) => delta[j] !== 0);
    addColumns(this.#design, moved, delta, centre, inverse, this.#loss.eta[this.#index]!);
  }

  /** The penalty of one column's coefficient. */
  penaltyAt(penalty: ElasticNet, j: number): ElasticNet {
    return j < this.#design.view.p ? penalty : NONE;
  }

  penalty(penalty: ElasticNet): number {
    let sum = 0;
    for (let k = 0; k < this.#count; k++) sum += penaltyOf(this.penaltyAt(penalty, this.#list[k]!), this.beta[this.#list[k]!]!);
    return sum;
  }

  /** Largest breach of the optimality conditions, of the intercept's and of the listed features', at the loss's last evaluation. */
  violation(penalty: ElasticNet): number {
    const { view, inverse, v } = this.#design;
    const [u, centred] = [this.#loss.u[this.#index]!, this.#centred];
    const sum = total(u, view.n);
    for (let i = 0; i < view.n; i++) centred[i] = u[i]! - v[i]! * sum;
    view.kernels.glmGradients(
      view.columns,
      this.#list.byteOffset,
      this.#count,
      centred.byteOffset,
      view.stride,
      inverse.byteOffset,
      this.#gradient.byteOffset,
    );
    let worst = Math.abs(sum);
    for (let k = 0; k < this.#count; k++) {
      const j = this.#list[k]!;
      worst = Math.max(worst, violationOf(this.penaltyAt(penalty, j), this.beta[j]!, this.#gradient[j]!));
    }
    return worst;
  }

  /** Exact gradients of all features at the residual of the last `violation`. */
  findGradients(): void {
    this.bounds.readAll(this.#centred);
  }

  /** Adds the features outside the list that break their condition at the residual of the last `violation`; returns how many. */
  addViolators({ l1 }: ElasticNet, tolerance: number): number {
    return this.add(this.bounds.above(this.#centred, l1, tolerance));
  }

  /**
   * One Newton step on the penalised loss in this block, its quadratic model minimised by coordinate descent
   * to `tolerance`; the step is halved until the objective does not rise.
   *
   * @param slack  rise of the objective that counts as rounding
   */
  step(penalty: ElasticNet, value: number, tolerance: number, sweeps: number, slack: number): { value: number; sweeps: number } {
    const { view, inverse } = this.#design;
    const [h, eta] = [this.#loss.h[this.#index]!, this.#loss.eta[this.#index]!];
    const hSum = total(h, view.n);
    const shift = total(this.#loss.u[this.#index]!, view.n) / hSum;
    this.#startDescent(h, shift);
    const used = view.kernels.glmDescend(
      view.columns,
      this.#list.byteOffset,
      this.#count,
      this.beta.byteOffset,
      this.#mean.byteOffset,
      this.#curvature.byteOffset,
      inverse.byteOffset,
      this.#r.byteOffset,
      h.byteOffset,
      hSum,
      view.stride,
      penalty.l1,
      penalty.l2,
      tolerance,
      sweeps,
      this.#saved.byteOffset,
      this.#direction.byteOffset,
      this.#loss.risk,
      view.p,
    );
    const change = this.#changeOfPredictor(shift);
    return { value: this.#lineSearch(penalty, value, change, eta, slack), sweeps: used };
  }

  #startDescent(h: Float64Array, shift: number): void {
    const u = this.#loss.u[this.#index]!;
    for (let i = 0; i < this.#design.view.n; i++) this.#r[i] = u[i]! - h[i]! * shift;
    for (let k = 0; k < this.#count; k++) {
      const j = this.#list[k]!;
      this.#before[k] = this.beta[j]!;
      this.#curvature[j] = -1;
    }
  }

  /** What the descent's change of beta, and of the intercept with it, does to eta. */
  #changeOfPredictor(shift: number): Float64Array {
    const { view, inverse } = this.#design;
    const direction = this.#direction.fill(0);
    direction.fill(shift, 0, view.n);
    const delta = this.#gradient;
    for (let k = 0; k < this.#count; k++) delta[this.#list[k]!] = this.beta[this.#list[k]!]! - this.#before[k]!;
    const moved = this.list.filter((j) => delta[j] !== 0);
    addColumns(this.#design, moved, delta, this.#mean, inverse, direction);
    return direction;
  }

  #lineSearch(penalty: ElasticNet, value: number, change: Float64Array, eta: Float64Array, slack: number): number {
    const n = this.#design.view.n;
    for (let i = 0; i < n; i++) eta[i]! += change[i]!;
    let share = 1;
    for (;;) {
      const now = this.#loss.evaluate(this.#index);
      const penalties = this.penalty(penalty);
      if (now + penalties <= value + slack || share < LEAST_STEP) return now + penalties;
      share /= 2;
      for (let i = 0; i < n; i++) eta[i]! -= share * change[i]!;
      for (let k = 0; k < this.#count; k++) {
        const j = this.#list[k]!;
        this.beta[j] = (this.beta[j]! + this.#before[k]!) / 2;
      }
    }
  }
}

const NONE: ElasticNet = { l1: 0, l2: 0 };
const LEAST_STEP = 2 ** -30;

/** eta += Z delta over some features. */
export function addColumns(
  { view }: Design,
  features: Uint32Array,
  delta: Float64Array,
  mean: Float64Array,
  inverse: Float64Array,
  eta: Float64Array,
): void {
  view.arena.scope(() => {
    const list = view.arena.u32(features.length);
    list.set(features);
    view.kernels.glmAddColumns(
      view.columns,
      list.byteOffset,
      features.length,
      delta.byteOffset,
      mean.byteOffset,
      inverse.byteOffset,
      view.stride,
      eta.byteOffset,
    );
  });
}

function total(values: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]!;
  return sum;
}

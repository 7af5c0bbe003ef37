import ln from "@stdlib/math-base-special-ln";
import { ColumnOrder } from "./column-order.ts";

/*
 * Mutual information (nats) of one feature x with the target y from the distance of each sample to its k-th nearest neighbour.
 *
 *   xi_i = psi(k_i) + psi(N) - psi(nx_i) - psi(ny_i),   I = sum_i w_i xi_i / sum_i w_i
 *
 * N samples that have a value; psi the digamma function. y a number: r_i is the distance in max(|dx|, |dy|), both of unit spread
 * (Kraskov 2004, first estimator); y classes: r_i is the distance within the sample's own class, at most its other members
 * (Ross 2014), other classes infinitely far, and a class of one sample is left out. nx_i and ny_i count what is nearer than r_i,
 * the sample itself included (ny_i of classes: the class).
 *
 * Where values repeat, r_i may be 0: then k_i, nx_i and ny_i count what is equal (Gao 2017, mixtures). Two forms of that estimator:
 *   digamma     ln N for psi(N), else as above: the authors' program; equal to Kraskov's and Ross's for r_i > 0, so that columns
 *               with and without ties compare
 *   logarithm   psi(k_i) + ln N - ln(nx_i + 1) - ln(ny_i + 1), counts within r_i or at it, the sample itself not: Algorithm 1 as printed;
 *               lower by up to ln(k + 1) - psi(k) where x tells y
 *
 * Neighbours are distinct samples: one that was drawn c times is one point, with w_i = c in the mean. Its copies lie at distance 0
 * and would otherwise be neighbours that agree on everything.
 */

export const mixtureForms = ["digamma", "logarithm"] as const;
export type MixtureForm = (typeof mixtureForms)[number];

/** What one column says; `tied`: values repeat, the estimator is Gao's. NaN information: the column has no spread. */
export interface Information {
  information: number;
  tied: boolean;
}

export interface NeighbourSettings {
  /** nearest neighbours, at least 1 */
  readonly k: number;
  readonly form: MixtureForm;
  /** m multiplicities */
  readonly counts: ArrayLike<number>;
}

const EULER = 0.5772156649015329;

/** psi(c) and ln c of the integers up to n. */
class IntegerTables {
  readonly psi: Float64Array;
  readonly ln: Float64Array;

  constructor(n: number) {
    this.psi = new Float64Array(n + 1);
    this.ln = new Float64Array(n + 1);
    this.psi[1] = -EULER;
    for (let c = 2; c <= n; c++) {
      this.psi[c] = this.psi[c - 1]! + 1 / (c - 1);
      this.ln[c] = ln(c);
    }
  }
}

/** The terms xi_i, see above. */
class Terms {
  readonly #tables: IntegerTables;
  readonly #form: MixtureForm;

  constructor(n: number, form: MixtureForm) {
    this.#tables = new IntegerTables(n);
    this.#form = form;
  }

  usesLogarithm(tied: boolean): boolean {
    return tied && this.#form === "logarithm";
  }

  /** psi(N), or ln N */
  ofAll(n: number, tied: boolean): number {
    return tied ? this.#tables.ln[n]! : this.#tables.psi[n]!;
  }

  /** @param k  neighbours, or samples equal in x and y  @param nx, ny  counts with the sample itself */
  digamma(k: number, nx: number, ny: number): number {
    const { psi } = this.#tables;
    return psi[k]! - psi[nx]! - psi[ny]!;
  }

  /** @param k  neighbours, or samples equal in x and y but for the sample itself  @param nx, ny  counts with the sample itself */
  logarithm(k: number, nx: number, ny: number): number {
    const { psi, ln } = this.#tables;
    return psi[k]! - ln[nx]! - ln[ny]!;
  }
}

/** Mutual information of columns with classes. */
export class ClassInformation {
  readonly #y: ArrayLike<number>;
  readonly #settings: NeighbourSettings;
  readonly #terms: Terms;
  readonly #sorter: ColumnOrder;
  /** values and classes in ascending order of the values; places of each class, class after class */
  readonly #x: Float64Array;
  readonly #weight: Float64Array;
  readonly #places: Int32Array;
  readonly #size: Int32Array;
  readonly #next: Int32Array;

  /** @param y  m codes below `classes` */
  constructor(y: ArrayLike<number>, classes: number, settings: NeighbourSettings) {
    const m = y.length;
    this.#y = y;
    this.#settings = settings;
    this.#terms = new Terms(m, settings.form);
    this.#sorter = new ColumnOrder(m);
    this.#x = new Float64Array(m);
    this.#weight = new Float64Array(m);
    this.#places = new Int32Array(m);
    this.#size = new Int32Array(classes);
    this.#next = new Int32Array(classes);
  }

  /** @param values  m, NaN where missing. Cost O(m log m + m k). */
  of(values: ArrayLike<number>): Information {
    const n = this.#arrange(values);
    const x = this.#x;
    if (n < 2 || x[0] === x[n - 1]) return { information: Number.NaN, tied: false };
    let tied = false;
    for (let s = 1; s < n && !tied; s++) tied = x[s] === x[s - 1];
    let sum = 0;
    let weights = 0;
    for (let c = 0, start = 0; c < this.#size.length; start += this.#size[c]!, c++) {
      if (this.#size[c] === 0) continue;
      sum += this.#classSum(start, start + this.#size[c]!, n, tied);
      for (let t = start; t < start + this.#size[c]!; t++) weights += this.#weight[this.#places[t]!]!;
    }
    return { information: this.#terms.ofAll(n, tied) + sum / weights, tied };
  }

  /** Sorts what has a value and a companion in its class; returns how many. */
  #arrange(values: ArrayLike<number>): number {
    const y = this.#y;
    const size = this.#size.fill(0);
    const { order } = this.#sorter;
    const present = this.#sorter.sort(values);
    for (let s = 0; s < present; s++) size[y[order[s]!]!]!++;
    for (let c = 0, start = 0; c < size.length; c++) {
      if (size[c] === 1) size[c] = 0;
      this.#next[c] = start;
      start += size[c]!;
    }
    let n = 0;
    for (let s = 0; s < present; s++) {
      const i = order[s]!;
      const code = y[i]!;
      if (size[code] === 0) continue;
      this.#x[n] = values[i]!;
      this.#weight[n] = this.#settings.counts[i]!;
      this.#places[this.#next[code]!++] = n++;
    }
    return n;
  }

  /** Weighted sum of the terms of one class: places start .. end - 1. */
  #classSum(start: number, end: number, n: number, tied: boolean): number {
    const x = this.#x;
    const places = this.#places;
    const size = end - start;
    const k = Math.min(this.#settings.k, size - 1);
    const logarithm = this.#terms.usesLogarithm(tied);
    let low = 0;
    let high = 0;
    let runEnd = start;
    let equal = 0;
    let sum = 0;
    for (let t = start; t < end; t++) {
      const at = x[places[t]!]!;
      // the k nearest and the sample itself are k + 1 neighbours in the sorted class: the tightest such window that holds it
      let r = Number.POSITIVE_INFINITY;
      const last = Math.min(t, end - 1 - k);
      for (let a = Math.max(start, t - k); a <= last; a++) {
        const reach = Math.max(at - x[places[a]!]!, x[places[a + k]!]! - at);
        if (reach < r) r = reach;
      }
      const inclusive = logarithm || r === 0;
      // both ends only ever move up but for rounding, since r changes by no more than x does
      while (low > 0 && isNear(at - x[low - 1]!, r, inclusive)) low--;
      while (!isNear(at - x[low]!, r, inclusive)) low++;
      if (high < low) high = low;
      while (high > low && !isNear(x[high - 1]! - at, r, inclusive)) high--;
      while (high < n && isNear(x[high]! - at, r, inclusive)) high++;
      if (r === 0 && t >= runEnd) {
        // r is 0 for a whole run of equal values or for none of it, so that t is its first
        equal = equalFrom(x, places, t, end);
        runEnd = t + equal;
      }
      const term = logarithm
        ? this.#terms.logarithm(r === 0 ? equal - 1 : k, high - low, size)
        : this.#terms.digamma(r === 0 ? equal : k, high - low, size);
      sum += this.#weight[places[t]!]! * term;
    }
    return sum;
  }
}

function isNear(distance: number, r: number, inclusive: boolean): boolean {
  return inclusive ? distance <= r : distance < r;
}

/** How many entries of a sorted class, from t on, have the value of its entry t. */
function equalFrom(x: Float64Array, places: Int32Array, t: number, end: number): number {
  let b = t + 1;
  while (b < end && x[places[b]!] === x[places[t]!]) b++;
  return b - t;
}

/** Mutual information of columns with a number. */
export class NumberInformation {
  readonly #target: ArrayLike<number>;
  readonly #settings: NeighbourSettings;
  readonly #terms: Terms;
  readonly #sorter: ColumnOrder;
  /** in ascending order of x */
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  readonly #ySorted: Float64Array;
  readonly #nearest: Float64Array;
  /** 1 / standard deviation: differences are multiplied by it, not values, so that equal differences of whole numbers stay equal */
  #xScale = 1;
  #yScale = 1;
  /** samples looked at for the last radius: low .. high - 1 */
  #low = 0;
  #high = 0;

  /** @param y  m */
  constructor(y: ArrayLike<number>, settings: NeighbourSettings) {
    const m = y.length;
    this.#target = y;
    this.#settings = settings;
    this.#terms = new Terms(m, settings.form);
    this.#sorter = new ColumnOrder(m);
    this.#x = new Float64Array(m);
    this.#y = new Float64Array(m);
    this.#ySorted = new Float64Array(m);
    this.#nearest = new Float64Array(Math.min(settings.k, Math.max(1, m - 1)));
  }

  /** @param values  m, NaN where missing. Cost O(m (log m + sqrt(m k))) where x says little of y, less where it says much. */
  of(values: ArrayLike<number>): Information {
    const n = this.#sorter.sort(values);
    const { order } = this.#sorter;
    const x = this.#x.subarray(0, n);
    const y = this.#y.subarray(0, n);
    for (let s = 0; s < n; s++) {
      x[s] = values[order[s]!]!;
      y[s] = this.#target[order[s]!]!;
    }
    this.#xScale = 1 / spread(x);
    this.#yScale = 1 / spread(y);
    if (n < 2 || !Number.isFinite(this.#xScale) || !Number.isFinite(this.#yScale)) return { information: Number.NaN, tied: false };
    const ySorted = this.#ySorted.subarray(0, n);
    ySorted.set(y);
    ySorted.sort();
    let tied = false;
    for (let s = 1; s < n && !tied; s++) tied = x[s] === x[s - 1] || ySorted[s] === ySorted[s - 1];
    let sum = 0;
    let weights = 0;
    for (let s = 0; s < n; s++) {
      const w = this.#settings.counts[order[s]!]!;
      sum += w * this.#term(x, y, ySorted, s, tied);
      weights += w;
    }
    return { information: this.#terms.ofAll(n, tied) + sum / weights, tied };
  }

  #term(x: Float64Array, y: Float64Array, ySorted: Float64Array, s: number, tied: boolean): number {
    const n = x.length;
    const k = Math.min(this.#settings.k, n - 1);
    const r = this.#radius(x, y, s, k);
    const logarithm = this.#terms.usesLogarithm(tied);
    const inclusive = logarithm || r === 0;
    const sx = this.#xScale;
    // what was looked at for r is at most a little wider than r, and as wide as r or wider but for rounding
    let low = this.#low;
    let high = this.#high;
    while (!isNear((x[s]! - x[low]!) * sx, r, inclusive)) low++;
    while (low > 0 && isNear((x[s]! - x[low - 1]!) * sx, r, inclusive)) low--;
    while (!isNear((x[high - 1]! - x[s]!) * sx, r, inclusive)) high--;
    while (high < n && isNear((x[high]! - x[s]!) * sx, r, inclusive)) high++;
    let equal = 0;
    if (r === 0) for (let i = low; i < high; i++) if (y[i] === y[s]) equal++;
    const ny = countNear(ySorted, y[s]!, this.#yScale, r, inclusive);
    return logarithm
      ? this.#terms.logarithm(r === 0 ? equal - 1 : k, high - low, ny)
      : this.#terms.digamma(r === 0 ? equal : k, high - low, ny);
  }

  /** Distance of sample s to its k-th nearest: outwards along x, one step up, one down, while x alone is nearer than the k-th so far. */
  #radius(x: Float64Array, y: Float64Array, s: number, k: number): number {
    const nearest = this.#nearest;
    nearest.fill(Number.POSITIVE_INFINITY);
    const n = x.length;
    const sx = this.#xScale;
    const sy = this.#yScale;
    const xs = x[s]!;
    const ys = y[s]!;
    let low = s;
    let high = s + 1;
    let down = low > 0;
    let up = high < n;
    let farthest = Number.POSITIVE_INFINITY;
    while (down || up) {
      if (up) {
        const dx = (x[high]! - xs) * sx;
        if (dx < farthest) {
          const dy = Math.abs(y[high]! - ys) * sy;
          if (dy < farthest) farthest = insert(nearest, k, Math.max(dx, dy));
          up = ++high < n;
        } else up = false;
      }
      if (down) {
        const dx = (xs - x[low - 1]!) * sx;
        if (dx < farthest) {
          const dy = Math.abs(y[low - 1]! - ys) * sy;
          if (dy < farthest) farthest = insert(nearest, k, Math.max(dx, dy));
          down = --low > 0;
        } else down = false;
      }
    }
    this.#low = low;
    this.#high = high;
    return farthest;
  }
}

/** Puts a distance among the k smallest so far, ascending; returns the largest of them. */
function insert(nearest: Float64Array, k: number, distance: number): number {
  let place = k - 1;
  for (; place > 0 && nearest[place - 1]! > distance; place--) nearest[place] = nearest[place - 1]!;
  nearest[place] = distance;
  return nearest[k - 1]!;
}

/** How many of the sorted values are nearer to `at` than r (or as near, when inclusive), distances times `scale`. */
function countNear(sorted: Float64Array, at: number, scale: number, r: number, inclusive: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < at && !isNear((at - sorted[middle]!) * scale, r, inclusive)) low = middle + 1;
    else high = middle;
  }
  const first = low;
  high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= at || isNear((sorted[middle]! - at) * scale, r, inclusive)) low = middle + 1;
    else high = middle;
  }
  return low - first;
}

/** Standard deviation (1/n); 0 where all values are equal. */
function spread(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  let differs = false;
  for (const value of values) {
    squares += (value - mean) ** 2;
    if (value !== values[0]) differs = true;
  }
  return differs ? Math.sqrt(squares / values.length) : 0;
}

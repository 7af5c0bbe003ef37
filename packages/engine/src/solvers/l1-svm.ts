import { EngineError } from "../errors.ts";
import { cholesky, substitute } from "../stats/cholesky.ts";
import type { Design } from "./design.ts";
import { standardProducts } from "./rotated-design.ts";

/** The model at one C; coefficients are on the scale of the design's columns. */
export interface L1SvmStep {
  readonly c: number;
  /** features with a coefficient that is not 0, ascending */
  readonly features: Int32Array;
  readonly coefficients: Float64Array;
  readonly intercept: number;
  /** ||w||_1 + |b| + C sum_i c_i max(0, 1 - y_i f_i)² */
  readonly objective: number;
  /** sum_i c_i max(0, 1 - y_i f_i)² over that of f = 0 */
  readonly lossRatio: number;
  /** f of the m samples of the part, those of weight 0 too */
  readonly predictions: Float64Array;
}

/** Breach of an optimality condition that is let pass; the penalty's slope is 1, so that this bounds the objective's relative excess. */
const FINE = 1e-8;

/**
 * L1-penalised squared-hinge SVM, at larger and larger C, each solution started from the one before:
 *
 *   minimise  ||w||_1 + |b| + C sum_i c_i max(0, 1 - y_i (z_i'w + b))²
 *
 * liblinear's objective (solver 5): the intercept is one more feature, of value 1, and penalised.
 * Newton steps: with the samples that have a slack held fixed the loss is quadratic; coordinate descent over a working set finds
 * which coefficients are not 0 and their signs, a linear system their values; steps are halved until the objective falls. Every
 * solution is checked over all features.
 *
 * Source: Fan et al. 2008, JMLR 9:1871 (the objective); Yuan, Ho & Lin 2012, JMLR 13:1999 (Newton steps by coordinate descent).
 * Cost O(m p) a check, some two to four a C; O(m |working set|) a sweep.
 */
export class L1Svm {
  readonly #design: Design;
  readonly #y: Float64Array;
  readonly #cost: Float64Array;
  readonly #names: readonly string[];
  readonly #tolerance: number;
  /** working set, the intercept first as -1; its columns, coefficients and places */
  readonly #list: number[] = [-1];
  readonly #columns: Float64Array[];
  readonly #beta: number[] = [0];
  readonly #listed: Uint8Array;
  readonly #kept = new Map<number, Float64Array>();
  #f: Float64Array;
  /** Z'u / C of all p features at the last check */
  #slopes: Float64Array;
  #last: number;
  readonly #emptyLoss: number;
  /** largest C at which the model is empty, intercept included */
  readonly cFirst: number;

  /**
   * @param y     m, -1 or 1
   * @param cost  m, not negative: what C is multiplied by; 0 leaves a sample out
   */
  constructor(design: Design, y: Float64Array, cost: ArrayLike<number>, names: readonly string[], tolerance = FINE) {
    const m = y.length;
    this.#design = design;
    this.#y = y;
    this.#cost = Float64Array.from(cost);
    this.#names = names;
    this.#tolerance = tolerance;
    this.#columns = [new Float64Array(m).fill(1)];
    this.#listed = new Uint8Array(design.view.p);
    this.#f = new Float64Array(m);
    this.#emptyLoss = this.#loss(this.#f);
    const u = this.#pull(this.#f, 1);
    this.#slopes = standardProducts(design, u);
    let largest = Math.abs(u.reduce((sum, value) => sum + value, 0));
    for (const slope of this.#slopes) largest = Math.max(largest, Math.abs(slope));
    this.cFirst = 1 / largest;
    this.#last = this.cFirst;
  }

  /** @param c  above 0; not below the last one for a quick answer @throws EngineError  not_converged */
  solve(c: number): L1SvmStep {
    this.#propose(c);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const u = this.#pull(this.#f, c);
      const breach = this.#breach(u);
      if (breach > this.#tolerance) {
        this.#newtonStep(c, u, Math.max(this.#tolerance / 4, INEXACTNESS * breach));
        continue;
      }
      const g = standardProducts(this.#design, u);
      this.#slopes = g.map((value) => value / c);
      this.#last = c;
      if (this.#add((j) => Math.abs(g[j]!) > 1 + this.#tolerance) === 0) return this.#step(c);
    }
    throw new EngineError(
      "not_converged",
      `the L1 SVM at C ${c} did not reach its optimum; choose a smaller c, or drop features that are copies`,
    );
  }

  /** Sequential strong rule on slopes of the loss itself, whose bound is 1/C; what is 0 and not proposed leaves the working set. */
  #propose(c: number): void {
    let kept = 1;
    for (let k = 1; k < this.#list.length; k++) {
      const j = this.#list[k]!;
      if (this.#beta[k] === 0) {
        this.#listed[j] = 0;
        continue;
      }
      this.#list[kept] = j;
      this.#columns[kept] = this.#columns[k]!;
      this.#beta[kept] = this.#beta[k]!;
      kept++;
    }
    this.#list.length = kept;
    this.#columns.length = kept;
    this.#beta.length = kept;
    const bound = 2 / c - 1 / this.#last;
    this.#add((j) => this.#slopes[j]! !== 0 && Math.abs(this.#slopes[j]!) >= bound);
  }

  /** Adds features by name, so that of copies the first one is always the same. */
  #add(wanted: (j: number) => boolean): number {
    const { view, inverse } = this.#design;
    const added: number[] = [];
    for (let j = 0; j < view.p; j++) if (this.#listed[j] === 0 && inverse[j] !== 0 && wanted(j)) added.push(j);
    const names = this.#names;
    added.sort((a, b) => (names[a]! < names[b]! ? -1 : names[a]! > names[b]! ? 1 : a - b));
    for (const j of added) {
      this.#listed[j] = 1;
      this.#list.push(j);
      this.#beta.push(0);
      this.#columns.push(this.#column(j));
    }
    return added.length;
  }

  /** Standardised column j; those that come and go are kept. */
  #column(j: number): Float64Array {
    const known = this.#kept.get(j);
    if (known !== undefined) return known;
    const { view, centre, inverse } = this.#design;
    const address = new Uint32Array(view.kernelsMemory, view.columns, view.p)[j]!;
    const x = new Float32Array(view.kernelsMemory, address, view.n);
    const z = new Float64Array(view.rows.length);
    for (let i = 0; i < z.length; i++) z[i] = (x[view.rows[i]!]! - centre[j]!) * inverse[j]!;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(j, z);
    return z;
  }

  #loss(f: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < f.length; i++) {
      const slack = 1 - this.#y[i]! * f[i]!;
      if (slack > 0) sum += this.#cost[i]! * slack * slack;
    }
    return sum;
  }

  /** Negative gradient of C times the loss in f. */
  #pull(f: Float64Array, c: number): Float64Array {
    return f.map((value, i) => 2 * c * this.#cost[i]! * this.#y[i]! * Math.max(0, 1 - this.#y[i]! * value));
  }

  #breach(u: Float64Array): number {
    let worst = 0;
    this.#columns.forEach((z, k) => {
      const g = dot(z, u);
      const b = this.#beta[k]!;
      worst = Math.max(worst, b === 0 ? Math.abs(g) - 1 : Math.abs(g - Math.sign(b)));
    });
    return worst;
  }

  #newtonStep(c: number, u: Float64Array, tolerance: number): void {
    const before = [...this.#beta];
    const from = this.#f;
    const h = this.#f.map((value, i) => (this.#y[i]! * value < 1 ? 2 * c * this.#cost[i]! : 0));
    this.#descend(u.slice(), h, tolerance);
    const value = norm(before) + c * this.#loss(from);
    const delta = this.#beta.map((b, k) => b - before[k]!);
    const move = new Float64Array(from.length);
    delta.forEach((d, k) => {
      if (d !== 0) addScaled(move, d, this.#columns[k]!);
    });
    const slack = 1e-15 * value;
    for (let share = 1; ; share /= 2) {
      const f = from.map((old, i) => old + share * move[i]!);
      const beta = share === 1 ? this.#beta : before.map((b, k) => b + share * delta[k]!);
      if (norm(beta) + c * this.#loss(f) <= value + slack || share < LEAST_STEP) {
        beta.forEach((b, k) => {
          this.#beta[k] = b;
        });
        this.#f = f;
        return;
      }
    }
  }

  /** Minimises -r'Z d + 1/2 d'Z'HZ d + ||beta + d||_1 over the working set, beta in place. @param r  the pull on entry */
  #descend(r: Float64Array, h: Float64Array, tolerance: number): void {
    const count = this.#list.length;
    const curvature = new Float64Array(count);
    this.#columns.forEach((z, k) => {
      let sum = 0;
      for (let i = 0; i < z.length; i++) sum += h[i]! * z[i]! * z[i]!;
      curvature[k] = sum;
    });
    let all = true;
    let next = 10;
    for (let sweep = 1; sweep <= MOST_SWEEPS; sweep++) {
      let worst = 0;
      for (let k = 0; k < count; k++) {
        const b = this.#beta[k]!;
        const a = curvature[k]!;
        if (a === 0 || (!all && b === 0)) continue;
        const z = this.#columns[k]!;
        const t = dot(z, r) + a * b;
        const moved = Math.abs(t) > 1 ? (t - Math.sign(t)) / a : 0;
        const d = moved - b;
        if (d === 0) continue;
        this.#beta[k] = moved;
        for (let i = 0; i < z.length; i++) r[i]! -= d * h[i]! * z[i]!;
        worst = Math.max(worst, Math.abs(d) * a);
      }
      if (worst <= tolerance) {
        if (all) return;
        all = true;
      } else {
        if (sweep >= next) {
          this.#solveSupport(r, h);
          // a solution costs as much as some dozens of sweeps
          next = sweep + Math.max(10, Math.ceil(this.#beta.reduce((count, b) => count + (b === 0 ? 0 : 1), 0) / 4));
        }
        all = false;
      }
    }
  }

  /** Moves to the minimum over the coefficients that are not 0, or to where the first of them reaches 0. */
  #solveSupport(r: Float64Array, h: Float64Array): void {
    const support = Array.from(this.#beta.keys()).filter((k) => this.#beta[k] !== 0);
    const size = support.length;
    const rows = Array.from(h.keys()).filter((i) => h[i]! > 0);
    const compact = support.map(() => new Float64Array(rows.length));
    const A = new Float64Array(size * size);
    const d = new Float64Array(size);
    let largest = 0;
    support.forEach((k, a) => {
      const z = this.#columns[k]!;
      // only samples with a slack take part
      for (let i = 0; i < rows.length; i++) compact[a]![i] = z[rows[i]!]! * Math.sqrt(h[rows[i]!]!);
      for (let b = 0; b <= a; b++) A[a * size + b] = dot(compact[a]!, compact[b]!);
      largest = Math.max(largest, A[a * size + a]!);
      d[a] = dot(z, r) - Math.sign(this.#beta[k]!);
    });
    cholesky(A, size);
    // copies, or more coefficients than samples with a slack: sweeps go on alone
    for (let a = 0; a < size; a++) if (!(A[a * size + a]! ** 2 > 1e-11 * largest)) return;
    substitute(A, size, d);
    let share = 1;
    let first = -1;
    support.forEach((k, a) => {
      const limit = -this.#beta[k]! / d[a]!;
      if (limit > 0 && limit < share) [share, first] = [limit, a];
    });
    support.forEach((k, a) => {
      const z = this.#columns[k]!;
      const next = a === first ? 0 : this.#beta[k]! + share * d[a]!;
      const step = next - this.#beta[k]!;
      this.#beta[k] = next;
      for (let i = 0; i < z.length; i++) r[i]! -= step * h[i]! * z[i]!;
    });
  }

  #step(c: number): L1SvmStep {
    const chosen = Array.from(this.#list.keys())
      .filter((k) => k > 0 && this.#beta[k] !== 0)
      .sort((a, b) => this.#list[a]! - this.#list[b]!);
    const loss = this.#loss(this.#f);
    return {
      c,
      features: Int32Array.from(chosen, (k) => this.#list[k]!),
      coefficients: Float64Array.from(chosen, (k) => this.#beta[k]!),
      intercept: this.#beta[0]!,
      objective: norm(this.#beta) + c * loss,
      lossRatio: loss / this.#emptyLoss,
      predictions: this.#f.slice(),
    };
  }
}

/** Share of a breach that a quadratic model is solved to before a new one is made. */
const INEXACTNESS = 0.01;
const MOST_ROUNDS = 500;
/** Standardised columns kept at hand. */
const MOST_KEPT = 2000;
const MOST_SWEEPS = 2000;
const LEAST_STEP = 2 ** -30;

function norm(beta: readonly number[]): number {
  let sum = 0;
  for (let k = 0; k < beta.length; k++) sum += Math.abs(beta[k]!);
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = a.length - (a.length % 4);
  for (let i = 0; i < whole; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (let i = whole; i < a.length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

function addScaled(u: Float64Array, s: number, v: Float64Array): void {
  for (let i = 0; i < u.length; i++) u[i]! += s * v[i]!;
}

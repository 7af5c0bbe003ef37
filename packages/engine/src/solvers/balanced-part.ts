import { EngineError } from "../errors.ts";
import { TrainingPart } from "../part.ts";
import { type PartView, setView, viewOf } from "../part-view.ts";
import { balancedDraw, type ClassTarget, type Redrawing } from "../preprocess/balance.ts";
import { between, type Synthetic, smote } from "../preprocess/smote.ts";
import type { Rng } from "../random.ts";
import { takeTarget } from "../target.ts";
import type { Fold } from "./cross-validate.ts";
import { designOf } from "./design.ts";
import { spread } from "./fit-penalized.ts";
import { gramOf } from "./gram.ts";

/** How the classes of a training part, or of the training samples of an inner fold, are made to count the same. */
export type Balancing = { readonly how: "class_weight" } | { readonly how: Redrawing | "smote"; readonly rng: Rng };

export interface Balanced {
  readonly part: TrainingPart;
  /** classes that SMOTE could not enlarge */
  readonly passedOver: readonly string[];
}

/**
 * A part whose classes are of equal size, made of the samples of `part` alone; gaps stay filled as `part` filled them.
 * Redrawn samples are multiplicities; synthetic ones are new rows after those of the part, in copies of all columns.
 * Its memory is taken back after `body`.
 * @throws EngineError  too_large, where the copies have no room
 */
export function withBalancedPart<T>(part: TrainingPart, how: Redrawing | "smote", rng: Rng, body: (balanced: Balanced) => T): T {
  return viewOf(part).arena.scope(() => body(balancedPart(part, how, rng)));
}

/** Some samples of a part as a part of their own; gaps stay filled as `part` filled them. @param places  positions in the part, ascending */
export function withSubPart<T>(part: TrainingPart, places: Uint32Array, body: (some: TrainingPart) => T): T {
  return viewOf(part).arena.scope(() => body(reweighed(part, places, take(part.counts, places))));
}

function balancedPart(part: TrainingPart, how: Redrawing | "smote", rng: Rng): Balanced {
  const target = classesOf(part);
  const everyone = { rows: Uint32Array.from({ length: part.m }, (_, i) => i), counts: part.counts };
  if (how === "smote") {
    const synthetic = synthesise(part, target, everyone.rows, rng);
    return { part: extended(part, synthetic, part.counts), passedOver: synthetic.passedOver };
  }
  const { rows, counts } = balancedDraw(target, everyone, how, rng);
  return { part: reweighed(part, rows, counts), passedOver: [] };
}

/** A fold and the part that its positions belong to. */
export interface FoldFit {
  readonly part: TrainingPart;
  readonly fold: Fold;
  /** of the samples of `part`: balanced for training, for the held-out ones as they came */
  readonly weights: ArrayLike<number>;
}

/**
 * Balances the training samples of a fold by themselves: the split comes first, so that no copy, and no mixture, of a held-out sample is
 * learned from. Held-out samples stay as they are, at the same positions. Lies in the arena's scope of now.
 *
 * @param weights  of the m samples, as they came
 * @param k        number of the fold, for its random numbers
 */
export function foldFit(part: TrainingPart, fold: Fold, k: number, weights: ArrayLike<number>, balancing: Balancing | undefined): FoldFit {
  if (balancing === undefined || !("classes" in part.target)) return { part, fold, weights };
  if (balancing.how === "class_weight") return { part, fold, weights: classWeights(part, fold, weights) };
  const rng = balancing.rng.child("inner fold", k);
  const places = Uint32Array.from(fold.train);
  const target = classesOf(part);
  if (balancing.how === "smote") {
    const whole = extended(part, synthesise(part, target, places, rng), part.counts);
    const made = Array.from({ length: whole.m - part.m }, (_, t) => part.m + t);
    return { part: whole, fold: { train: [...places, ...made], test: fold.test }, weights: whole.counts };
  }
  const drawn = balancedDraw(
    takeTarget(target, places) as ClassTarget,
    { rows: places, counts: take(part.counts, places) },
    balancing.how,
    rng,
  );
  const counts = part.counts.slice();
  for (const i of places) counts[i] = 0;
  drawn.rows.forEach((i, t) => {
    counts[i] = drawn.counts[t]!;
  });
  const everyone = Uint32Array.from({ length: part.m }, (_, i) => i);
  return { part: reweighed(part, everyone, counts), fold: { train: drawn.rows, test: fold.test }, weights: counts };
}

/** As `foldFit`; its memory is taken back after `body`. */
export function inFold<T>(
  part: TrainingPart,
  fold: Fold,
  k: number,
  { weights, balancing }: { readonly weights?: ArrayLike<number>; readonly balancing?: Balancing | undefined },
  body: (fit: FoldFit) => T,
): T {
  return viewOf(part).arena.scope(() => body(foldFit(part, fold, k, weights ?? part.counts, balancing)));
}

/** n / (K n_k) over the fold's own training samples. */
function classWeights(part: TrainingPart, { train }: Fold, weights: ArrayLike<number>): Float64Array {
  const { y, classes } = classesOf(part);
  const sizes = new Float64Array(classes.length);
  let n = 0;
  for (let t = 0; t < train.length; t++) {
    sizes[y[train[t]!]!]! += part.counts[train[t]!]!;
    n += part.counts[train[t]!]!;
  }
  const out = Float64Array.from(weights);
  for (let t = 0; t < train.length; t++) out[train[t]!] = (part.counts[train[t]!]! * n) / (classes.length * sizes[y[train[t]!]!]!);
  return out;
}

/** Some samples of a part, counted anew, over the same columns. @param places  positions in the part, ascending */
function reweighed(part: TrainingPart, places: Uint32Array, counts: Uint32Array): TrainingPart {
  const view = viewOf(part);
  const rows = take(view.rows, places);
  const weights = view.arena.f64(view.stride);
  rows.forEach((row, i) => {
    weights[row] = counts[i]!;
  });
  const some = new TrainingPart(part.featureNames, takeTarget(part.target, places), counts, part.covariateNames);
  setView(some, { ...view, rows, weights: weights.byteOffset });
  return some;
}

/** Distances are those of columns standardised over `places`. @param places  positions in the part that may be parents */
function synthesise(part: TrainingPart, target: ClassTarget, places: Uint32Array, rng: Rng): Synthetic {
  const view = viewOf(part);
  refuseTooLarge(part, target, places);
  const inside = new Float64Array(part.m);
  for (const i of places) inside[i] = part.counts[i]!;
  const gram = view.arena.scope(() => gramOf(designOf(view, spread(view, inside), "standardize")));
  const { m } = part;
  const apart = (s: number, t: number) => {
    const [a, b] = [places[s]!, places[t]!];
    return gram[a * m + a]! + gram[b * m + b]! - 2 * gram[a * m + b]!;
  };
  const draw = { rows: places, counts: take(part.counts, places) };
  const made = smote(takeTarget(target, places) as ClassTarget, draw, apart, rng);
  return { ...made, parent: made.parent.map((s) => places[s]!), neighbour: made.neighbour.map((s) => places[s]!) };
}

/** All samples of a part, and after them the synthetic ones, once each, in columns of their own. */
function extended(part: TrainingPart, synthetic: Synthetic, counts: Uint32Array): TrainingPart {
  const view = viewOf(part);
  const { arena } = view;
  // covariates lie behind the features, and have no gaps
  const p = view.p + view.covariates;
  const made = synthetic.y.length;
  const n = part.m + made;
  const stride = 4 * Math.ceil(n / 4);
  const [columns, rawColumns, weights] = [arena.u32(p), arena.u32(view.p), arena.f64(stride)];
  const [filled, raw] = [addressesOf(view, view.columns, p), addressesOf(view, view.rawColumns, view.p)];
  for (let j = 0; j < p; j++) {
    columns[j] = extendedColumn(view, filled[j]!, synthetic, stride);
    if (j >= view.p) continue;
    rawColumns[j] = raw[j] === filled[j] ? columns[j]! : extendedColumn(view, raw[j]!, synthetic, stride);
  }
  const all = new Uint32Array(n).fill(1);
  all.set(counts);
  weights.set(all);
  const { classes, task, y } = classesOf(part);
  const whole = new TrainingPart(
    part.featureNames,
    { task, classes, y: Int32Array.from([...y, ...synthetic.y]) },
    all,
    part.covariateNames,
  );
  setView(whole, {
    ...view,
    n,
    stride,
    columns: columns.byteOffset,
    rawColumns: rawColumns.byteOffset,
    weights: weights.byteOffset,
    rows: Uint32Array.from({ length: n }, (_, i) => i),
  });
  return whole;
}

function addressesOf(view: PartView, address: number, count: number): Uint32Array {
  return new Uint32Array(view.kernelsMemory, address, count);
}

/** Address of a copy of the part's values and of the synthetic ones after them. */
function extendedColumn(view: PartView, address: number, synthetic: Synthetic, stride: number): number {
  const source = new Float32Array(view.kernelsMemory, address, view.n);
  const to = view.arena.zeros(4 * stride);
  const out = new Float32Array(view.kernelsMemory, to, stride);
  const { rows } = view;
  for (let i = 0; i < rows.length; i++) out[i] = source[rows[i]!]!;
  for (let t = 0; t < synthetic.y.length; t++) out[rows.length + t] = between(out, synthetic, t);
  return to;
}

/** Before anything is made: rather refused than run out in the middle of a fit, which works in as much again. */
function refuseTooLarge(part: TrainingPart, target: ClassTarget, places: Uint32Array): void {
  const { arena, p } = viewOf(part);
  const sizes = new Float64Array(target.classes.length);
  for (const i of places) sizes[target.y[i]!]! += part.counts[i]!;
  const most = Math.max(...sizes);
  const added = sizes.reduce((sum, size) => sum + (size === 0 ? 0 : most - size), 0);
  const bytes = 4 * (part.m + added) * p;
  if (2 * bytes < arena.free) return;
  throw new EngineError(
    "too_large",
    `the samples that SMOTE adds need ${Math.ceil(bytes / 2 ** 20)} MiB, more than a thread's working memory has room for; use oversample or undersample, a prefilter, or fewer threads`,
    ["config", "balance"],
  );
}

function classesOf({ target }: TrainingPart): ClassTarget {
  if (!("classes" in target)) throw new Error("only classes can be balanced");
  return target;
}

function take(values: Uint32Array, places: Uint32Array): Uint32Array {
  return places.map((i) => values[i]!);
}

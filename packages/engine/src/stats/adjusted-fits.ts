import type { TrainingPart } from "../part.ts";
import { groupMoments } from "../solvers/column-moments.ts";
import { isLabelled } from "../target.ts";
import type { LinearFits } from "./linear-fits.ts";

/** A column of which the earlier ones leave less than this share (of its sum of squares) is told by them. */
const COLLINEAR = 1e-10;
/** A feature of which the covariates leave no more than this share is told by them. */
const NOTHING = 1e-20;

/** Columns orthonormal under the weights. */
interface Basis {
  /** intercept and covariates, then what the target adds */
  readonly columns: readonly Float64Array[];
  /** how many of them the target adds */
  readonly added: number;
  /** of the last target column: 1 / length of what it adds, so that an effect is per unit of it */
  readonly unit: number;
}

/**
 * As `linearFits`, with the part's covariates in every model: feature ~ 1 + covariates + target. `explained` is the mean square that
 * the target adds to them; `effect` the adjusted difference of two classes, or slope. Class moments are those of the data.
 * A sample counts as often as it was drawn. By modified Gram-Schmidt, once for all features without missing values.
 *
 * Cost O(m c) a feature, c columns of the model; O(m c²) where values are missing.
 * @returns undefined where the target is neither classes nor a number
 */
export function adjustedFits(part: TrainingPart): LinearFits | undefined {
  const { p, m, target } = part;
  if (!isLabelled(target)) return undefined;
  const k = target.task === "regression" ? 1 : target.classes.length;
  const wanted =
    target.task === "regression"
      ? [target.y]
      : Array.from({ length: k - 1 }, (_, g) => Float64Array.from(target.y, (code) => (code === g + 1 ? 1 : 0)));
  const covariates = part.covariateNames.map((_, c) => part.covariateColumn(c));
  const all = Float64Array.from(part.counts);
  const whole = basisOf(covariates, wanted, all);
  const fits = {
    s2: new Float64Array(p),
    df: new Float64Array(p),
    explained: new Float64Array(p).fill(Number.NaN),
    df1: new Float64Array(p),
  };
  const effect = new Float64Array(p).fill(Number.NaN);
  const present = new Float64Array(m);
  for (let j = 0; j < p; j++) {
    const x = part.availableColumn(j);
    let missing = false;
    for (let i = 0; i < m; i++) {
      const gap = Number.isNaN(x[i]);
      missing ||= gap;
      present[i] = gap ? 0 : all[i]!;
      if (gap) x[i] = 0;
    }
    const basis = missing ? basisOf(covariates, wanted, present) : whole;
    const { total, within, added, last, n } = residual(x, basis, present);
    const left = added + within;
    fits.df[j] = Math.max(0, n - basis.columns.length);
    fits.s2[j] = (left <= NOTHING * total ? 0 : within) / fits.df[j]!;
    fits.df1[j] = basis.added;
    if (basis.added === 0 || left <= NOTHING * total) continue;
    fits.explained[j] = added / basis.added;
    effect[j] = last * basis.unit;
  }
  if (target.task === "regression") return { ...fits, effect };
  const moments = groupMoments(part, "available", target.y, k);
  return k > 2 ? { ...fits, moments } : { ...fits, effect, moments };
}

function basisOf(covariates: readonly Float64Array[], target: readonly Float64Array[], w: Float64Array): Basis {
  const columns: Float64Array[] = [];
  let unit = Number.NaN;
  const add = (values: Float64Array) => {
    const column = values.slice();
    const before = product(column, column, w);
    // twice: once leaves what rounding makes of nearly collinear columns
    for (let round = 0; round < 2; round++) {
      for (const other of columns) {
        const share = product(column, other, w);
        for (let i = 0; i < column.length; i++) column[i]! -= share * other[i]!;
      }
    }
    const after = product(column, column, w);
    if (!(after > COLLINEAR * before)) return;
    unit = 1 / Math.sqrt(after);
    columns.push(column.map((value) => value * unit));
  };
  add(new Float64Array(w.length).fill(1));
  for (const values of covariates) add(values);
  const base = columns.length;
  for (const values of target) add(values);
  return { columns, added: columns.length - base, unit };
}

/** Changes x into its residual. `total`: sum of squares about 0 before; `last`: along the last column. */
function residual(x: Float64Array, { columns, added: count }: Basis, w: Float64Array) {
  const first = x.find((_, i) => w[i]! > 0) ?? 0;
  let n = 0;
  for (let i = 0; i < x.length; i++) {
    n += w[i]!;
    x[i]! -= first;
  }
  const total = product(x, x, w);
  let added = 0;
  let last = 0;
  columns.forEach((column, c) => {
    last = product(x, column, w);
    if (c >= columns.length - count) added += last * last;
    for (let i = 0; i < x.length; i++) x[i]! -= last * column[i]!;
  });
  return { total, within: product(x, x, w), added, last, n };
}

function product(a: Float64Array, b: Float64Array, w: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += w[i]! * a[i]! * b[i]!;
  return sum;
}

import { z } from "zod";
import { EngineError } from "../errors.ts";
import type { TrainingPart } from "../part.ts";
import { imputedValue } from "../preprocess/impute.ts";
import { clipValue, type Transform, transformValue } from "../preprocess/transform.ts";
import type { DenseTable } from "./dense-table.ts";

/** What was done to the data before a model saw them, learned from its training part alone; plain data. */
export const preprocessing = z.strictObject({
  transform: z.enum(["none", "log2", "log2p1", "clip", "cpm_log"]),
  /** lowest and highest value, applied before the transform */
  clip: z.tuple([z.number(), z.number()]).nullable(),
  /** of `cpm_log`: every feature of the matrix, whose sum is a sample's total */
  total_of: z.array(z.string()).nullable(),
  impute: z.enum(["none", "mean", "median", "knn"]),
  /** what stands for a missing value of each feature, after the transform; null where missing values are refused */
  fill: z.array(z.number()).nullable(),
});

export type Preprocessing = z.output<typeof preprocessing>;

/** What the study did to its matrix. */
export interface Treatment {
  readonly transform: Transform;
  readonly clip: readonly [number, number] | undefined;
  readonly impute: Preprocessing["impute"];
  /** of `cpm_log`: names of all features of the matrix, whichever the part has */
  readonly matrixFeatures: readonly string[];
}

/** Samples as they come: their values before any transform, NaN where missing. */
export interface RawSamples {
  readonly featureNames: readonly string[];
  /** for each feature n values */
  readonly columns: readonly ArrayLike<number>[];
}

/**
 * The treatment of a part's data with what it learned. New samples get the mean where the training part was filled by `knn`: the
 * neighbours' values are other people's data, which a model file must not carry.
 */
export function freezePreprocessing(part: TrainingPart, features: readonly number[], treatment: Treatment): Preprocessing {
  const { transform, clip, impute } = treatment;
  const rows = Uint32Array.from({ length: part.m + 1 }, (_, i) => i);
  const counts = new Uint32Array(part.m + 1).fill(1);
  counts.set(part.counts);
  const fillOf = (j: number) => {
    // a gap of its own, so that complete columns have a value for gaps to come as well
    const values = new Float32Array(part.m + 1).fill(Number.NaN);
    values.set(part.availableColumn(j));
    return imputedValue(values, { rows, counts }, impute === "knn" ? "mean" : impute)!;
  };
  return {
    transform,
    clip: clip === undefined ? null : [clip[0], clip[1]],
    total_of: transform === "cpm_log" ? [...treatment.matrixFeatures] : null,
    impute,
    fill: impute === "none" ? null : features.map(fillOf),
  };
}

/**
 * New samples as the training part was treated: columns of `features`, aligned by name, other features left aside.
 * @param missing  `native` leaves gaps as NaN
 * @throws EngineError  data_unusable: features that are lacking or there twice, values without a transform, gaps where none may be
 */
export function treatSamples(
  { transform, clip, total_of, fill }: Preprocessing,
  features: readonly string[],
  raw: RawSamples,
  missing: "filled" | "native",
): DenseTable {
  const n = raw.columns[0]?.length ?? 0;
  const at = alignedColumns(raw, total_of ?? [], features, n);
  const bounds = clip ?? undefined;
  const totals = total_of === null ? new Float64Array(n) : totalsOf(total_of, at, bounds, n);
  const columns = features.map((name, j) => {
    const source = at.get(name)!;
    return Float64Array.from({ length: n }, (_, i) => {
      const value = transformValue(source[i]!, transform, bounds, totals[i]!);
      if (value === undefined || Math.abs(value) === Number.POSITIVE_INFINITY) {
        throw new EngineError(
          "data_unusable",
          `feature ${name} is ${source[i]} in sample ${i + 1}: transform ${transform} has no value for it`,
        );
      }
      if (!Number.isNaN(value) || missing === "native") return value;
      if (fill === null) {
        throw new EngineError(
          "data_unusable",
          `feature ${name} is missing in sample ${i + 1}, and the model was made with impute none; fill it in, or train with impute median`,
        );
      }
      return fill[j]!;
    });
  });
  return { n, k: features.length, columns };
}

/** Names shown in an error. */
const SHOWN = 10;

/** Column by name. @throws EngineError  data_unusable */
function alignedColumns(
  { featureNames, columns }: RawSamples,
  totals: readonly string[],
  features: readonly string[],
  n: number,
): Map<string, ArrayLike<number>> {
  if (featureNames.length !== columns.length || columns.some(({ length }) => length !== n)) {
    throw new EngineError("data_unusable", "the samples are no table: every feature name needs one column, and all columns one length");
  }
  const needed = new Set([...features, ...totals]);
  const at = new Map<string, ArrayLike<number>>();
  featureNames.forEach((name, j) => {
    if (!needed.has(name)) return;
    if (at.has(name)) throw new EngineError("data_unusable", `feature ${name} is there twice in the samples; keep one of them`);
    at.set(name, columns[j]!);
  });
  const lacking = [...needed].filter((name) => !at.has(name));
  if (lacking.length > 0) {
    const more = lacking.length > SHOWN ? ` and ${lacking.length - SHOWN} more` : "";
    const why = totals.length > 0 ? " (cpm_log needs every feature of the training matrix)" : "";
    throw new EngineError(
      "data_unusable",
      `the samples lack ${lacking.length} of the ${needed.size} features that the model needs${why}: ${lacking.slice(0, SHOWN).join(", ")}${more}`,
    );
  }
  return at;
}

function totalsOf(
  names: readonly string[],
  at: ReadonlyMap<string, ArrayLike<number>>,
  clip: readonly [number, number] | undefined,
  n: number,
): Float64Array {
  const totals = new Float64Array(n);
  for (const name of names) {
    const source = at.get(name)!;
    for (let i = 0; i < n; i++) if (!Number.isNaN(source[i])) totals[i]! += clipValue(Math.fround(source[i]!), clip);
  }
  return totals;
}

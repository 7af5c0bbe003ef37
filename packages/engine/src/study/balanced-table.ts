import type { ResolvedSelectionConfig } from "@omicselector2/contracts";
import { type DenseTable, takeRows } from "../models/dense-table.ts";
import type { BalanceTraining, Training } from "../models/refit.ts";
import { learnStandardization, standardize } from "../models/standardize.ts";
import { balancedDraw, type ClassTarget } from "../preprocess/balance.ts";
import { between, smote } from "../preprocess/smote.ts";
import type { Rng } from "../random.ts";
import { type Target, takeTarget } from "../target.ts";

/**
 * How the model that scores a signature gets its training samples: balanced as the study asks, the whole part and each inner fold by
 * itself. SMOTE works on the columns of the signature. Undefined where nothing is to be balanced.
 *
 * @param table  n x k, the training part
 */
export function tableBalancer(
  table: DenseTable,
  target: Target,
  how: ResolvedSelectionConfig["balance"],
  rng: Rng,
): BalanceTraining | undefined {
  if (how === "none" || !("classes" in target)) return undefined;
  return (rows, name) => {
    const own = takeTarget(target, rows) as ClassTarget;
    if (how === "class_weight") return { table: takeRows(table, rows), target: own, weights: classWeights(own) };
    if (how === "smote") return withSynthetic(takeRows(table, rows), own, rng.child(name));
    const everyone = { rows: Uint32Array.from({ length: rows.length }, (_, i) => i), counts: new Uint32Array(rows.length).fill(1) };
    const drawn = balancedDraw(own, everyone, how, rng.child(name));
    return {
      table: takeRows(
        table,
        drawn.rows.map((i) => rows[i]!),
      ),
      target: takeTarget(own, drawn.rows),
      weights: Float64Array.from(drawn.counts),
    };
  };
}

/** n / (K n_k) */
function classWeights({ y, classes }: ClassTarget): Float64Array {
  const sizes = new Float64Array(classes.length);
  for (const code of y) sizes[code]!++;
  return Float64Array.from(y, (code) => y.length / (classes.length * sizes[code]!));
}

function withSynthetic(table: DenseTable, target: ClassTarget, rng: Rng): Training {
  const counts = new Uint32Array(table.n).fill(1);
  // Neighbours are those in the signature, not in the covariates beside it.
  const k = table.k - (table.free ?? 0);
  const features: DenseTable = { n: table.n, k, columns: table.columns.slice(0, k) };
  const Z = standardize(features, learnStandardization(features, Float64Array.from(counts))).columns;
  const apart = (a: number, b: number) => Z.reduce((sum, z) => sum + (z[a]! - z[b]!) ** 2, 0);
  const made = smote(target, { rows: counts, counts }, apart, rng);
  const columns = table.columns.map((column) => Float64Array.from([...column, ...Array.from(made.y, (_, t) => between(column, made, t))]));
  const y = Int32Array.from([...target.y, ...made.y]);
  return { table: { ...table, n: y.length, columns }, target: { ...target, y }, weights: new Float64Array(y.length).fill(1) };
}

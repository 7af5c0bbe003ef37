import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { allocateMatrix, column, countMissing, type FeatureMatrix, Rng, type Target } from "@omicselector2/engine";

/** A made cohort of the size of TCGA-BLCA: log2 expression in correlated blocks of 20 genes, a few of which differ by class. */
export interface Cohort {
  readonly matrix: FeatureMatrix;
  readonly target: Target & { task: "binary" };
  /** indices of the features that differ */
  readonly planted: readonly number[];
}

export function makeCohort(n = 412, p = 20_531, threads = 2, seed = 1): Cohort {
  const rng = Rng.from(seed, "bench cohort");
  const names = Array.from({ length: p }, (_, j) => `G${String(j + 1).padStart(5, "0")}`);
  const matrix = allocateMatrix(n, names, threads);
  const y = Int32Array.from({ length: n }, (_, i) => (i % 5 < 2 ? 1 : 0));
  const planted = Array.from({ length: 40 }, (_, k) => k * 487 + 11).filter((j) => j < p);
  const isPlanted = new Set(planted);
  let block = new Float64Array(n);
  for (let j = 0; j < p; j++) {
    if (j % 20 === 0) block = Float64Array.from({ length: n }, () => normal(rng));
    const values = column(matrix, j);
    const level = 4 + 8 * rng.uniform();
    const shift = isPlanted.has(j) ? 0.8 : 0;
    for (let i = 0; i < n; i++) values[i] = level + 0.6 * block[i]! + normal(rng) + shift * y[i]!;
  }
  countMissing(matrix);
  return { matrix, target: { task: "binary", classes: ["control", "case"], y }, planted };
}

/** The same matrix with another target: three classes (controls parted by the sum of three features), or the class plus noise. */
export function otherTarget({ matrix, target }: Cohort, task: "multiclass" | "regression"): Target {
  const { y } = target;
  if (task === "regression") {
    const rng = Rng.from(1, "bench response");
    return { task, y: Float64Array.from(y, (code) => code + 0.5 * normal(rng)) };
  }
  const sums = Float64Array.from(y, (_, i) => [5, 105, 205].reduce((sum, j) => sum + column(matrix, j % matrix.p)[i]!, 0));
  const mean = sums.reduce((a, b) => a + b, 0) / sums.length;
  return { task, classes: ["low", "case", "high"], y: y.map((code, i) => (code === 1 ? 1 : sums[i]! > mean ? 2 : 0)) };
}

/** For the peers: `<folder>/X.f32`, float32, a feature after the other. */
export function writeMatrix(matrix: FeatureMatrix, folder: string): void {
  const values = new Float32Array(matrix.n * matrix.p);
  for (let j = 0; j < matrix.p; j++) values.set(column(matrix, j), j * matrix.n);
  writeFileSync(`${folder}/X.f32`, values);
}

/** As a user would upload it: a sample a line, its name, class and features. */
export function writeCsv({ matrix, target }: Cohort, path: string): void {
  const columns = matrix.names.map((_, j) => column(matrix, j));
  const lines = [["sample", "class", ...matrix.names].join(",")];
  for (let i = 0; i < matrix.n; i++) {
    lines.push(`S${i + 1},${target.classes[target.y[i]!]},${columns.map((values) => values[i]!.toFixed(5)).join(",")}`);
  }
  writeFileSync(path, `${lines.join("\n")}\n`);
}

/** As users have it: a CSV of `sample_id`, `class` and the features, a sample a line, five decimals. */
export function writeCohortCsv({ matrix, target }: Cohort, path: string): void {
  const columns = Array.from({ length: matrix.p }, (_, j) => column(matrix, j));
  const file = openSync(path, "w");
  writeSync(file, `sample_id,class,${matrix.names.join(",")}\n`);
  for (let i = 0; i < matrix.n; i++) {
    const values = columns.map((values) => values[i]!.toFixed(5));
    writeSync(file, `P${i + 1},${target.classes[target.y[i]!]},${values.join(",")}\n`);
  }
  closeSync(file);
}

/** Marsaglia's polar method needs log and sqrt only; a benchmark's cohort may use the host's. */
function normal(rng: Rng): number {
  for (;;) {
    const u = 2 * rng.uniform() - 1;
    const v = 2 * rng.uniform() - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
  }
}

/*
 * Peak memory of the command line on a cohort of the size of TCGA-BLCA, from the start of the command to its end.
 *
 *   node bench/memory.ts [cohort.csv]        Linux only; makes the cohort when no file is given
 *
 * The promise: twice the float32 matrix and 300 MB. `benchMemory` is what a larger benchmark calls.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCohort, writeCohortCsv } from "./cohort.ts";
import { type Peaks, ProcessTree } from "./process-tree.ts";

export interface Row {
  what: string;
  measured: number;
  unit: string;
  target: number | null;
  note?: string;
}

export const N = 412;
export const P = 20_531;
/** MB: twice the float32 matrix and 300 */
export const MEMORY_TARGET = (2 * 4 * N * P) / 1e6 + 300;

const root = join(import.meta.dirname, "..");

/** What is asked of `omicselector2 select`, each with its name. */
const studies: readonly [what: string, options: readonly string[]][] = [
  ["lasso, rf_importance, t_test", ["--methods", "lasso,rf_importance,t_test"]],
  ["elastic_net, mrmr", ["--methods", "elastic_net,mrmr"]],
  [
    "lasso, rf_importance, t_test with 4 resamples",
    ["--methods", "lasso,rf_importance,t_test", "--stability", "--bootstraps", "4", "--folds", "2"],
  ],
];

/** Runs `npx --no-install omicselector2 select` and watches all of its processes. */
export async function peaksOfSelect(file: string, options: readonly string[]): Promise<Peaks> {
  const folder = mkdtempSync(join(tmpdir(), "omicselector2-bench-"));
  try {
    const command = ["--no-install", "omicselector2", "select", file, "--target", "class", "--threads", "2", ...options, "--out", folder];
    const child = spawn("npx", command, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
    const tree = new ProcessTree(child.pid!);
    let complaint = "";
    child.stderr.on("data", (chunk) => (complaint = (complaint + chunk).slice(-2000)));
    const code = await new Promise((done) => child.once("close", done));
    const peaks = tree.stop();
    if (code !== 0) throw new Error(`select ended with ${code}: ${complaint}`);
    return peaks;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param cohort  CSV of `N` x `P` with a column `class`; made when left out */
export async function benchMemory(cohort?: string): Promise<Row[]> {
  if (process.platform !== "linux") throw new Error("memory of processes is read from /proc: Linux only");
  return await withCohort(cohort, async (file) => {
    const rows: Row[] = [];
    for (const [what, options] of studies) {
      const { largest, together, byProcess } = await peaksOfSelect(file, options);
      const note = Array.from(byProcess, ([name, peak]) => `${name}: ${peak.toFixed(0)}`).join("; ");
      rows.push({ what: `select ${what}: largest process`, measured: largest, unit: "MB", target: MEMORY_TARGET, note });
      rows.push({ what: `select ${what}: all processes at a time`, measured: together, unit: "MB", target: MEMORY_TARGET });
    }
    return rows;
  });
}

/** Calls `body` with the file given, or with one made for it. */
export async function withCohort<T>(given: string | undefined, body: (file: string) => Promise<T>): Promise<T> {
  if (given !== undefined) return await body(given);
  const folder = mkdtempSync(join(tmpdir(), "omicselector2-cohort-"));
  try {
    const file = join(folder, "cohort.csv");
    writeCohortCsv(makeCohort(N, P), file);
    return await body(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function print(rows: readonly Row[]): void {
  for (const { what, measured, unit, target, note } of rows) {
    const bound = target === null ? "" : ` (at most ${target.toFixed(0)})`;
    console.log(`${what}: ${measured.toFixed(unit === "MB" ? 0 : 2)} ${unit}${bound}${note === undefined ? "" : `\n    ${note}`}`);
  }
}

if (import.meta.main) print(await benchMemory(process.argv[2]));

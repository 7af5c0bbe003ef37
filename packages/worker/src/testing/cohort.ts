import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@omicselector2/engine";
import { ingest } from "@omicselector2/formats";

export interface TestDataset {
  readonly folder: string;
  readonly path: string;
  readonly hash: string;
  remove(): Promise<void>;
}

/** A dataset made from lines of CSV, as an upload would make it. */
export async function datasetOf(csv: string): Promise<TestDataset> {
  const folder = await mkdtemp(join(tmpdir(), "worker-test-"));
  const table = join(folder, "table.csv");
  const path = join(folder, "data.h5ad");
  await writeFile(table, csv);
  const { hash } = await ingest({ input: table, output: path, orientation: "samples_in_rows" });
  return { folder, path, hash, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** n samples x p features g1, g2, ...; the first `planted` are higher in cases. Every tenth value of g3 is missing. */
export function cohortCsv(n: number, p: number, planted: number): string {
  const rng = Rng.from(7, "worker-test");
  const header = ["sample_id", "class", "site", ...Array.from({ length: p }, (_, j) => `g${j + 1}`)];
  const rows = Array.from({ length: n }, (_, i) => {
    const isCase = i % 2 === 1;
    const values = Array.from({ length: p }, (_, j) => {
      const noise = rng.uniform() + rng.uniform() + rng.uniform() - 1.5;
      return (8 + noise + (isCase && j < planted ? 0.8 : 0)).toFixed(4);
    });
    if (i % 10 === 0) values[2] = "";
    return [`s${i + 1}`, isCase ? "case" : "control", `site${i % 3}`, ...values];
  });
  return [header, ...rows].map((row) => row.join(",")).join("\n");
}

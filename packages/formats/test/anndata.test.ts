import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharedData, WITHOUT_DATA } from "../../../fixtures/data.ts";
import { ingest, readColumnsInto, readInfo } from "../src/index.ts";

const script = join(import.meta.dirname, "read_canonical.py");

/** A Python that has anndata: the one of OMICSELECTOR_TEST_PYTHON, or the system's. */
const python = [process.env.OMICSELECTOR_TEST_PYTHON, "/usr/bin/python3", "python3"].find((command) => {
  if (!command) return false;
  try {
    execFileSync(command, ["-c", "import anndata, pandas, scipy"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});
const WITHOUT_PYTHON = "needs a Python with anndata: set OMICSELECTOR_TEST_PYTHON";

let folder = "";
let output = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "formats-anndata-"));
  output = join(folder, "data.h5ad");
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]) => execFileSync(python!, [script, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const cases = [
  ["human_cachexia/human_cachexia.csv", ",", "rows", "Muscle loss"],
  ["elias2017_mirna/Elias2017.csv", ",", "rows", "Class"],
  ["alzheimer_csf_proteomics/proteome.csv.gz", ",", "rows", "-"],
  ["christensen_methylation/christensen_methylation.csv.gz", ",", "rows", "tissue"],
  ["breast_tumors_paired/breast_tumors_paired.csv", ",", "rows", "treatment"],
  ["cervical_mirna/cervical.txt", "\t", "columns", "-"],
  ["tcga_luad20/input_data_1.csv.gz", ",", "columns", "-"],
  ["alon_colon/alon_colon_features_in_rows_dupnames.tsv.gz", "\t", "columns", "class"],
] as const;

describe("anndata opens the canonical file and finds what pandas reads from the source", () => {
  for (const [file, separator, samples, label] of cases) {
    const path = sharedData(file);
    const lacking = python === undefined ? WITHOUT_PYTHON : path === undefined ? WITHOUT_DATA : undefined;
    test.skipIf(lacking !== undefined)(lacking ? `${file} (${lacking})` : file, async () => {
      const { hash } = await ingest({ input: path!, output });
      run("check", output, path!, separator, samples, label);
      // what anndata writes of it is the same data set
      expect((await ingest({ input: `${output}.again`, output })).hash).toBe(hash);
    });
  }
});

test.skipIf(python === undefined)(`every layout that anndata writes is read alike${python ? "" : ` (${WITHOUT_PYTHON})`}`, async () => {
  run("write", folder);
  const hashes = new Set<string>();
  const files = (await readdir(folder)).filter((name) => !name.startsWith("data."));
  expect(files).toHaveLength(6);
  for (const file of files) {
    hashes.add((await ingest({ input: join(folder, file), output })).hash);
    const { obs, featureNames } = await readInfo(output);
    expect(featureNames).toEqual(["g1", "g2", "g3", "g4"]);
    expect(obs).toEqual([
      { name: "class", kind: "categorical", categories: ["a", "b"], codes: Int32Array.of(0, 1, -1) },
      { name: "age", kind: "numeric", values: Float64Array.of(50, 60, 70) },
      { name: "smoker", kind: "categorical", categories: ["False", "True"], codes: Int32Array.of(1, 0, 1) },
      { name: "ward", kind: "categorical", categories: ["x", "y"], codes: Int32Array.of(0, 1, 0) },
    ]);
    const columns = Array.from({ length: 4 }, () => new Float32Array(3).fill(-99));
    await readColumnsInto(output, "X", undefined, undefined, (j) => columns[j]!);
    expect(columns.map((column) => [...column])).toEqual([
      [0, 3, 0],
      [1.5, 0, 0],
      [0, 0, 7],
      [-2, 0.25, 0],
    ]);
  }
  expect(hashes.size).toBe(1);
});

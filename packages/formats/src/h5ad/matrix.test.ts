import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import h5wasm from "h5wasm/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ingest } from "../ingest.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "formats-csr-"));
});
afterEach(() => rm(folder, { recursive: true }));

interface Parts {
  kind?: "csr_matrix" | "csc_matrix";
  indptr?: number[];
  indices?: number[];
  data?: number[];
  codes?: number[];
}

/** 2 samples x 3 features as anndata writes it, but for what is asked to be wrong. */
async function written({ kind = "csr_matrix", indptr = [0, 2, 3], indices = [0, 2, 1], data = [1, 2, 3], codes = [0, 1] }: Parts) {
  await h5wasm.ready;
  const path = join(folder, "in.h5ad");
  const file = new h5wasm.File(path, "w");
  const x = file.create_group("X");
  x.create_attribute("encoding-type", kind);
  x.create_attribute("shape", [2, 3], null, "<i");
  x.create_dataset({ name: "indptr", data: Int32Array.from(indptr) });
  x.create_dataset({ name: "indices", data: Int32Array.from(indices) });
  x.create_dataset({ name: "data", data: Float32Array.from(data) });
  const obs = file.create_group("obs");
  obs.create_attribute("_index", "_index");
  obs.create_dataset({ name: "_index", data: ["a", "b"] });
  const label = obs.create_group("class");
  label.create_attribute("encoding-type", "categorical");
  label.create_dataset({ name: "codes", data: Int32Array.from(codes) });
  label.create_dataset({ name: "categories", data: ["x", "y"] });
  const features = file.create_group("var");
  features.create_attribute("_index", "_index");
  features.create_dataset({ name: "_index", data: ["g1", "g2", "g3"] });
  file.close();
  return ingest({ input: path, output: join(folder, "data.h5ad") });
}

test("compressed rows are read", async () => {
  expect(await written({})).toMatchObject({ n: 2, p: 3, obs: [{ name: "class", classes: { x: 1, y: 1 } }] });
});

const broken: [string, Parts, RegExp][] = [
  ["an index beyond the features", { indices: [0, 3, 1] }, /index 3 is not among 0 to 2/],
  ["a negative index", { indices: [0, -1, 1] }, /index -1 is not among 0 to 2/],
  ["two values in one place", { indices: [2, 2, 1] }, /two values in column 2/],
  ["starts that fall", { indptr: [0, 4, 3] }, /indptr falls at 2/],
  ["starts that are too few", { indptr: [0, 3] }, /indptr has 2 numbers instead of 3/],
  ["starts that end early", { indptr: [0, 1, 2] }, /do not fit/],
  ["columns whose rows do not exist", { kind: "csc_matrix", indptr: [0, 1, 2, 3], indices: [0, 2, 1] }, /index 2 is not among 0 to 1/],
  ["a class beyond the categories", { codes: [0, 2] }, /obs\/class has codes beyond its 2 categories/],
];
test.each(broken)("%s: refused", async (_what, parts, message) => {
  await expect(written(parts)).rejects.toMatchObject({ name: "IngestError", code: "h5ad_layout", message: expect.stringMatching(message) });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client, until } from "./client.ts";

const folder = mkdtempSync(join(tmpdir(), "omicselector2-at-rest-"));
const file = join(folder, "cohort.csv");
const client = new Client();

/** Words that stand in the cohort and nowhere else. */
const words = ["DISTINCTIVE_GENE_17", "distinctive-sample-23", "distinctive_site"];

function cohort(): string {
  const genes = Array.from({ length: 60 }, (_, j) => `DISTINCTIVE_GENE_${j}`);
  const rows = Array.from({ length: 60 }, (_, i) => {
    const isCase = i % 2 === 1;
    const values = genes.map((_, j) => (((Math.imul(i * 61 + j, 2654435761) >>> 8) % 1000) / 250 + (isCase && j < 3 ? 3 : 0)).toFixed(3));
    return [`distinctive-sample-${i}`, isCase ? "case" : "control", "distinctive_site", ...values].join(",");
  });
  return [["sample_id", "class", "site", ...genes].join(","), ...rows].join("\n");
}

interface Found {
  path: string;
  content: Buffer;
  mode: number;
}

/** What is there; some of it may go while it is looked at. */
function filesBelow(path: string): Found[] {
  try {
    const seen = statSync(path);
    if (!seen.isDirectory()) return [{ path, content: readFileSync(path), mode: seen.mode & 0o777 }];
    return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
  } catch {
    return [];
  }
}

beforeAll(async () => {
  writeFileSync(file, cohort());
  await client.start({ THREADS: "2" });
  await client.signUp();
}, 120_000);

afterAll(async () => {
  await client.dispose();
  rmSync(folder, { recursive: true, force: true });
});

test("uploads, checkpoints and results are read through the API and never lie in the open", async () => {
  const blobs = join(client.dataDir, "blobs");
  const seen = new Map<string, Found>();
  const look = () => {
    for (const found of filesBelow(blobs)) seen.set(found.path, found);
  };
  const temporary = join(client.dataDir, "tmp");
  const spooled = new Map<string, Found>();
  const uploading = client.upload(file, { name: "cohort", data_type: "bulk_rna_seq" });
  const watching = setInterval(() => {
    for (const found of filesBelow(temporary)) spooled.set(found.path, found);
  }, 10);
  const { status, body } = await uploading.finally(() => clearInterval(watching));
  expect(status, JSON.stringify(body)).toBe(201);
  const id = String(body.dataset_id);

  const preview = (await client.call("GET", `/data/${id}/preview?rows=2&columns=2`)).body;
  expect(preview).toMatchObject({
    sample_ids: ["distinctive-sample-0", "distinctive-sample-1"],
    feature_names: ["DISTINCTIVE_GENE_0", "DISTINCTIVE_GENE_1"],
  });
  const h5ad = Buffer.from(await client.bytes(`/data/${id}/download`));
  expect(h5ad.subarray(1, 4).toString()).toBe("HDF");
  for (const word of words) expect(h5ad.includes(word), word).toBe(true);
  const csv = Buffer.from(await client.bytes(`/data/${id}/download?format=csv`)).toString();
  expect(csv.split("\n")[24]).toMatch(/^distinctive-sample-23,case,distinctive_site,/);

  const stability = { enabled: true, n_bootstraps: 40, threshold: 0.6 };
  const config = { target_column: "class", n_features_to_select: 5, cv_folds: 3, stability };
  const submitted = await client.call("POST", "/jobs/feature-selection", { dataset_id: id, methods: ["t_test", "lasso"], config });
  expect(submitted.status, JSON.stringify(submitted.body)).toBe(201);
  let job: Record<string, unknown> = {};
  await until(async () => {
    look();
    job = (await client.call("GET", `/jobs/${(submitted.body as { job_id: string }).job_id}`)).body as Record<string, unknown>;
    return !["pending", "running"].includes(String(job.status));
  }, 60_000);
  expect(job.status, String(job.error_message)).toBe("completed");
  look();

  const listed = (await client.call("GET", `/results/${job.result_id}/artifacts`)).body as { items: { name: string; bytes: number }[] };
  for (const { name, bytes } of listed.items) {
    const artifact = Buffer.from(await client.bytes(`/results/${job.result_id}/artifacts/${name}`));
    expect(artifact.length, name).toBe(bytes);
  }
  const result = Buffer.from(await client.bytes(`/results/${job.result_id}/artifacts/result.json`)).toString();
  expect(result).toContain("DISTINCTIVE_GENE_");

  const kinds = new Set([...seen.keys()].map((path) => path.slice(blobs.length + 1).split(/[/\\]/)[0]));
  expect(kinds).toContain("datasets");
  expect(kinds).toContain("results");
  expect(kinds).toContain("checkpoints");
  for (const { path, content, mode } of seen.values()) {
    for (const word of ["DISTINCTIVE_GENE", "distinctive", "selected_features"])
      expect(content.includes(word), `${word} in ${path}`).toBe(false);
    if (!path.includes(".tmp")) expect(content.subarray(0, 7).toString("latin1"), path).toBe("OS2BLOB");
    if (process.platform !== "win32") expect(mode & 0o077, path).toBe(0);
  }
  // On its way it lies in the open, for the owner of the process alone, and is gone afterwards.
  expect(spooled.size).toBeGreaterThan(0);
  if (process.platform !== "win32") {
    for (const { path, mode } of spooled.values()) expect(mode, path).toBe(0o600);
    for (const folder of [temporary, join(temporary, "uploads")]) expect(statSync(folder).mode & 0o777, folder).toBe(0o700);
  }
  expect(filesBelow(temporary)).toEqual([]);
}, 120_000);

test("a damaged dataset is an error, never other values", async () => {
  const { body } = await client.upload(file, { name: "cohort", data_type: "bulk_rna_seq" });
  const id = String(body.dataset_id);
  const path = join(client.dataDir, "blobs", "datasets", id, "data.h5ad");
  const content = readFileSync(path);
  content[content.length >> 1]! ^= 1;
  writeFileSync(path, content);
  expect((await client.call("GET", `/data/${id}/preview`)).status).toBe(500);
  // The answer may be here before the line of the log.
  await expect.poll(() => client.output, { timeout: 10_000 }).toContain(`blob datasets/${id}/data.h5ad is damaged`);
}, 60_000);

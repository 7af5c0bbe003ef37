import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Rng } from "@omicselector2/engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client, until } from "./client.ts";

const bin = resolve(import.meta.dirname, "../bin/omicselector2.js");
const folder = mkdtempSync(join(tmpdir(), "omicselector2-bytes-"));
const file = join(folder, "cohort.csv");
const methods = ["lasso", "elastic_net", "rf_importance", "t_test", "mrmr"];
const request = {
  methods,
  config: {
    target_column: "class",
    n_features_to_select: 10,
    cv_folds: 3,
    stability: { enabled: true, n_bootstraps: 40, threshold: 0.6 },
    method_options: { rf_importance: { n_trees: 100 } },
  },
};
const client = new Client();
let undisturbed: Buffer;

beforeAll(async () => {
  writeFileSync(file, cohort());
  await client.start({ THREADS: "2" });
  await client.signUp();
  undisturbed = (await command("1", "one")).result;
}, 120_000);

afterAll(async () => {
  await client.dispose();
  rmSync(folder, { recursive: true, force: true });
});

test("the command line gives the same bytes with one thread and with two", async () => {
  expect((await command("2", "two")).result.equals(undisturbed)).toBe(true);
}, 120_000);

test("the server gives the bytes of the command line, also when it is killed in the middle and started again", async () => {
  const { body } = await client.upload(file, { name: "cohort", data_type: "bulk_rna_seq" });
  const whole = await client.call("POST", "/jobs/feature-selection", { dataset_id: body.dataset_id, ...request });
  const first = await client.ended((whole.body as { job_id: string }).job_id);
  expect(first.status, String(first.error_message)).toBe("completed");
  expect(Buffer.from(await client.bytes(`/results/${first.result_id}/artifacts/result.json`)).equals(undisturbed)).toBe(true);

  const submitted = await client.call("POST", "/jobs/feature-selection", { dataset_id: body.dataset_id, ...request });
  const jobId = (submitted.body as { job_id: string }).job_id;
  let before = 0;
  await until(async () => {
    before = ((await client.call("GET", `/jobs/${jobId}`)).body as { progress: number }).progress;
    return before >= 20;
  }, 120_000);
  await client.stop("SIGKILL");
  expect(before, "killed in the middle").toBeLessThan(100);
  await client.start({ THREADS: "1" });
  await client.signIn();
  const again = (await client.call("GET", `/jobs/${jobId}`)).body as { progress: number; status: string };
  expect(again.progress, "progress never falls").toBeGreaterThanOrEqual(before);
  const resumed = await client.ended(jobId);
  expect(resumed.status, String(resumed.error_message)).toBe("completed");
  expect(Buffer.from(await client.bytes(`/results/${resumed.result_id}/artifacts/result.json`)).equals(undisturbed)).toBe(true);
}, 240_000);

async function command(threads: string, name: string): Promise<{ result: Buffer }> {
  const { stability } = request.config;
  const out = join(folder, name);
  const args = [
    "select",
    file,
    "--target",
    "class",
    "--methods",
    methods.join(","),
    "--n-features",
    "10",
    "--folds",
    "3",
    "--threads",
    threads,
  ];
  args.push("--stability", "--bootstraps", String(stability.n_bootstraps), "--threshold", String(stability.threshold), "--out", out);
  args.push("--option", "rf_importance.n_trees=100");
  await promisify(execFile)(process.execPath, [bin, ...args]);
  return { result: readFileSync(join(out, "result.json")) };
}

/** 60 samples, 400 features of which six differ, some values missing. */
function cohort(): string {
  const rng = Rng.from(11, "cohort");
  const names = Array.from({ length: 400 }, (_, j) => `GENE_${j + 1}`);
  const rows = Array.from({ length: 60 }, (_, i) => {
    const ill = i % 2;
    const values = names.map((_, j) => {
      if (j % 50 === 7 && rng.uniform() < 0.1) return "NA";
      const noise = rng.uniform() + rng.uniform() + rng.uniform() - 1.5;
      return (8 + noise + (j < 6 ? 0.5 * ill : 0)).toFixed(4);
    });
    return [`S${i + 1}`, ill === 1 ? "case" : "control", ...values].join(",");
  });
  return `${[["sample_id", "class", ...names].join(","), ...rows].join("\n")}\n`;
}

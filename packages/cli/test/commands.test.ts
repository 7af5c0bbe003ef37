import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { selectionResult } from "@omicselector2/contracts";
import { selectors } from "@omicselector2/engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoCohort } from "../src/demo-cohort.ts";

const bin = resolve(import.meta.dirname, "../bin/omicselector2.js");
const folder = mkdtempSync(join(tmpdir(), "omicselector2-cli-"));
const file = join(folder, "cohort.csv");
const { csv, planted } = demoCohort({ samples: 60, features: 60, planted: 4 });

beforeAll(() => writeFileSync(file, csv));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  code: number | null;
  out: string;
  errors: string;
}

function run(...args: string[]): Promise<Outcome> {
  return ended(spawn(process.execPath, [bin, ...args], { cwd: folder }));
}

function ended(child: ChildProcess): Promise<Outcome> {
  let out = "";
  let errors = "";
  child.stdout!.on("data", (chunk) => (out += chunk));
  child.stderr!.on("data", (chunk) => (errors += chunk));
  return new Promise((done) => child.on("close", (code) => done({ code, out, errors })));
}

test("select prints the signature and leaves its files", async () => {
  const stable = ["--stability", "--bootstraps", "20", "--folds", "3", "--n-features", "4", "--out", "mine"];
  const { code, out, errors } = await run("select", "cohort.csv", "--target", "class", "--methods", "ttest,lasso", ...stable);
  expect(errors).toContain("100 %");
  expect(code).toBe(0);
  const result = selectionResult.parse(JSON.parse(readFileSync(join(folder, "mine/result.json"), "utf8")));
  expect(result.methods).toEqual(["t_test", "lasso"]);
  expect(planted).toEqual(expect.arrayContaining(result.selected_features.slice(0, 2)));
  for (const feature of result.selected_features) expect(out).toContain(feature);
  expect(out).toMatch(/60 samples x 60 features, class: 30 control, 30 cancer/);
  expect(out).toMatch(/\d features?, seen in 70 % or more of 20 resamples; at most [\d.]+ expected by chance/);
  expect(out).toMatch(/ROC AUC [\d.]+ \(95 % interval [\d.]+ to [\d.]+\)/);
  expect(out).toMatch(/estimated on 3 folds that took no part in selecting/);
  expect(readFileSync(join(folder, "mine/features.csv"), "utf8").split("\n")).toHaveLength(result.selected_features.length + 2);
  const ran = JSON.parse(readFileSync(join(folder, "mine/run.json"), "utf8"));
  expect(ran).toMatchObject({ file: "cohort.csv", dataset_sha256: result.dataset.sha256 });
  expect(JSON.stringify(result)).not.toContain("cohort.csv");
}, 60_000);

test("a worker needs a cluster, and queues that there are: one line each", async () => {
  const alone = await run("worker");
  expect([alone.code, alone.errors]).toEqual([1, expect.stringMatching(/^omicselector2: a worker joins a cluster: set DATABASE_URL.*\n$/)]);
  const wrong = await run("worker", "--queues", "default,urgent");
  expect([wrong.code, wrong.errors]).toEqual([
    1,
    'omicselector2: --queues: there is no queue "urgent"; there are high_priority, default, low_priority\n',
  ]);
});

test.each([
  ["a file that is not there", ["select", "none.csv", "--methods", "t_test"], /^omicselector2: none\.csv cannot be read/],
  [
    "a target that is not there",
    ["select", "cohort.csv", "--methods", "t_test", "--target", "x"],
    /^omicselector2: there is no column x; candidates: class/m,
  ],
  ["a folder instead of a file", ["select", ".", "--methods", "t_test"], /^omicselector2: \. is a folder: name the file in it\n$/],
  [
    "an --out that is a file, before any work",
    ["select", "cohort.csv", "--methods", "t_test", "--out", "cohort.csv"],
    /^omicselector2: cohort\.csv is no folder that can be written to: name another\n$/,
  ],
  [
    "an --out below a file",
    ["select", "cohort.csv", "--methods", "t_test", "--out", "cohort.csv/deep"],
    /^omicselector2: cohort\.csv\/deep is no folder/,
  ],
  ["an unknown method", ["select", "cohort.csv", "--methods", "lassso"], /^omicselector2: unknown method "lassso"; known methods: .*lasso/],
  ["a wrong value", ["select", "cohort.csv", "--methods", "t_test", "--folds", "1"], /^omicselector2: --folds: /],
  ["an unknown option", ["select", "cohort.csv", "--methods", "t_test", "--bogus"], /^error: unknown option '--bogus'/],
  ["an unknown command", ["selekt"], /^error: unknown command 'selekt'/],
  ["a wrong port", ["serve", "--port", "many"], /^omicselector2: PORT must be a whole number/],
])(
  "%s ends with a line and a code",
  async (_what, args, message) => {
    const { code, out, errors } = await run(...args);
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(errors).toMatch(message);
    expect(errors).not.toMatch(/\n\s+at /);
  },
  30_000,
);

test("methods lists every method, as a table and as JSON", async () => {
  const { out } = await run("methods");
  for (const { id } of selectors) expect(out).toContain(` ${id} `);
  const json = JSON.parse((await run("methods", "--json")).out) as { id: string; kind: string; options: object }[];
  expect(json.filter(({ kind }) => kind === "method").map(({ id }) => id)).toEqual(selectors.map(({ id }) => id));
  expect(json.filter(({ kind }) => kind === "wrapper").map(({ id }) => id)).toEqual(["stability", "ensemble"]);
  expect(json.every(({ options }) => "properties" in options)).toBe(true);
}, 30_000);

test("doctor says what it saw, and what to do", async () => {
  const { code, out } = await run("doctor", "cohort.csv");
  expect(code).toBe(0);
  expect(out).toMatch(/^60 samples x 60 features\n/);
  expect(out).toMatch(/INFO|WARNING/);
}, 30_000);

test("a server stops by SIGTERM: it says so and gives its folder back", async () => {
  const data = join(folder, "data");
  const start = () =>
    spawn(process.execPath, [bin, "serve", "--port", "0", "--data-dir", data], { env: { ...process.env, LOG_LEVEL: "silent" } });
  for (let round = 0; round < 2; round++) {
    const child = start();
    const end = ended(child);
    const address = await new Promise<string>((done) => {
      let text = "";
      child.stdout!.on("data", (chunk) => {
        text += chunk;
        const found = /answers at (\S+)/.exec(text);
        if (found !== null) done(found[1]!);
      });
    });
    expect((await fetch(`${address}/health`)).status).toBe(200);
    if (round === 0) {
      const second = await ended(start());
      expect(second.code).toBe(1);
      expect(second.errors).toMatch(/^omicselector2: .+\n$/);
    }
    child.kill("SIGTERM");
    expect(await end).toMatchObject({ code: 0, errors: "", out: expect.stringContaining("SIGTERM") });
  }
}, 60_000);

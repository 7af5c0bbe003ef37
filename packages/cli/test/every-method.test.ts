import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type SelectionResult, selectionResult } from "@omicselector2/contracts";
import { selectors, type Task } from "@omicselector2/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharedData, WITHOUT_DATA } from "../../../fixtures/data.ts";

/*
 * Every method on a public data set of every task that it claims, by the command line: it ends well, selects something that holds in the
 * data, and its signature has an outer estimate.
 */
const bin = resolve(import.meta.dirname, "../bin/omicselector2.js");
const folder = mkdtempSync(join(tmpdir(), "omicselector2-every-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Case {
  task: Task;
  file: string;
  flags: string[];
  /** the metric of the outer estimate and what noise would give */
  metric: string | null;
  chance: number;
}

const cases: Case[] = [
  { task: "binary", file: "elias2017_mirna/Elias2017.csv", flags: ["--target", "Class"], metric: "roc_auc", chance: 0.5 },
  {
    task: "multiclass",
    file: "breast_tcga_multiomics/train_mirna.csv.gz",
    flags: ["--sample-sheet", "breast_tcga_multiomics/train_labels.csv", "--target", "subtype"],
    metric: "roc_auc",
    chance: 0.5,
  },
  {
    task: "regression",
    file: "breast_tcga_multiomics/train_protein.csv.gz",
    flags: ["--target", "ER-alpha", "--task", "regression"],
    metric: "r2",
    chance: 0,
  },
  {
    task: "survival",
    file: "gse7390_breast_survival/gse7390.csv",
    flags: ["--time", "t.tdm", "--event", "e.tdm"],
    metric: "c_index",
    chance: 0.5,
  },
  { task: "unsupervised", file: "elias2017_mirna/Elias2017.csv", flags: ["--task", "unsupervised"], metric: null, chance: 0 },
];

const methodsOf = (task: Task) => selectors.filter(({ tasks }) => tasks.includes(task)).map(({ id }) => id);

function select(
  file: string,
  flags: readonly string[],
  methods: readonly string[],
  out: string,
): Promise<{ code: number | null; errors: string }> {
  const paths = flags.map((flag) => (flag.includes("/") ? sharedData(flag)! : flag));
  const common = ["--folds", "3", "--n-features", "10", "--methods", methods.join(","), "--out", join(folder, out)];
  const child = spawn(process.execPath, [bin, "select", sharedData(file)!, ...paths, ...common], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += chunk));
  return new Promise((done) => child.on("close", (code) => done({ code, errors })));
}

describe.skipIf(sharedData("elias2017_mirna/Elias2017.csv") === undefined)(`every method on public data (${WITHOUT_DATA})`, () => {
  describe.each(cases)("$task: $file", ({ task, file, flags, metric, chance }) => {
    const methods = methodsOf(task);
    let result: SelectionResult;

    beforeAll(async () => {
      const { code, errors } = await select(file, flags, methods, task);
      expect(code, errors).toBe(0);
      result = selectionResult.parse(JSON.parse(readFileSync(join(folder, task, "result.json"), "utf8")));
    }, 600_000);

    test("the task is what was asked for, and all methods ran", () => {
      expect(result.dataset.task).toBe(task);
      expect(result.methods).toEqual(methods);
    });

    test.each(methods)("%s selects or says why not, and its signature is scored on every fold", (id) => {
      const { ranking, performance, notes } = result.metrics.methods[id]!;
      if (ranking.length === 0) expect(notes.join(" ")).toMatch(/nothing was selected.*would select/);
      expect(ranking.length).toBeLessThanOrEqual(10);
      expect(performance.n_features_by_fold).toHaveLength(metric === null ? 0 : 3);
      if (metric === null) return;
      expect(performance.fold_values[metric]!.every((value) => value !== null)).toBe(true);
      // Well below chance would be a fault of orientation; the data sets' signals are weak to strong.
      expect(performance[metric] as number).toBeGreaterThan(chance - 0.12);
    });
  });
});

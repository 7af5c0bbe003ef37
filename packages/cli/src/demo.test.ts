import { createHash } from "node:crypto";
import type { SelectionMetrics } from "@omicselector2/contracts";
import { expect, test } from "vitest";
import { demoCohort } from "./demo-cohort.ts";
import { demoReport } from "./demo-report.ts";

test("the cohort is the same on every machine, its planted features distinct", () => {
  const cohort = demoCohort({ samples: 10, features: 50, planted: 3 });
  expect(demoCohort({ samples: 10, features: 50, planted: 3 })).toEqual(cohort);
  expect(createHash("sha256").update(cohort.csv).digest("hex").slice(0, 16)).toBe("7db4b60a779a6052");
  expect(new Set(cohort.planted).size).toBe(3);
  const lines = cohort.csv.trimEnd().split("\n");
  expect(lines).toHaveLength(11);
  expect(lines.every((line) => line.split(",").length === 52)).toBe(true);
});

test("planted features are shifted in cases, others are not", () => {
  const { csv, planted } = demoCohort();
  const [header, ...rows] = csv
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  const difference = (name: string) => {
    const j = header!.indexOf(name);
    const mean = (label: string) => {
      const values = rows.filter((row) => row[1] === label).map((row) => Number(row[j]));
      return values.reduce((a, b) => a + b, 0) / values.length;
    };
    return mean("cancer") - mean("control");
  };
  for (const name of planted) expect(difference(name)).toBeGreaterThan(0.4);
  const others = header!
    .slice(2)
    .filter((name) => !planted.includes(name))
    .map(difference);
  expect(Math.abs(others.reduce((a, b) => a + b, 0) / others.length)).toBeLessThan(0.1);
});

test("the report says of each feature whether it was planted", () => {
  const metrics = {
    stability_scores: { a: 1, x: 0.8, b: 0.25 },
    stability: { index: 0.5 },
    performance: { roc_auc: 0.9, roc_auc_interval: [0.8, 1], fold_values: {}, n_features_by_fold: [2, 2], model: "ridge", notes: [] },
    notes: ["a note"],
  } as unknown as SelectionMetrics;
  const report = demoReport(["a", "b", "c"], ["a", "x"], metrics);
  expect(report).toMatch(/a +│ 100 % +│ planted: found/);
  expect(report).toMatch(/x +│ 80 % +│ false/);
  expect(report).toMatch(/b +│ 25 % +│ planted: missed/);
  expect(report).toMatch(/c +│ 0 % +│ planted: missed/);
  expect(report).toContain("1 of 3 planted features found, 2 missed, 1 false");
  expect(report).toContain("ROC AUC 0.9 (95 % interval 0.8 to 1)");
  expect(report).toContain("a note");
});

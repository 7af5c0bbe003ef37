import { expect, test } from "vitest";
import { type Cohort, categorical, type ObsColumn } from "../cohort.ts";
import { MatrixPass } from "../h5ad/visit.ts";
import { isDamaged } from "./excel-names.ts";
import type { Finding } from "./finding.ts";
import { examine } from "./index.ts";

/** Findings on samples x features. */
function findings(
  values: number[][],
  names: string[],
  labels?: (string | null)[],
  change: Partial<Cohort["notes"]> = {},
  more: ObsColumn[] = [],
  label = "class",
): Map<string, Finding> {
  const n = values.length;
  const pass = new MatrixPass(n, names.length);
  pass.dense(0, n, 0, names.length, Float32Array.from(values.flat()));
  pass.finish();
  const cohort: Cohort = {
    sampleIds: values.map((_, i) => `s${i}`),
    obs: [...(labels ? [categorical(label, labels)] : []), ...more],
    x: { featureNames: names, matrix: { kind: "dense", inMemory: true, fill: () => undefined } },
    notes: {
      format: "text",
      orientation: "samples_in_rows",
      orientationAsked: false,
      orientationReasons: ["a test"],
      orientationMargin: 5,
      idColumn: "id",
      renamedFeatures: [],
      renamedSamples: [],
      leftOut: [],
      ...change,
    },
  };
  return new Map(examine({ cohort, stats: pass.stats }).findings.map((one) => [one.id, one]));
}

const x = Number.NaN;

test("missing values: count, share, worst features first", () => {
  const found = findings(
    [
      [1, x, x, 2.5],
      [2, x, 1.5, 3],
    ],
    ["a", "b", "c", "d"],
  ).get("missing_values");
  expect(found).toMatchObject({ severity: "warning", title: "3 values missing (37.5 %)", count: 2 });
  expect(found?.items).toEqual([
    { name: "b", value: 2 },
    { name: "c", value: 1 },
  ]);
});

test("constant features, zeros and all-missing ones among them, are not called copies", () => {
  const found = findings(
    [
      [0, 3, x, 1, 1],
      [0, 3, x, 2, 2],
      [0, 3, x, 2, 2],
    ],
    ["zero", "three", "none", "a", "b"],
  );
  expect(found.get("constant_features")?.items?.map(({ name }) => name)).toEqual(["zero", "three", "none"]);
  expect(found.get("identical_features")?.items).toEqual([{ name: "b", value: "a" }]);
  expect(found.get("identical_samples")?.items).toEqual([{ name: "s2", value: "s1" }]);
});

test("columns with the same values in another order are no copies", () => {
  expect(
    findings(
      [
        [1, 2],
        [2, 1],
        [5, 5],
      ],
      ["a", "b"],
    ).has("identical_features"),
  ).toBe(false);
});

test("scale", () => {
  const title = (...values: number[]) =>
    findings(
      values.map((value) => [value, value / 2 + 0.1]),
      ["a", "b"],
    ).get("scale")?.title;
  const counts = (p: number) =>
    findings(
      [0, 2000].map((value) => Array.from({ length: p }, (_, j) => value + j)),
      Array.from({ length: p }, (_, j) => `g${j}`),
    ).get("scale")?.title;
  expect([counts(20), counts(5)]).toEqual(["Raw counts", "Whole numbers"]);
  expect(title(0.1, 0.9)).toBe("Proportions");
  expect(title(2.5, 14.2)).toBe("Probably logarithms");
  expect(title(-2.5, 4.2)).toMatch(/^Logarithms/);
  expect(title(3.3, 20000)).toBe("A linear scale");
  expect(title(-300, 20000)).toMatch(/negative/);
});

test("names that a spreadsheet damaged", () => {
  for (const name of ["2-Sep", "1-Mar", "1-Dec", "Sep-02", "2.Mrz", "2-Sep.1", "2001-09-02", "2.31E+13"])
    expect(isDamaged(name), name).toBe(true);
  for (const name of ["SEPT2", "MARCH1", "TP53", "1-Methylnicotinamide", "hsa-let-7a", "31563_at", "DEC1", "5-HT2"])
    expect(isDamaged(name), name).toBe(false);
});

test("labels: classes, their sizes, their spellings, samples without one", () => {
  const labels = ["case", "Case ", "control", "control", null];
  const found = findings(
    labels.map((_, i) => [i, i * i]),
    ["a", "b"],
    labels,
  );
  expect(found.get("label")?.title).toMatch(/class$/);
  expect(found.get("label_spelling")?.items).toEqual([{ name: "Case ", value: "case" }]);
  expect(found.get("class_sizes")).toMatchObject({ severity: "warning", detail: /1 sample has no label/ });
  expect(findings([[1], [2]], ["a"]).get("label")?.severity).toBe("warning");
});

test("a label of one class, and one that names each sample, cannot be studied", () => {
  const of = (labels: (string | null)[]) =>
    findings(
      labels.map((_, i) => [i, i * i]),
      ["a", "b"],
      labels,
    ).get("class_sizes");
  expect(of(["a", "a", "a"])).toMatchObject({ severity: "error", title: expect.stringContaining("one class only (a)") });
  expect(of(["a", "b", "c"])).toMatchObject({ severity: "error", title: expect.stringContaining("each of its 3 samples") });
  expect(of([null, null])).toMatchObject({ severity: "error", title: "class is empty" });
});

test("classes that go together with a batch", () => {
  const labels = ["a", "a", "a", "a", "b", "b", "b", "b"];
  const of = (name: string, values: string[], label: string | null = "class") =>
    findings(
      labels.map((_, i) => [i, i * i]),
      ["a", "b"],
      labels,
      {},
      [categorical(name, values), ...(label === null ? [categorical("sex", ["m", "f", "m", "f", "m", "f", "m", "f"])] : [])],
      label ?? "arm",
    ).get("batch_by_class");
  // V = sqrt(chi²/n): 8 of 8 in place gives 1, 6 of 8 in place 0.5, 4 of 8 none
  expect(of("plate", ["1", "1", "1", "1", "2", "2", "2", "2"])).toMatchObject({
    severity: "warning",
    title: "class and plate go together",
    detail: expect.stringContaining("1.00"),
    items: [
      { name: "a", value: "only in 1" },
      { name: "b", value: "only in 2" },
    ],
  });
  expect(of("sex", ["1", "1", "1", "2", "2", "2", "2", "1"])?.detail).toContain("0.50");
  expect(of("plate", ["1", "2", "1", "2", "1", "2", "1", "2"])).toBeUndefined();
  // no label is clear: only what is named like a batch is looked at
  expect(of("site", ["1", "1", "1", "1", "2", "2", "2", "2"], null)?.title).toBe("arm and site go together");
  expect(of("drug", ["1", "1", "1", "1", "2", "2", "2", "2"], null)).toBeUndefined();
});

test("an orientation with little to tell by is a warning with the way out", () => {
  expect(findings([[1], [2]], ["a"], undefined, { orientationMargin: 1 }).get("orientation")).toMatchObject({
    severity: "warning",
    remedy: /samples_in_columns/,
  });
  expect(findings([[1], [2]], ["a"]).get("orientation")?.severity).toBe("info");
});

import { expect, test } from "vitest";
import { type Cohort, categorical } from "../cohort.ts";
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
): Map<string, Finding> {
  const n = values.length;
  const pass = new MatrixPass(n, names.length);
  pass.dense(0, n, 0, names.length, Float32Array.from(values.flat()));
  pass.finish();
  const cohort: Cohort = {
    sampleIds: values.map((_, i) => `s${i}`),
    obs: labels ? [categorical("class", labels)] : [],
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
  expect(
    findings(
      [
        [0, 30],
        [2000, 5],
      ],
      ["a", "b"],
    ).get("scale")?.title,
  ).toBe("Raw counts");
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

test("an orientation with little to tell by is a warning with the way out", () => {
  expect(findings([[1], [2]], ["a"], undefined, { orientationMargin: 1 }).get("orientation")).toMatchObject({
    severity: "warning",
    remedy: /samples_in_columns/,
  });
  expect(findings([[1], [2]], ["a"]).get("orientation")?.severity).toBe("info");
});

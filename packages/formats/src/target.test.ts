import { expect, test } from "vitest";
import { categorical, type ObsColumn } from "./cohort.ts";
import { isCounterName, isFeatureHeading, isIdName, targetRank, uniqueNames } from "./names.ts";
import { classSizes, findTarget, labelCandidates } from "./target.ts";

const text = (name: string, ...values: (string | null)[]) => categorical(name, values);
const numbers = (name: string, ...values: number[]): ObsColumn => ({ name, kind: "numeric", values: Float64Array.from(values) });

test("the column asked for, then the one named like a target, then the only text column", () => {
  const obs = [text("sex", "m", "f", "m"), numbers("Status", 1, 0, 1), text("CLASS", "a", "b", "b")];
  expect(findTarget(obs, "sex")).toMatchObject({ found: true, by: "request", column: { name: "sex" } });
  expect(findTarget(obs)).toMatchObject({ found: true, by: "name", column: { name: "CLASS" } });
  expect(findTarget([numbers("age", 1, 2), text("tissue", "a", "b")])).toMatchObject({
    found: true,
    by: "only_text_column",
    column: { name: "tissue" },
  });
});

test("otherwise the candidates, likeliest first; a column of names is none", () => {
  const obs = [
    numbers("age", 1, 2, 3, 4),
    text("id", "p", "q", "r", "s"),
    text("site", "a", "b", "c", "a"),
    text("sex", "m", "f", "m", null),
    text("one", "x", "x", "x", "x"),
  ];
  expect(findTarget(obs)).toEqual({ found: false, candidates: ["sex", "site", "age"] });
  expect(findTarget(obs, "nothing")).toEqual({ found: false, candidates: ["sex", "site", "age"] });
  expect(labelCandidates([])).toEqual([]);
});

test("sizes of classes leave the unlabelled out", () => {
  expect(classSizes(text("c", "b", "a", null, "b") as Extract<ObsColumn, { kind: "categorical" }>)).toEqual([1, 2]);
});

test("names that mean something", () => {
  expect([targetRank("Y"), targetRank(" Label "), targetRank("status_2")]).toEqual([9, 1, -1]);
  for (const name of ["sample_id", "Sample ID", "Patient", "ID", "barcode", "SampleID", "subject no"])
    expect(isIdName(name), name).toBe(true);
  for (const name of ["age", "TP53", "identity", "samples_mean"]) expect(isIdName(name), name).toBe(false);
  expect(["", "Unnamed: 0", "idx"].every(isCounterName)).toBe(true);
  expect(["Gene Symbol", "fnames", "OTU ID"].every(isFeatureHeading)).toBe(true);
});

test("unique names pass over names that the file has already", () => {
  expect(uniqueNames(["NA", "NA.1", "NA", "NA", "", "", "unnamed"]).names).toEqual([
    "NA",
    "NA.1",
    "NA.2",
    "NA.3",
    "unnamed.1",
    "unnamed.2",
    "unnamed",
  ]);
});

import { describe, expect, test } from "vitest";
import { codesOf, readMatrix, readTable, sharedData, type TestMatrix, WITHOUT_DATA } from "../../../fixtures/data.ts";
import type { Ranking } from "../src/selectors/define.ts";
import { selectorOf } from "../src/selectors/registry.ts";
import { classTarget, rank, testThread } from "./thread.ts";

/*
 * Published cohorts: Welch t (class 1 minus class 0) and one-way F as SciPy gives them, to the digits that the
 * data sets' own description prints, and how many features pass Benjamini-Hochberg at 0.05.
 */

interface Judged {
  ranking: Ranking;
  at: (name: string) => number;
}

function judge(method: string, matrix: Pick<TestMatrix, "names" | "columns">, codes: Int32Array, classes: readonly string[]): Judged {
  const names = matrix.names.map((name, j) => (matrix.names.indexOf(name) === j ? name : `${name}.${j}`));
  const thread = testThread(matrix.columns, names, classTarget(codes, classes));
  const ranking = rank(selectorOf(method), thread, { shared: { nFeatures: names.length } });
  const place = new Map(ranking.features.map((j, k) => [names[j]!, k]));
  return { ranking, at: (name) => place.get(name) ?? -1 };
}

/** As many digits as the expected text shows. */
function shown(value: number | null, like: string): string {
  if (like.includes("e")) return value!.toExponential(like.indexOf("e") - 2).replace(/e([+-])(\d)$/, "e$10$2");
  return value!.toFixed(like.length - 1 - like.indexOf("."));
}

function expectTable({ ranking, at }: Judged, statistic: "t" | "f", table: string): void {
  for (const row of table.split("|").map((line) => line.trim().split(/\s+/))) {
    const [name, value, p] = row as [string, string, string | undefined];
    const k = at(name);
    expect(k, `${name} is among the tested`).toBeGreaterThanOrEqual(0);
    expect(`${name} ${shown(ranking.statistics![statistic]![k]!, value)}`).toBe(`${name} ${value}`);
    if (p !== undefined) expect(`${name} p ${shown(ranking.statistics!.p_value![k]!, p)}`).toBe(`${name} p ${p}`);
  }
}

const mapValues = (columns: readonly Float64Array[], change: (value: number) => number) => columns.map((values) => values.map(change));
const log2 = (value: number) => Math.log2(value);

function cohort(path: string, body: (path: string) => void): void {
  const found = sharedData(path);
  test.skipIf(found === undefined)(found === undefined ? `${path}: ${WITHOUT_DATA}` : path, () => body(found!));
}

describe("Welch t", () => {
  cohort("elias2017_mirna/Elias2017.csv", (path) => {
    const matrix = readMatrix(path);
    const codes = codesOf(matrix.labels.Class!, ["Control", "Cancer"]);
    const judged = judge("t_test", matrix, codes, ["Control", "Cancer"]);
    expectTable(
      judged,
      "t",
      `hsa-miR-200c-3p 4.597 8.15e-06| hsa-miR-320d 4.059 7.51e-05| hsa-miR-320c 3.715 2.73e-04|
       hsa-miR-30d-5p -3.631 3.71e-04| hsa-miR-425-5p -3.095 2.30e-03`,
    );
    expect(judged.ranking.summary).toMatchObject({ tested: 192, significant: 4, data_scale: "log" });
    expect(judged.at("hsa-miR-200c-3p")).toBe(0);
  });

  cohort("golub_leukemia/golub_tidy.csv.gz", (path) => {
    const raw = readMatrix(path, 2);
    const codes = codesOf(raw.labels.class!, ["ALL", "AML"]);
    const matrix = { names: raw.names, columns: mapValues(raw.columns, (value) => log2(Math.min(16000, Math.max(100, value)))) };
    const judged = judge("t_test", matrix, codes, ["ALL", "AML"]);
    expectTable(
      judged,
      "t",
      `X95735_at 12.830 8.54e-20| M11722_at -11.727 5.41e-18| M31523_at -11.784 3.60e-17| L09209_s_at 10.796 3.07e-16|
       U46499_at 12.284 5.19e-15| M27891_at 12.239 1.70e-14| M23197_at 11.419 1.06e-13`,
    );
    // The data's description says 1863 pass. Clipping makes 734 probes constant, and SciPy, in doubles of log2 100, gives each of
    // them t = -3.76 out of rounding alone. A constant probe cannot be tested; SciPy without them gives 942 of 6395 too.
    expect(judged.ranking.summary).toMatchObject({ tested: 6395, untestable: 734, significant: 942 });
    expect(judge("t_test", raw, codes, ["ALL", "AML"]).ranking.summary!.data_scale).toBe("raw");
  });

  cohort("alon_colon/alon_colon.csv.gz", (path) => {
    const raw = readMatrix(path);
    const codes = codesOf(raw.labels.class!, ["normal", "tumor"]);
    const judged = judge("t_test", { names: raw.names, columns: mapValues(raw.columns, log2) }, codes, ["normal", "tumor"]);
    expectTable(
      judged,
      "t",
      `X493 -6.197 2.51e-07| X1042 5.725 5.12e-07| X513 5.378 1.51e-06| X1772 5.446 2.33e-06| X1671 5.351 4.00e-06|
       X1582 5.136 4.53e-06| X377 -5.169 5.10e-06`,
    );
    expect(judged.ranking.summary!.significant).toBe(105);
  });

  cohort("p53_nci60/p53_nci60.csv.gz", (path) => {
    const matrix = readMatrix(path);
    const codes = codesOf(matrix.labels.p53!, ["MUT", "WT"]);
    const judged = judge("t_test", matrix, codes, ["MUT", "WT"]);
    expectTable(
      judged,
      "t",
      "BAX 5.527 4.92e-06| MDM2 4.226 1.55e-04| FLJ13052 -4.298 1.55e-04| STAT6 4.026 2.10e-04| DDB2 3.994 4.22e-04| CDKN1A 3.923",
    );
    expect(judged.ranking.summary).toMatchObject({ tested: 10_100, significant: 1 });
    expect(judged.at("BAX")).toBe(0);
  });

  cohort("tcga_luad20/input_data_1.csv.gz", (path) => {
    const [header, ...rows] = readTable(path);
    const label = new Map(readTable(sharedData("tcga_luad20/input_data_2.csv")!).slice(1) as [string, string][]);
    const codes = codesOf(
      header!.slice(1).map((id) => label.get(id)!),
      ["Normal", "Tumor"],
    );
    const matrix = {
      names: rows.map((row) => row[0]!),
      columns: rows.map((row) => Float64Array.from(row.slice(1), (cell) => log2(Number(cell) + 1))),
    };
    const judged = judge("t_test", matrix, codes, ["Normal", "Tumor"]);
    expectTable(judged, "t", "SLC6A13 -21.815 3.90e-13| S1PR1 -16.094 3.95e-12| PTPRH 14.986 2.65e-11| PECAM1 -13.020 3.46e-10");
    expect(judged.ranking.summary).toMatchObject({ tested: 19_594, untestable: 908, significant: 5852 });
    const sftpc = judged.at("SFTPC");
    expect(judged.ranking.statistics!.mean_1![sftpc]!.toFixed(2)).toBe("7.89");
    expect(judged.ranking.statistics!.mean_0![sftpc]!.toFixed(2)).toBe("19.09");
    expect(judged.ranking.statistics!.log2_fold_change![sftpc]!).toBeCloseTo(7.89 - 19.09, 1);
  });

  // 21 % missing: only what is there is used
  cohort("alzheimer_csf_proteomics/proteome.csv.gz", (path) => {
    const all = readMatrix(path, 0);
    const meta = readTable(sharedData("alzheimer_csf_proteomics/meta.csv")!);
    const column = meta[0]!.indexOf("_primary biochemical AD classification");
    const diagnosis = new Map(meta.slice(1).map((row) => [row[0]!, row[column]!]));
    const keep = all.sampleIds.flatMap((id, i) => (diagnosis.get(id) ? [i] : []));
    const codes = codesOf(
      keep.map((i) => diagnosis.get(all.sampleIds[i]!)!),
      ["biochemical control", "biochemical AD"],
    );
    const taken = all.columns.map((values) => Float64Array.from(keep, (i) => log2(values[i]!)));
    const half = taken.flatMap((values, j) => (values.filter((value) => !Number.isNaN(value)).length >= keep.length / 2 ? [j] : []));
    const matrix = { names: half.map((j) => all.names[j]!), columns: half.map((j) => taken[j]!) };
    const judged = judge("t_test", matrix, codes, ["control", "AD"]);
    expectTable(
      judged,
      "t",
      "P10636-2;P10636-6 8.986 1.05e-15| P04075 8.622 2.43e-15| P00338;P00338-3 8.564 3.29e-15| P61981 8.263| P63104 8.139| Q9Y2T3;Q9Y2T3-3 7.897| P14618 7.690| P00441 6.215",
    );
    expect(judged.ranking.summary).toMatchObject({ tested: 1288, significant: 327 });
    expect(judged.at("P10636-2;P10636-6")).toBe(0);
  });
});

describe("one-way F", () => {
  cohort("khan_srbct/srbct.csv.gz", (path) => {
    const raw = readMatrix(path, 2);
    const classes = ["EWS", "BL", "NB", "RMS"];
    const codes = codesOf(raw.labels.class!, classes);
    const matrix = { names: raw.names, columns: mapValues(raw.columns, log2) };
    const judged = judge("anova", matrix, codes, classes);
    expectTable(
      judged,
      "f",
      "IMAGE_784224 84.36 1.46e-24| IMAGE_770394 83.82| IMAGE_796258 77.80| IMAGE_295985 69.23| IMAGE_377461 68.41| IMAGE_812105 65.57",
    );
    expect(judged.ranking.summary!.significant).toBe(1162);
    const train = raw.labels.set!.flatMap((set, i) => (set === "train" ? [i] : []));
    const onTrain = { names: raw.names, columns: matrix.columns.map((values) => Float64Array.from(train, (i) => values[i]!)) };
    const first = judge(
      "anova",
      onTrain,
      codes.filter((_, i) => train.includes(i)),
      classes,
    );
    expectTable(first, "f", "IMAGE_770394 87.88| IMAGE_784224 75.51| IMAGE_377461 69.34| IMAGE_814260 62.54| IMAGE_796258 57.85");
  });

  cohort("pbmc68k_reduced/raw_X_with_labels.csv.gz", (path) => {
    const matrix = readMatrix(path, 2);
    const classes = [...new Set(matrix.labels.bulk_labels)].sort();
    const judged = judge("anova", matrix, codesOf(matrix.labels.bulk_labels!, classes), classes);
    expectTable(judged, "f", "CST3 989.7| LYZ 429.1| CD79A 359.3 1.3e-253| AIF1 315.6| FCER1G 308.6| LST1 288.3");
  });

  cohort("christensen_methylation/christensen_methylation.csv.gz", (path) => {
    const matrix = readMatrix(path);
    const classes = ["other", "blood", "placenta"];
    const judged = judge("anova", matrix, codesOf(matrix.labels.tissue!, classes), classes);
    expectTable(judged, "f", "OSM_P188_F 7123.0 1.65e-196| AFF3_P122_F 4061.8| GUCY2D_E419_R 3456.3| RHOH_P121_F 3360.3");
    expect(judged.ranking.summary!.significant).toBe(1328);
    expect(judged.ranking.statistics!.p_value![0]).toBeGreaterThan(0);
  });
});

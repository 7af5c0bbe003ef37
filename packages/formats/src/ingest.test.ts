import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharedData, WITHOUT_DATA } from "../../../fixtures/data.ts";
import { IngestError } from "./errors.ts";
import { readColumnsInto, readInfo } from "./h5ad/read.ts";
import { type IngestOptions, type IngestReport, ingest } from "./ingest.ts";

let folder = "";
let output = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "formats-"));
  output = join(folder, "data.h5ad");
});
afterAll(() => rm(folder, { recursive: true }));

async function* once(content: string | Uint8Array): AsyncIterable<Uint8Array> {
  yield typeof content === "string" ? Buffer.from(content) : content;
}

function take(content: string | Uint8Array, options: Partial<IngestOptions> = {}): Promise<IngestReport> {
  return ingest({ input: once(content), output, ...options });
}

async function columnsOf(layer: "X" | "raw" = "X", rows?: Uint32Array, features?: Uint32Array): Promise<Float32Array[]> {
  const { n, p } = await readInfo(output, layer);
  const columns = Array.from({ length: features?.length ?? p }, () => new Float32Array(rows?.length ?? n).fill(-99));
  await readColumnsInto(output, layer, rows, features, (j) => columns[j]!);
  return columns;
}

async function faultOf(content: string | Uint8Array, options: Partial<IngestOptions> = {}): Promise<IngestError> {
  const error = await take(content, options).then(
    () => undefined,
    (fault) => fault,
  );
  expect(error).toBeInstanceOf(IngestError);
  expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  return error as IngestError;
}

const ids = (report: IngestReport) => report.doctor.findings.map(({ id }) => id);
const finding = (report: IngestReport, id: string) => report.doctor.findings.find((one) => one.id === id);

describe("what goes where", () => {
  test("numbers to X, text and numbers named like a target to obs, ids to the index", async () => {
    const report = await take("sample_id,Status,batch,g1,g2\na,1,x,0.5,1\nb,0,y,NA,2\nc,1,,1.5,3\n");
    expect(report).toMatchObject({ n: 3, p: 2, orientation: "samples_in_rows", layers: ["X"] });
    const info = await readInfo(output);
    expect(info.sampleIds).toEqual(["a", "b", "c"]);
    expect(info.featureNames).toEqual(["g1", "g2"]);
    expect(info.obs).toEqual([
      { name: "Status", kind: "numeric", values: Float64Array.of(1, 0, 1) },
      { name: "batch", kind: "categorical", categories: ["x", "y"], codes: Int32Array.of(0, 1, -1) },
    ]);
    expect(await columnsOf()).toEqual([Float32Array.of(0.5, Number.NaN, 1.5), Float32Array.of(1, 2, 3)]);
    expect(info.hash).toBe(report.hash);
    expect(info.doctor).toEqual(report.doctor);
  });

  test("TRUE and FALSE are classes, not measurements", async () => {
    const report = await take("id,case,g1\na,TRUE,1\nb,FALSE,2\n");
    expect(report.obs).toEqual([{ name: "case", kind: "categorical", classes: { FALSE: 1, TRUE: 1 } }]);
  });

  test("a column is text when over half of its filled cells are no numbers", async () => {
    const text = await take("id,grade,g1\na,1,1\nb,II,2\nc,III,3\nd,,4\n");
    expect(text.obs).toEqual([{ name: "grade", kind: "categorical", classes: { "1": 1, II: 1, III: 1 } }]);
    const fault = await faultOf("id,grade,g1\na,1,1\nb,2,2\nc,low,3\nd,,4\n");
    expect(fault).toMatchObject({ code: "not_a_number", row: 4, column: "grade", message: /"low" is no number/ });
  });

  test("the spelling of categories survives numbers among them", async () => {
    const report = await take("id,ward,g1\na,007,1\nb,A1,2\nc,B2,3\nd,1.50,4\ne,C,5\n");
    expect(Object.keys(report.obs[0]!.classes!)).toEqual(["007", "1.50", "A1", "B2", "C"]);
  });

  test("samples without names are numbered; a row counter gives way to real names", async () => {
    await take("g1,g2,class\n1.5,2,a\n1.5,4,b\n");
    expect((await readInfo(output)).sampleIds).toEqual(["S1", "S2"]);
    const report = await take("Idx,SampleID,class,g1\n1,p7,a,1\n2,p9,b,2\n");
    expect((await readInfo(output)).sampleIds).toEqual(["p7", "p9"]);
    expect(finding(report, "left_out")?.items).toEqual([{ name: "Idx", value: "it counts the rows" }]);
    await take("patient,g1,g2\n700015293,1,5\n700015294,2,6\n");
    expect((await readInfo(output)).sampleIds).toEqual(["700015293", "700015294"]);
  });

  test("patients measured again are told apart, and stay to group by", async () => {
    await take("patient,g1,g2\n7,1,5\n7,2,6\n8,3,7\n9,4,1\n");
    const info = await readInfo(output);
    expect(info.sampleIds).toEqual(["7", "7.1", "8", "9"]);
    expect(info.featureNames).toEqual(["g1", "g2"]);
    expect(info.obs).toMatchObject([{ name: "patient", kind: "categorical", codes: Int32Array.of(0, 0, 1, 2) }]);
  });

  test("doubled and empty names are told apart and reported", async () => {
    const report = await take("id,TP53,,TP53,TP53.1,\na,1,2,3,4,5\na,1,2,3,4,5\nb,0,1,2,3,9\n");
    const info = await readInfo(output);
    expect(info.featureNames).toEqual(["TP53", "unnamed", "TP53.2", "TP53.1", "unnamed.1"]);
    expect(info.sampleIds).toEqual(["a", "a.1", "b"]);
    expect(ids(report)).toEqual(expect.arrayContaining(["duplicate_features", "duplicate_samples", "identical_samples"]));
    expect(finding(report, "identical_samples")?.items).toEqual([{ name: "a.1", value: "a" }]);
  });

  test("samples in columns, found by a line of text or asked for", async () => {
    const table = "gene\tS1\tS2\tS3\nclass\ttumor\tnormal\ttumor\nTP53\t1\t2\t3\nKRAS\t4\tNA\t6\n";
    expect(await take(table)).toMatchObject({ n: 3, p: 2, orientation: "samples_in_columns" });
    expect(await columnsOf()).toEqual([Float32Array.of(1, 2, 3), Float32Array.of(4, Number.NaN, 6)]);
    expect((await readInfo(output)).obs).toMatchObject([{ name: "class", categories: ["normal", "tumor"], codes: Int32Array.of(1, 0, 1) }]);
    const square = "name,x1,x2\ny1,1,2\ny2,3,4\n";
    expect(await take(square, { orientation: "samples_in_columns" })).toMatchObject({ orientation: "samples_in_columns" });
    expect((await readInfo(output)).sampleIds).toEqual(["x1", "x2"]);
    expect(await take(square, { orientation: "samples_in_rows" })).toMatchObject({ orientation: "samples_in_rows" });
    expect((await readInfo(output)).sampleIds).toEqual(["y1", "y2"]);
  });
});

describe("the sample sheet", () => {
  const matrix = "id,g1,g2\na,1,2\nb,3,4\nc,5,6\n";

  test("is joined by name, whatever its order and whichever column holds the names", async () => {
    const sheet = "no,sex,name,age,site/ward\n1,f,c,50,x\n2,m,a,60.5,y\n3,m,z,70,y\n";
    const report = await take(matrix, { sheet: once(sheet) });
    const info = await readInfo(output);
    expect(info.obs).toEqual([
      { name: "no", kind: "numeric", values: Float64Array.of(2, Number.NaN, 1) },
      { name: "sex", kind: "categorical", categories: ["f", "m"], codes: Int32Array.of(1, -1, 0) },
      { name: "age", kind: "numeric", values: Float64Array.of(60.5, Number.NaN, 50) },
      { name: "site/ward", kind: "categorical", categories: ["x", "y"], codes: Int32Array.of(1, -1, 0) },
    ]);
    expect(finding(report, "sample_sheet")).toMatchObject({ severity: "warning", items: [{ name: "b" }], title: /2 of 3/ });
  });

  test("that names no sample is refused with names of both sides", async () => {
    const fault = await faultOf(matrix, { sheet: once("id,sex\nA-1,f\nB-1,m\n") });
    expect(fault).toMatchObject({ code: "sheet_mismatch", message: /"a", "b", "c".*"A-1", "B-1"/ });
  });

  test("decides which way round the matrix stands", async () => {
    const report = await take("x,p1,p2,p3\nq1,1,2,3\nq2,4,5,6\nq3,7,8,9\n", { sheet: once("who,label\np1,u\np2,v\np3,u\n") });
    expect(report).toMatchObject({ orientation: "samples_in_columns", obs: [{ name: "label" }] });
  });

  test("a fault that is found when it is joined is the sheet's too", async () => {
    const noMatch = await faultOf("id,g1\na,1\nb,2\n", { sheet: once("id,class\nq,x\nr,y\n") });
    expect([noMatch.code, noMatch.sheet]).toEqual(["sheet_mismatch", true]);
    const cell = await faultOf("id,g1\na,1\nb,2\nc,3\n", { sheet: once("id,age\na,1\nb,old\nc,3\n") });
    expect([cell.code, cell.sheet, cell.row, cell.column]).toEqual(["not_a_number", true, 3, "age"]);
    const matrix = await faultOf("id,g1\na,1\nb,x\nc,3\n", { sheet: once("id,age\na,1\nb,2\n") });
    expect(matrix.sheet).toBe(false);
  });

  test("says that a fault is in the sheet", async () => {
    expect((await faultOf(matrix, { sheet: once("id,age\na,50\nb\n") })).message).toMatch(/^in the sample sheet: line 3/);
    expect((await faultOf(matrix, { sheet: once("id,age\na,50\nb,60\nc,n.d.\n") })).message).toMatch(/^sample sheet, line 4, column "age"/);
  });
});

describe("the hash", () => {
  const rows = [
    ["id", "class", "g1", "g2", "g3"],
    ["a", "x", "0.5", "0", "1e3"],
    ["b", "y", "", "-2", "7"],
    ["c", "x", "3", "0", "0"],
  ];
  const text = (table: string[][], separator = ",") => table.map((row) => row.join(separator)).join("\n");
  const turned = rows[0]!.map((_, k) => rows.map((row) => row[k]!));

  test("is that of the data, not of the file", async () => {
    const { hash } = await take(text(rows));
    await writeFile(join(folder, "first.h5ad"), await readFile(output));
    expect((await take(text(rows, "\t"))).hash).toBe(hash);
    expect((await take(gzipSync(Buffer.from(text(rows))))).hash).toBe(hash);
    expect((await take(Buffer.from(`\ufeff${text(rows, ";")}`, "utf16le"))).hash).toBe(hash);
    expect((await take(text(rows, ";").replaceAll("0.5", "0,5"))).hash).toBe(hash);
    expect((await take(text(turned))).hash).toBe(hash);
    expect((await ingest({ input: join(folder, "first.h5ad"), output })).hash).toBe(hash);
    const sheetless = rows.map(([id, , ...values]) => [id!, ...values]);
    const sheet = rows.map(([id, label]) => [id!, label!]).reverse();
    expect((await take(text(sheetless), { sheet: once(text([rows[0]!.slice(0, 2), ...sheet.slice(0, -1)])) })).hash).toBe(hash);
  });

  test("changes with a value, a name, a label, and a missing value that becomes 0", async () => {
    const { hash } = await take(text(rows));
    const change = (from: string, to: string) => take(text(rows).replace(from, to)).then((report) => report.hash);
    const others = await Promise.all([hash]);
    for (const [from, to] of [
      ["0.5", "0.6"],
      ["g2", "g4"],
      ["b,y", "b,x"],
      ["c,x", "d,x"],
      ["b,y,,", "b,y,0,"],
    ] as const) {
      others.push(await change(from, to));
    }
    expect(new Set(others).size).toBe(6);
  });
});

describe("faults", () => {
  test("a cell that is no number: place, value, count and remedy", async () => {
    const fault = await faultOf("id,g1,g2\na,1,2\nb,<LOD,3\nc,2,?\nd,4,5\n");
    expect(fault).toMatchObject({
      code: "not_a_number",
      row: 3,
      column: "g1",
      message: /"<LOD".*1 more such cells in 2 columns/,
      remedy: /limit of detection/,
    });
    expect(await faultOf("id,g1\na,1\nb,2\nc,1e39\n")).toMatchObject({ code: "not_a_number", remedy: /float32/ });
  });

  test("a number beyond float32 is too large, a number in three parts is none", async () => {
    for (const value of ["1e39", "Inf", "-inf", "1e400"]) {
      const fault = await faultOf(`id,g1\na,1\nb,${value}\nc,2\n`);
      expect([fault.message, fault.remedy]).toEqual([expect.stringContaining("is too large"), expect.stringContaining("float32")]);
    }
    const parts = await faultOf("id,g1\na,1\nb,1.234.567\nc,2\n");
    expect([parts.message, parts.remedy]).toEqual([expect.stringContaining("is no number"), expect.stringContaining("NA where")]);
  });

  test("one sample is no study, a line of numbers no header", async () => {
    expect(await faultOf("id,g1,g2\na,1,2\nb,1,2\n")).toMatchObject({
      code: "no_features",
      message: expect.stringContaining("all 2 features have one value only"),
    });
    expect(await faultOf("id,g1,g2\na,1,2\n")).toMatchObject({ code: "no_samples", message: expect.stringContaining('"a"') });
    const headless = await faultOf("0.5,1.5,2.5\n0.1,1.1,2.1\n0.2,1.2,2.2\n0.3,1.3,2.3\n");
    expect([headless.code, headless.row]).toEqual(["not_a_matrix", 1]);
    // sample names may be numbers, as in Golub's files, below a heading of their own
    expect(await take("gene,1,2\na,1,4\nb,2,5\nc,3,7\n", { orientation: "samples_in_columns" })).toMatchObject({ n: 2, p: 3 });
  });

  test("tables of other kinds are called by their names", async () => {
    expect((await faultOf("%%MatrixMarket matrix coordinate integer general\n3 2 1\n1 1 5\n")).message).toContain("Matrix Market");
    expect((await faultOf("@relation x\n@attribute a numeric\n@data\n1\n")).message).toContain("ARFF");
  });

  test("a table of text", async () => {
    expect(await faultOf("id,label\na,x\nb,y\n")).toMatchObject({ code: "no_features", remedy: /sample sheet/ });
  });

  test("an h5ad file that arrives as a stream, or is cut off", async () => {
    await take("id,g1\na,1\nb,2\n");
    const whole = await readFile(output);
    expect(await faultOf(whole)).toMatchObject({ code: "h5ad_layout" });
    const cut = join(folder, "cut.h5ad");
    await writeFile(cut, whole.subarray(0, whole.length >> 1));
    await expect(ingest({ input: cut, output })).rejects.toMatchObject({ code: "truncated" });
  });

  test("a fault leaves the data set of before as it was", async () => {
    const { hash } = await take("id,g1\na,1\nb,2\n");
    await faultOf("id,g1\na,1\nb\n");
    expect((await readInfo(output)).hash).toBe(hash);
  });
});

describe("columns of a matrix wider and longer than a chunk", () => {
  const n = 300;
  const p = 1100;
  const value = (i: number, j: number) => Math.fround(((i * 7919 + j * 104729) % 1000) / 8);
  const table = () =>
    [
      ["id", ...Array.from({ length: p }, (_, j) => `g${j}`)],
      ...Array.from({ length: n }, (_, i) => [`s${i}`, ...Array.from({ length: p }, (_, j) => value(i, j))]),
    ]
      .map((row) => row.join(","))
      .join("\n");

  test("whole, and in any choice and order of samples and features", async () => {
    await take(table());
    const all = await columnsOf();
    all.forEach((column, j) => {
      expect(column).toEqual(Float32Array.from({ length: n }, (_, i) => value(i, j)));
    });
    const rows = Uint32Array.of(299, 3, 3, 256, 0);
    const features = Uint32Array.of(1099, 0, 1024, 5);
    const some = await columnsOf("X", rows, features);
    features.forEach((j, k) => {
      expect(some[k]).toEqual(Float32Array.from(rows, (i) => value(i, j)));
    });
  });
});

const real: {
  name: string;
  file: string;
  sheet?: string;
  n: number;
  p: number;
  obs?: Record<string, Record<string, number>>;
  also?: (report: IngestReport) => void;
}[] = [
  {
    name: "golub_tidy",
    file: "golub_leukemia/golub_tidy.csv.gz",
    n: 72,
    p: 7129,
    obs: { class: { ALL: 47, AML: 25 }, set: { independent: 34, train: 38 } },
  },
  { name: "alon", file: "alon_colon/alon_colon.csv.gz", n: 62, p: 2000, obs: { class: { normal: 22, tumor: 40 } } },
  {
    name: "alon, features in rows, class in the second line, doubled names",
    file: "alon_colon/alon_colon_features_in_rows_dupnames.tsv.gz",
    n: 62,
    p: 2000,
    obs: { class: { normal: 22, tumor: 40 } },
    also: (report) => expect(finding(report, "duplicate_features")?.count).toBeGreaterThan(0),
  },
  { name: "srbct", file: "khan_srbct/srbct.csv.gz", n: 83, p: 2308, obs: { class: { BL: 11, EWS: 29, NB: 18, RMS: 25 } } },
  { name: "Elias2017", file: "elias2017_mirna/Elias2017.csv", n: 179, p: 192, obs: { Class: { Cancer: 98, Control: 81 } } },
  {
    name: "luad with its sheet",
    file: "tcga_luad20/input_data_1.csv.gz",
    sheet: "tcga_luad20/input_data_2.csv",
    n: 20,
    p: 20502,
    obs: { label: { Normal: 10, Tumor: 10 } },
  },
  {
    name: "cervical",
    file: "cervical_mirna/cervical.txt",
    n: 58,
    p: 714,
    also: (report) => expect(finding(report, "scale")?.title).toBe("Raw counts"),
  },
  {
    name: "human_cachexia",
    file: "human_cachexia/human_cachexia.csv",
    n: 77,
    p: 63,
    obs: { "Muscle loss": { cachexic: 47, control: 30 } },
  },
  {
    name: "excel-mangled names",
    file: "nasty/derived_luad20_excel_mangled_names.csv",
    n: 20,
    p: 3026,
    also: (report) => {
      expect(finding(report, "excel_names")?.count).toBe(25);
      expect(finding(report, "duplicate_features")?.items).toContainEqual({ name: "SLC35E2", value: "SLC35E2.1" });
    },
  },
  {
    name: "breast_tumors_paired, empty and repeated names",
    file: "breast_tumors_paired/breast_tumors_paired.csv",
    n: 47,
    p: 1000,
    obs: { treatment: { AF: 20, BE: 27 } },
    also: (report) => {
      expect(finding(report, "missing_values")?.title).toMatch(/^2400 values missing \(5.1 %\)/);
      // 110 empty names and the second and later of the others
      expect(finding(report, "duplicate_features")?.count).toBe(171);
    },
  },
  {
    name: "hmp_16s with numeric ids",
    file: "hmp_16s/otu_counts.csv.gz",
    sheet: "hmp_16s/metadata.csv",
    n: 162,
    p: 1674,
    obs: { bodysite: { Antecubital_fossa: 54, Stool: 54, Subgingival_plaque: 54 } },
  },
  {
    name: "alzheimer with its sheet",
    file: "alzheimer_csf_proteomics/proteome.csv.gz",
    sheet: "alzheimer_csf_proteomics/meta.csv",
    n: 210,
    p: 1542,
    obs: { "_primary biochemical AD classification": { "biochemical AD": 88, "biochemical control": 109 } },
    also: (report) => expect(finding(report, "missing_values")?.title).toMatch(/^68655 values missing/),
  },
  {
    name: "christensen",
    file: "christensen_methylation/christensen_methylation.csv.gz",
    n: 217,
    p: 1413,
    obs: { tissue: { blood: 85, other: 113, placenta: 19 } },
    also: (report) => expect(finding(report, "scale")?.title).toBe("Proportions"),
  },
  { name: "vantveer", file: "vantveer_survival/vantveer_survival.csv.gz", n: 78, p: 4707 },
  { name: "gse7390", file: "gse7390_breast_survival/gse7390.csv", n: 198, p: 80, obs: { er: { negative: 64, positive: 134 } } },
  { name: "dlbcl, TRUE and FALSE as classes", file: "dlbcl_shipp/dlbcl.tsv.gz", n: 77, p: 2647, obs: { class: { FALSE: 19, TRUE: 58 } } },
  {
    name: "golub raw with its labels",
    file: "golub_leukemia/data_set_ALL_AML_train.csv.gz",
    sheet: "golub_leukemia/actual.csv",
    n: 38,
    p: 7129,
    obs: { cancer: { ALL: 27, AML: 11 } },
  },
  { name: "cptac, two columns of names", file: "cptac_brca_phospho/PhosphoDiscoData_mmc9.txt.gz", n: 122, p: 4237 },
  {
    name: "labels in another order, some empty",
    file: "tcga_brca_cna/cna_all873_unlabelled.csv.gz",
    sheet: "tcga_brca_cna/labels_shuffled_order.csv",
    n: 873,
    p: 515,
    obs: { pam50: { Basal: 62, Her2: 40, LumA: 90 } },
  },
];

describe("published data", () => {
  const tenX = sharedData("tenx_v3_chr21/filtered_feature_bc_matrix.h5");
  test.skipIf(tenX === undefined)(`a Cell Ranger file is refused with the way over${tenX ? "" : ` (${WITHOUT_DATA})`}`, async () => {
    const fault = await ingest({ input: tenX!, output }).catch((error) => error);
    expect(fault).toMatchObject({ code: "h5ad_layout", remedy: expect.stringContaining("read_10x_h5") });
  });

  for (const { name, file, sheet, n, p, obs, also } of real) {
    const path = sharedData(file);
    test.skipIf(path === undefined)(path === undefined ? `${name} (${WITHOUT_DATA})` : name, async () => {
      const report = await ingest({ input: createReadStream(path!), sheet: sheet && sharedData(sheet), output });
      expect([report.n, report.p]).toEqual([n, p]);
      for (const [column, classes] of Object.entries(obs ?? {}))
        expect(report.obs.find((one) => one.name === column)?.classes).toEqual(classes);
      also?.(report);
    });
  }

  const clean = sharedData("human_cachexia/human_cachexia.csv");
  test.skipIf(clean === undefined)(`the same numbers from re-formatted files${clean ? "" : ` (${WITHOUT_DATA})`}`, async () => {
    const { hash } = await ingest({ input: clean!, output });
    for (const nasty of ["semicolon_decimalcomma_bom_crlf.csv", "utf16le_tab_features_in_rows.tsv"]) {
      expect((await ingest({ input: sharedData(`nasty/derived_cachexia_${nasty}`)!, output })).hash, nasty).toBe(hash);
    }
  });

  test.skipIf(clean === undefined)(
    `a messy file is refused, and read once its faults are mended${clean ? "" : ` (${WITHOUT_DATA})`}`,
    async () => {
      const messy = sharedData("nasty/derived_cachexia_messy_missing.csv")!;
      expect(await ingest({ input: messy, output }).catch((error) => error)).toMatchObject({
        code: "not_a_number",
        row: 9,
        column: "2-Oxoglutarate",
      });
      const mended = (await readFile(messy, "utf8")).replaceAll(/(?<=,)(?:-|<LOD|0\.0\*|\?)(?=,)/g, "NA");
      const report = await take(mended);
      expect([report.n, report.p]).toEqual([78, 63]);
      expect(ids(report)).toEqual(expect.arrayContaining(["duplicate_samples", "label_spelling", "missing_values"]));
      expect((await readInfo(output)).featureNames[0]).toBe("1,6-Anhydro-beta-D-glucose");
    },
  );

  const cells = sharedData("pbmc68k_reduced/10x_pbmc68k_reduced.h5ad");
  test.skipIf(cells === undefined)(
    `pbmc68k: dense X, sparse raw/X, equal to the same matrix as text${cells ? "" : ` (${WITHOUT_DATA})`}`,
    async () => {
      const report = await ingest({ input: cells!, output });
      expect(report).toMatchObject({ n: 700, p: 765, format: "h5ad", layers: ["X", "raw"] });
      expect(report.obs.find(({ name }) => name === "bulk_labels")?.classes).toMatchObject({ Dendritic: 240, "CD34+": 13 });
      expect(report.obs.find(({ name }) => name === "n_genes")?.kind).toBe("numeric");
      const raw = await columnsOf("raw");
      const scaled = await columnsOf("X");
      const { featureNames, sampleIds } = await readInfo(output, "raw");
      const rows = Uint32Array.of(699, 5, 5);
      const some = await columnsOf("raw", rows, Uint32Array.of(700, 2));
      expect(some).toEqual([raw[700]!, raw[2]!].map((column) => Float32Array.from(rows, (i) => column[i]!)));
      expect(scaled.some((column) => column.some((value) => value < 0))).toBe(true);
      await ingest({ input: sharedData("pbmc68k_reduced/raw_X_with_labels.csv.gz")!, output });
      const text = await readInfo(output);
      expect(text.sampleIds).toEqual(sampleIds);
      const columns = new Map(text.featureNames.map((name, j) => [name, j]));
      const values = await columnsOf();
      featureNames.forEach((name, j) => {
        const other = values[columns.get(name)!]!;
        for (let i = 0; i < other.length; i++) expect(Math.abs(raw[j]![i]! - other[i]!)).toBeLessThan(1e-3);
      });
    },
  );
});

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IngestError } from "../errors.ts";
import { openSource } from "./bytes.ts";
import { readTable } from "./read-table.ts";
import type { TextTable } from "./table.ts";

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncIterable<Uint8Array> {
  for (let at = 0, k = 0; at < bytes.length; k++) {
    const size = Math.max(1, sizes[k % sizes.length]!);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function parse(content: string | Uint8Array, sizes: readonly number[] = [1 << 16]): Promise<TextTable> {
  const opened = await openSource(pieces(typeof content === "string" ? Buffer.from(content) : content, sizes));
  if (opened.kind !== "text") throw new Error("not text");
  return readTable(opened.chunks);
}

function values(table: TextTable): number[][] {
  return Array.from({ length: table.rows }, (_, row) => Array.from({ length: table.columns }, (_, column) => table.at(row, column)));
}

async function faultOf(content: string | Uint8Array): Promise<IngestError> {
  const error = await parse(content).then(
    () => undefined,
    (fault) => fault,
  );
  expect(error).toBeInstanceOf(IngestError);
  return error as IngestError;
}

describe("numbers", () => {
  test("every spelling of a number becomes Math.fround(Number(text))", async () => {
    const digits = fc.stringMatching(/^\d{1,25}$/);
    const spelled = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e38, max: 1e38 }).map(String),
      fc
        .float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) })
        .map((value) => value.toPrecision(17)),
      fc
        .tuple(fc.constantFrom("", "-", "+"), digits, fc.option(digits))
        .map(([sign, whole, part]) => `${sign}${whole}${part ? `.${part}` : ""}`),
      fc.tuple(digits, fc.integer({ min: -60, max: 10 })).map(([whole, power]) => `${whole[0]}.${whole.slice(1)}e${power}`),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(spelled, { minLength: 1, maxLength: 40 }), async (numbers) => {
        const table = await parse(`id,x\n${numbers.map((number, k) => `s${k},${number}`).join("\n")}`);
        numbers.forEach((number, row) => {
          expect(table.at(row, 1), number).toBe(Math.fround(Number(number)));
          expect(table.spelled(row, 1)).toBe(number);
        });
      }),
      { numRuns: 100 },
    );
  });

  test("a value beside the middle of two float32 numbers rounds by its last digit", async () => {
    // 1 + 2^-24 is the middle of 1 and 1 + 2^-23: it rounds to even, the least more rounds up
    const texts = ["1.000000059604644775390625", "1.000000059604644800000000", "1.000000059604644775390624"];
    const table = await parse(`id,x\n${texts.map((text, k) => `s${k},${text}`).join("\n")}\n`);
    expect(values(table).map((row) => row[1])).toEqual(texts.map((text) => Math.fround(Number(text))));
  });
});

describe("a random table, in random pieces", () => {
  const cell = fc.oneof(
    { weight: 6, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }) },
    { weight: 1, arbitrary: fc.constantFrom(...["", "NA", "n/a", "NaN", "null", "#N/A"]) },
    {
      weight: 1,
      arbitrary: fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom("a", ",", '"', "\n", "\r", "ß", " ", ";", "\t", "1") }),
    },
  );
  const layout = fc.record({
    separator: fc.constantFrom(",", "\t", ";"),
    newline: fc.constantFrom("\n", "\r\n", "\r"),
    end: fc.boolean(),
    gzip: fc.boolean(),
    utf16: fc.boolean(),
    bom: fc.boolean(),
    quoteAll: fc.boolean(),
    sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
  });
  const table = fc
    .integer({ min: 2, max: 6 })
    .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 4, maxLength: 12 }));

  test("comes back with the same values", async () => {
    await fc.assert(
      fc.asyncProperty(table, layout, async (rows, how) => {
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const spell = (value: number | string) => {
          const text = String(value);
          return how.quoteAll || /["\n\r,;\t]/.test(text) ? quote(text) : text;
        };
        const lines = [rows[0]!.map((_, k) => quote(`c${k}`)), ...rows.map((row, k) => [`r${k}`, ...row.slice(1).map(spell)])];
        // the separator is to be found: a number beside others keeps lines apart from lines of free text
        const text = lines.map((line) => [...line, "1"].join(how.separator)).join(how.newline) + (how.end ? how.newline : "");
        let bytes: Uint8Array = how.utf16 ? Buffer.from(`\ufeff${text}`, "utf16le") : Buffer.from((how.bom ? "\ufeff" : "") + text);
        if (how.gzip) bytes = gzipSync(bytes);
        const read = await parse(bytes, how.sizes);
        expect([read.rows, read.columns]).toEqual([rows.length, rows[0]!.length + 1]);
        rows.forEach((row, i) => {
          row.slice(1).forEach((value, k) => {
            if (typeof value === "number") expect(read.at(i, k + 1)).toBe(Math.fround(Number(String(value))));
            else {
              const trimmed = value.trim();
              const number = /^[+]?\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN;
              expect(read.at(i, k + 1)).toBe(Math.fround(number));
              expect(read.spelled(i, k + 1)).toBe(trimmed);
            }
          });
        });
      }),
      { numRuns: 100 },
    );
  });
});

describe("layouts", () => {
  test("comments, blank lines, trailing separators and blanks around cells are passed over", async () => {
    const table = await parse('# made by a machine\n#\nid,  a , "b" \n\nx, 1.5 ,2,\n\n"y",3,"4",,\n');
    expect(table.header).toEqual(["id", "a", "b"]);
    expect(values(table).map((row) => row.slice(1))).toEqual([
      [1.5, 2],
      [3, 4],
    ]);
    expect(table.lines).toEqual([5, 7]);
  });

  test("a header behind a hash sign is a header", async () => {
    const table = await parse("# Constructed from biom file\n#OTU ID\tS1\tS2\nOTU1\t1\t2\nOTU2\t3\t4\n");
    expect(table.header).toEqual(["OTU ID", "S1", "S2"]);
    expect(table.rows).toBe(2);
  });

  test("a header one cell short has no heading over the row names, as R writes it", async () => {
    const table = await parse('"a"\t"b"\n"x"\t1\t2\n"y"\t3\t4\n');
    expect(table.header).toEqual(["", "a", "b"]);
    expect(table.at(1, 2)).toBe(4);
  });

  test("the separator may be said on the first line, and a GCT file starts with its size", async () => {
    expect((await parse("sep=;\nid;a\nx;1\n")).header).toEqual(["id", "a"]);
    const gct = await parse("#1.2\n2\t2\nName\tDescription\tS1\tS2\ng1\tone\t1\t2\ng2\ttwo\t3\t4\n");
    expect(gct.header).toEqual(["Name", "Description", "S1", "S2"]);
    expect(gct.rows).toBe(2);
  });

  test("a decimal comma is one only where it cannot be a thousand", async () => {
    expect((await parse("id;a\nx;1,5\ny;2,25\n")).at(1, 1)).toBe(2.25);
    const thousands = await parse("id;a\nx;1,500\ny;2,250\n");
    expect(thousands.at(0, 1)).toBeNaN();
    expect(thousands.textIn(1)).toBe(2);
  });

  test("a quote in the middle of a cell is a letter", async () => {
    const table = await parse('id,5"-nucleotidase,b\nx,1,2\ny,3,4\n');
    expect(table.header).toEqual(["id", '5"-nucleotidase', "b"]);
    expect(table.rows).toBe(2);
  });

  test("numbers beyond what is kept of a large file are spelled by their float32", async () => {
    const rows = 70_000;
    const table = await parse(`id,${Array.from({ length: 15 }, (_, k) => `c${k}`)}\n${`x${",0.10".repeat(15)}\n`.repeat(rows)}`);
    expect(table.spelled(0, 1)).toBe("0.10");
    expect(table.spelled(rows - 1, 1)).toBe("0.1");
  });
});

describe("faults say where, what and what to do", () => {
  test("a short and a long line", async () => {
    const short = await faultOf("id,a,b\nx,1,2\ny,3\n");
    expect(short).toMatchObject({ code: "ragged_row", row: 3, message: "line 3 has 2 cells, the header has 3" });
    expect(await faultOf("id,a,b\nx,1,2\ny,3,4,5\nz,1,2\n")).toMatchObject({ code: "ragged_row", row: 3 });
    expect(await faultOf("id,a,b\nx,1,2\ny,3")).toMatchObject({ code: "ragged_row", row: 3 });
  });

  test("a quote that is never closed", async () => {
    expect(await faultOf('id,a\nx,1\ny,"2\nz,3\n')).toMatchObject({ code: "ragged_row", row: 3, column: "a" });
  });

  test("files that are no table", async () => {
    expect(await faultOf("")).toMatchObject({ code: "not_a_matrix" });
    expect(await faultOf("id,a,b\n")).toMatchObject({ code: "no_samples" });
    expect(await faultOf("one\ntwo\nthree\n")).toMatchObject({ code: "not_a_matrix" });
    expect(await faultOf(Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]))).toMatchObject({ code: "binary_file", message: /PNG/ });
    const workbook = await faultOf(Buffer.from([0x50, 0x4b, 3, 4, 20, 0]));
    expect(workbook.message).toMatch(/Excel workbook/);
    expect(workbook.remedy).toMatch(/CSV/);
    expect(await faultOf(Buffer.from([1, 2, 0, 4, 5]))).toMatchObject({ code: "binary_file", message: /byte 1 is 0x01/ });
    expect(await faultOf(gzipSync(Buffer.from("RDX3\nX\n")))).toMatchObject({
      code: "binary_file",
      message: /inside the gzip file is an R data file/,
    });
  });

  test("a gzipped file that is cut off", async () => {
    const text = `id,a\n${Array.from({ length: 5000 }, (_, k) => `s${k},${Math.sin(k)}`).join("\n")}\n`;
    const bytes = gzipSync(Buffer.from(text));
    expect(await faultOf(bytes.subarray(0, bytes.length >> 1))).toMatchObject({ code: "truncated" });
  });
});

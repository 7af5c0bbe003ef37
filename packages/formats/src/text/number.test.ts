import fc from "fast-check";
import { expect, test } from "vitest";
import { float32Of, float32Text, isMissing, numberOf, textOf } from "./number.ts";

test("missing is what the specification lists, in any case, and nothing else", () => {
  for (const text of ["", "NA", "na", "NaN", "nan", "null", "NULL", "n/a", "N/A", "#N/A"]) expect(isMissing(text), text).toBe(true);
  for (const text of ["-", "?", "<LOD", "0.0*", "none", "0", "NAN2", "missing", "."]) expect(isMissing(text), text).toBe(false);
});

test("a number is a decimal, never hexadecimal, infinite or grouped by thousands", () => {
  for (const [text, value] of [
    ["1", 1],
    ["-.5", -0.5],
    ["5.", 5],
    ["+1e-3", 0.001],
    ["1E5", 1e5],
  ] as const) {
    expect(numberOf(text, false)).toBe(value);
  }
  for (const text of ["0x10", "Infinity", "inf", "1,000", "1 000", "1e", "e5", ".", "-", "1.2.3", "1e400", "TRUE"]) {
    expect(numberOf(text, false), text).toBeUndefined();
  }
});

test("with a decimal comma the point is no part of a number", () => {
  expect(numberOf("40,85", true)).toBe(40.85);
  expect(numberOf("-1,5e3", true)).toBe(-1500);
  expect(numberOf("40.85", true)).toBeUndefined();
});

test("what float32 cannot hold is no number of the matrix", () => {
  expect(float32Of("3.4e38", false)).toBe(3.4e38);
  expect(float32Of("3.5e38", false)).toBeUndefined();
  expect(numberOf("3.5e38", false)).toBe(3.5e38);
});

test("the text of a float32 reads back to it", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Math.fround(Number(float32Text(value)))).toBe(value === 0 ? Math.abs(value) : value);
    }),
  );
  expect(float32Text(Math.fround(0.1))).toBe("0.1");
});

test("text is UTF-8, or Windows-1252 where it is not", () => {
  expect(textOf(Buffer.from("β-Alanine"))).toBe("β-Alanine");
  expect(textOf(Buffer.from([0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72]))).toBe("Müller");
});

/** What the text of a cell means: a number, a missing value, or text. */

const powers = Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
/** 10^k for k = 0..22, each exact in float64. */
export const exactPowers = Float64Array.from(powers);

/** From here on a float64 rounds to an infinite float32. */
export const FLOAT32_OVERFLOW = 3.4028235677973366e38;

const missing = new Set(["", "na", "nan", "null", "n/a", "#n/a"]);

/** Empty, NA, NaN, null, n/a, #N/A, in any case. @param text  without blanks around */
export function isMissing(text: string): boolean {
  return text.length <= 4 && missing.has(text.toLowerCase());
}

const dotNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const commaNumber = /^[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?$/;

/** The number that a trimmed text spells in float64, or undefined. Infinite ones are no numbers. */
export function numberOf(text: string, decimalComma: boolean): number | undefined {
  if (!(decimalComma ? commaNumber : dotNumber).test(text)) return undefined;
  const value = Number(decimalComma ? text.replace(",", ".") : text);
  return Number.isFinite(value) ? value : undefined;
}

/** As numberOf, for the float32 matrix: what overflows there is no number. */
export function float32Of(text: string, decimalComma: boolean): number | undefined {
  const value = numberOf(text, decimalComma);
  return value === undefined || Math.abs(value) >= FLOAT32_OVERFLOW ? undefined : value;
}

/** The shortest decimal that a float32 reads back from. */
export function float32Text(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const windows1252 = new TextDecoder("windows-1252");

/** Bytes of a cell as text: UTF-8, or Windows-1252 where they are no UTF-8. */
export function textOf(bytes: Uint8Array): string {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! < 0x80) continue;
    try {
      return utf8.decode(bytes);
    } catch {
      return windows1252.decode(bytes);
    }
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

import { IngestError } from "../errors.ts";
import { isIdName, targetRank } from "../names.ts";
import { isMissing, numberOf, textOf } from "./number.ts";

/** How a text table is laid out, found from its first lines. */
export interface Dialect {
  delimiter: string;
  decimalComma: boolean;
  /** names of the columns, as spelled, without blanks around */
  header: string[];
  /** bytes and lines before the first row of data */
  headerBytes: number;
  headerLines: number;
  /** columns whose text is kept as it is spelled: names, text, targets */
  keep: boolean[];
}

const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;
/** lines of data that are looked at */
const LINES = 20;

/** Has `head` the comments, the header and some rows? */
export function enoughToSniff(head: Uint8Array): boolean {
  let lines = 0;
  let data = 0;
  for (const line of linesOf(head, false)) {
    if (++lines && head[line.start] !== 35) data++;
    if (data >= 3 && (head.length >= 1 << 16 || data > LINES)) return true;
  }
  return false;
}

interface Line {
  start: number;
  /** without the line end */
  end: number;
  next: number;
}

/** Does a quote outside quotes begin a quoted cell: at the beginning of a cell, or as the second of a doubled one. */
function opens(bytes: Uint8Array, at: number): boolean {
  let i = at - 1;
  if (bytes[i] === QUOTE) return true;
  while (bytes[i] === 32) i--;
  const before = bytes[i];
  return before === undefined || before === 44 || before === 9 || before === 59 || before === NEWLINE || before === RETURN;
}

/** Lines of a text; a line end inside quotes is none. @param whole  is this all of it, so that the last line needs no end */
function* linesOf(bytes: Uint8Array, whole: boolean): Generator<Line> {
  let start = 0;
  let quoted = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) quoted = !quoted && opens(bytes, i);
    else if (!quoted && (byte === NEWLINE || byte === RETURN)) {
      const next = byte === RETURN && bytes[i + 1] === NEWLINE ? i + 2 : i + 1;
      yield { start, end: i, next };
      start = next;
      i = next - 1;
    }
  }
  if (whole && start < bytes.length) yield { start, end: bytes.length, next: bytes.length };
}

/** Cells of one line, unquoted, without blanks around. */
export function fieldsOf(bytes: Uint8Array, delimiter: number): string[] {
  const fields: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i <= bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) quoted = !quoted && opens(bytes, i);
    if (i === bytes.length || (byte === delimiter && !quoted)) {
      fields.push(unquoted(textOf(bytes.subarray(start, i))));
      start = i + 1;
    }
  }
  return fields;
}

/** The content of a cell. */
export function unquoted(cell: string): string {
  const text = cell.trim();
  if (text.length < 2 || text[0] !== '"' || text[text.length - 1] !== '"') return text;
  return text.slice(1, -1).replaceAll('""', '"').trim();
}

/** @param head  the beginning of the text; @param whole  is it all of the text */
export function sniff(head: Uint8Array, whole: boolean): Dialect {
  const comments: Line[] = [];
  const lines: Line[] = [];
  let seen = 0;
  const lineNumber = new Map<Line, number>();
  let asked: string | undefined;
  let sizes = false;
  for (const line of linesOf(head, whole)) {
    lineNumber.set(line, ++seen);
    if (line.start === line.end) continue;
    if (seen <= 2) {
      const text = textOf(head.subarray(line.start, Math.min(line.end, line.start + 40))).trim();
      // Excel says the separator on a line of its own; a GCT file says its version, then its size
      asked ??= /^"?sep=([,;\t])"?$/i.exec(text)?.[1];
      if (seen === 1 && (asked || /^#1\.[23]$/.test(text))) {
        sizes = asked === undefined;
        continue;
      }
      if (sizes) continue;
    }
    if (lines.length === 0 && head[line.start] === 35) comments.push(line);
    else lines.push(line);
    if (lines.length > LINES) break;
  }
  const delimiter = asked ?? delimiterOf(lines.map((line) => head.subarray(line.start, line.end)));
  const code = delimiter.charCodeAt(0);
  const fields = (line: Line) => fieldsOf(head.subarray(line.start, line.end), code);
  let headerLine = lines[0];
  let data = lines.slice(1);
  const last = comments.at(-1);
  // "#OTU ID  S1  S2": a header behind a hash sign
  if (
    last &&
    headerLine &&
    last.next === headerLine.start &&
    fields(last).length > 1 &&
    fields(last).length === fields(headerLine).length
  ) {
    data = lines;
    headerLine = last;
  }
  if (headerLine === undefined)
    throw new IngestError("not_a_matrix", "the file is empty", "Upload a table with a header line and one line per sample.");
  const header = fields(headerLine);
  if (headerLine === last) header[0] = header[0]!.replace(/^#\s*/, "");
  const rows = data.map(fields);
  alignHeader(header, rows);
  if (header.length < 2) {
    refuseOtherFormats(header[0]!);
    throw new IngestError(
      "not_a_matrix",
      `the file has one column only (${JSON.stringify(header[0]!.slice(0, 60))}): no comma, tab or semicolon separates cells`,
      "Upload a table with a header line, cells separated by commas, tabs or semicolons.",
    );
  }
  const decimalComma = delimiter !== "," && hasDecimalComma(rows);
  refuseNumbers(header, decimalComma, lineNumber.get(headerLine)!);
  return {
    delimiter,
    decimalComma,
    header,
    headerBytes: headerLine.next,
    headerLines: lineNumber.get(headerLine)!,
    keep: keptColumns(header, rows, decimalComma),
  };
}

/** Tables of other kinds that begin with a word of their own. */
function refuseOtherFormats(first: string): void {
  const known: [RegExp, string, string][] = [
    [/^%%MatrixMarket/i, "a Matrix Market file", "Write the matrix with its names as h5ad: scanpy.read_10x_mtx(folder).write_h5ad(file)."],
    [/^(?:%|@relation)/i, "an ARFF file", "Save it as CSV, with a header line and one line per sample."],
  ];
  for (const [beginning, what, remedy] of known) {
    if (beginning.test(first)) throw new IngestError("not_a_matrix", `this is ${what}, which is not read`, remedy, { row: 1 });
  }
}

/** A line of numbers is data: taken for names, a sample would be lost unseen. */
function refuseNumbers(header: readonly string[], decimalComma: boolean, line: number): void {
  if (header.some((name) => numberOf(name, decimalComma) === undefined)) return;
  throw new IngestError(
    "not_a_matrix",
    `line ${line} holds nothing but numbers: there is no header`,
    "Put a header line on top: sample_id, then a name for each column.",
    { row: line },
  );
}

/** R writes row names without a heading over them: then the header is one cell short. */
function alignHeader(header: string[], rows: string[][]): void {
  const longer = rows.filter((row) => row.length === header.length + 1);
  if (rows.length > 0 && longer.length === rows.length && longer.some((row) => row.at(-1) !== "")) header.unshift("");
}

/** The separator by which the lines have the most cells, and all the same number of them. */
function delimiterOf(lines: Uint8Array[]): string {
  let best = ",";
  let bestScore = -1;
  for (const delimiter of [",", "\t", ";"]) {
    const counts = lines.map((line) => cellCount(line, delimiter.charCodeAt(0)));
    const width = counts[1] ?? counts[0] ?? 1;
    // R leaves the heading over row names out; a header that fits is the better sign
    const agreeing = counts.reduce((sum, count, k) => sum + (count === width ? 1 : k === 0 && count === width - 1 ? 0.5 : 0), 0);
    const agree = agreeing / Math.max(1, counts.length);
    const score = width < 2 ? 0 : agree * 1e6 + Math.min(width, 1e5);
    if (score > bestScore) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best;
}

function cellCount(line: Uint8Array, delimiter: number): number {
  let count = 1;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const byte = line[i]!;
    if (byte === QUOTE) quoted = !quoted && opens(line, i);
    else if (byte === delimiter && !quoted) count++;
  }
  return count;
}

/** Cells like 40,85, none like 40.85; 1,234 alone could be a thousand and does not count. */
function hasDecimalComma(rows: string[][]): boolean {
  let certain = false;
  for (const row of rows) {
    for (const cell of row.slice(1)) {
      if (/^[+-]?\d+\.\d+(?:[eE][+-]?\d+)?$/.test(cell)) return false;
      if (/^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/.test(cell) && !/^[+-]?[1-9]\d{0,2},\d{3}$/.test(cell)) certain = true;
    }
  }
  return certain;
}

function keptColumns(header: string[], rows: string[][], decimalComma: boolean): boolean[] {
  const isText = (cell: string) => !isMissing(cell) && numberOf(cell, decimalComma) === undefined;
  // a line of text among lines of numbers describes samples that stand in columns; it says nothing about the columns
  const telling = rows.filter((row) => 2 * row.slice(1).filter(isText).length <= row.length);
  return header.map(
    (name, c) => c === 0 || isIdName(name) || targetRank(name) >= 0 || telling.some((row) => c < row.length && isText(row[c]!)),
  );
}

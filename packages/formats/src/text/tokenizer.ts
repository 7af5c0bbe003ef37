import { IngestError } from "../errors.ts";
import { exactPowers, FLOAT32_OVERFLOW, float32Of, isMissing, textOf } from "./number.ts";
import { type Dialect, unquoted } from "./sniff.ts";
import { TextTable } from "./table.ts";

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;

/** a cell longer than this is a quote that was never closed */
const LONGEST_CELL = 1 << 20;
/** cells and bytes whose spelling can be looked up later */
const SPELLED_CELLS = 1_000_000;
const SPELLED_BYTES = 8 << 20;
/** text cells a table may hold before it is no matrix any more */
const MOST_TEXT = 30_000_000;

/**
 * Splits UTF-8 bytes into cells as they arrive and turns them into float32 at once.
 *
 * Numbers of up to 15 digits (or 16 below 2^53) with a decimal exponent of at most 22 are one exact integer and one
 * correctly rounded division or product (Clinger 1990). Of longer ones the first 16 digits decide, unless the value
 * lies so close to the middle of two float32 numbers that the dropped digits could matter; only then, and for other
 * exponents, the text goes through Number(). Every value equals Math.fround(Number(text)).
 *
 * Cost: one pass over the bytes, about 200 MB a second on one core.
 */
export class Tokenizer {
  readonly table: TextTable;
  readonly #delimiter: number;
  readonly #point: number;
  readonly #decimalComma: boolean;
  readonly #keep: Uint8Array;
  readonly #columns: number;
  readonly #interned = new Map<string, string>();
  #block = new Float32Array(0);
  #base = 0;
  #blockEnd = 0;
  #column = 0;
  #line: number;
  /** bytes of a cell whose end has not arrived; they lie in `#work` */
  #carry: Uint8Array = new Uint8Array(0);
  /** one for all chunks: a new one for each would lie about in the memory for a while */
  #work: Uint8Array = new Uint8Array(0);
  #afterReturn = false;
  #textCount = 0;
  /** the first bytes of the file; pages never written take no room */
  readonly #head = new Uint8Array(SPELLED_BYTES);
  #consumed = 0;
  #spelledUntil = 0;

  constructor(dialect: Dialect) {
    this.table = new TextTable(dialect.header, dialect.decimalComma);
    this.#columns = dialect.header.length;
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#decimalComma = dialect.decimalComma;
    this.#point = dialect.decimalComma ? 44 : 46;
    this.#keep = Uint8Array.from(dialect.keep, Number);
    dialect.keep.forEach((keep, column) => {
      if (keep) this.table.kept.set(column, []);
    });
    this.#line = dialect.headerLines + 1;
    this.table.spans = new Uint32Array(2 * Math.min(SPELLED_CELLS, 64 * this.#columns + 65536));
  }

  /** @throws IngestError  a row that is too short or too long */
  push(chunk: Uint8Array): void {
    const spelled = chunk.subarray(0, SPELLED_BYTES - this.#spelledUntil);
    this.#head.set(spelled, this.#spelledUntil);
    this.#spelledUntil += spelled.length;
    const carried = this.#carry.length;
    const end = carried + chunk.length;
    const bytes = this.#work.length > end ? this.#work : new Uint8Array(end + 1);
    bytes.set(this.#carry);
    bytes.set(chunk, carried);
    // one byte more than there are, 0, so that the scan needs no bounds check
    bytes[end] = 0;
    this.#work = bytes;
    const rest = this.#scan(bytes, end, this.#consumed - carried, false);
    this.#carry = bytes.subarray(rest, end);
    this.#consumed += chunk.length;
    if (this.#carry.length > LONGEST_CELL) {
      throw new IngestError(
        "ragged_row",
        `line ${this.#line}: a cell goes on for more than ${LONGEST_CELL} bytes, as if a quote were never closed`,
        "Close the quote, or remove it.",
        { row: this.#line, column: this.table.header[this.#column] },
      );
    }
  }

  finish(): TextTable {
    const bytes = new Uint8Array(this.#carry.length + 1);
    bytes.set(this.#carry);
    const open = this.#scan(bytes, this.#carry.length, this.#consumed - this.#carry.length, true);
    if (open < this.#carry.length) {
      throw new IngestError("ragged_row", `line ${this.#line}: a quote is opened and never closed`, "Close the quote, or remove it.", {
        row: this.#line,
        column: this.table.header[this.#column],
      });
    }
    // a last line without a line end
    if (this.#column > 0) {
      if (this.#column < this.#columns) this.#missing(this.#consumed, this.#consumed);
      this.#endRow();
    }
    this.table.head = this.#head.subarray(0, this.#spelledUntil);
    return this.table;
  }

  /** @returns where the first unfinished cell begins */
  #scan(bytes: Uint8Array, end: number, offset: number, final: boolean): number {
    const delimiter = this.#delimiter;
    const point = this.#point;
    const keep = this.#keep;
    const columns = this.#columns;
    let at = 0;
    while (at < end) {
      let byte = bytes[at]!;
      if (this.#afterReturn) {
        this.#afterReturn = false;
        if (byte === NEWLINE) {
          at++;
          continue;
        }
      }
      const start = at;
      const column = this.#column;
      let stop = -1;
      if (column < columns && keep[column] === 0 && byte !== QUOTE) {
        let i = start;
        let negative = false;
        if (byte === 45) {
          negative = true;
          byte = bytes[++i]!;
        } else if (byte === 43) byte = bytes[++i]!;
        let mantissa = 0;
        let exponent = 0;
        let digits = 0;
        let dropped = false;
        for (; byte >= 48 && byte <= 57; byte = bytes[++i]!) {
          if (mantissa < 9e14) mantissa = mantissa * 10 + (byte - 48);
          else {
            dropped = true;
            exponent++;
          }
          digits++;
        }
        if (byte === point) {
          byte = bytes[++i]!;
          for (; byte >= 48 && byte <= 57; byte = bytes[++i]!) {
            if (mantissa < 9e14) {
              mantissa = mantissa * 10 + (byte - 48);
              exponent--;
            } else dropped = true;
            digits++;
          }
        }
        if (digits > 0 && (byte === 101 || byte === 69)) {
          byte = bytes[++i]!;
          const down = byte === 45;
          if (down || byte === 43) byte = bytes[++i]!;
          let power = 0;
          const first = i;
          for (; byte >= 48 && byte <= 57; byte = bytes[++i]!) if (power < 10_000) power = power * 10 + (byte - 48);
          if (i === first) digits = 0;
          exponent += down ? -power : power;
        }
        if (i === end) {
          if (!final) return start;
          byte = NEWLINE;
        }
        if (byte === delimiter || byte === NEWLINE || byte === RETURN) {
          if (digits > 0) {
            let value = mantissa;
            let sure = exponent >= -22 && exponent <= 22;
            if (sure && exponent !== 0 && mantissa !== 0)
              value = exponent < 0 ? mantissa / exactPowers[-exponent]! : mantissa * exactPowers[exponent]!;
            if (dropped) sure &&= Math.fround(value * (1 - 4e-15)) === Math.fround(value * (1 + 4e-15));
            if (sure && value < FLOAT32_OVERFLOW) {
              if (column === 0) this.#startRow();
              this.#block[this.#base + column] = negative ? -value : value;
              if (offset + i <= this.#spelledUntil) this.#span(offset + start, offset + i);
              stop = i;
            }
          } else if (i === start) {
            if (column > 0 || byte === delimiter) this.#missing(offset + start, offset + start);
            stop = i;
          }
        }
      }
      if (stop < 0) {
        stop = this.#textCell(bytes, start, end, final, offset);
        if (stop < 0) return start;
        byte = stop === end ? NEWLINE : bytes[stop]!;
      }
      if (byte === delimiter) {
        this.#column++;
        at = stop + 1;
      } else {
        this.#afterReturn = byte === RETURN;
        at = stop === end ? end : stop + 1;
        this.#column++;
        this.#endRow();
      }
    }
    return end;
  }

  #startRow(): void {
    const table = this.table;
    if (this.#base + this.#columns >= this.#blockEnd) {
      this.#block = new Float32Array(table.rowsPerBlock * this.#columns);
      table.blocks.push(this.#block);
      this.#base = 0;
      this.#blockEnd = this.#block.length;
    } else this.#base += this.#columns;
    table.lines.push(this.#line);
  }

  #endRow(): void {
    const count = this.#column;
    const table = this.table;
    this.#column = 0;
    // a blank line never started a row
    if (table.lines.length > table.rows) {
      if (count < this.#columns) this.#ragged(count);
      table.rows++;
    }
    this.#line++;
  }

  #ragged(count: number): never {
    throw new IngestError(
      "ragged_row",
      `line ${this.#line} has ${count} cells, the header has ${this.#columns}`,
      "Give every line as many cells as the header has; put a cell that contains the separator in quotes.",
      { row: this.#line },
    );
  }

  #missing(start: number, end: number): void {
    const column = this.#column;
    // more separators than columns at the end of a line are what spreadsheets leave
    if (column >= this.#columns) return;
    if (column === 0) this.#startRow();
    this.#block[this.#base + column] = Number.NaN;
    if (end <= this.#spelledUntil) this.#span(start, end);
    if (this.#keep[column] !== 0) this.table.kept.get(column)!.push("");
  }

  #span(start: number, end: number): void {
    const table = this.table;
    const cell = table.rows * this.#columns + this.#column;
    if (cell !== table.spanCount || 2 * cell >= table.spans.length) return;
    table.spans[2 * cell] = start;
    table.spans[2 * cell + 1] = end;
    table.spanCount++;
  }

  /** A cell that is not plainly a number. @returns where it ends, -1 when its end has not arrived */
  #textCell(bytes: Uint8Array, start: number, end: number, final: boolean, offset: number): number {
    let i = start;
    while (bytes[i] === SPACE) i++;
    if (bytes[i] === QUOTE) {
      for (i++; i < end; i++) {
        const byte = bytes[i]!;
        if (byte === QUOTE) {
          if (bytes[i + 1] !== QUOTE) break;
          i++;
        }
      }
      if (i >= end) return -1;
      i++;
    }
    for (; i < end; i++) {
      const byte = bytes[i]!;
      if (byte === this.#delimiter || byte === NEWLINE || byte === RETURN) break;
    }
    if (i >= end && !final) return -1;
    const text = unquoted(textOf(bytes.subarray(start, i)));
    this.#take(text, offset + start, offset + i, bytes[i] === this.#delimiter);
    return i;
  }

  #take(text: string, start: number, end: number, more: boolean): void {
    const column = this.#column;
    if (column >= this.#columns) {
      if (text !== "") this.#ragged(column + 1);
      return;
    }
    if (column === 0) {
      if (text === "" && !more) return;
      this.#startRow();
    }
    if (end <= this.#spelledUntil) this.#span(start, end);
    const kept = this.#keep[column] !== 0;
    const value = isMissing(text) ? Number.NaN : float32Of(text, this.#decimalComma);
    this.#block[this.#base + column] = value ?? Number.NaN;
    if (value !== undefined && !kept) return;
    const shared = this.#shared(text);
    if (kept) this.table.kept.get(column)!.push(shared);
    if (value === undefined) this.#text(column, shared);
  }

  #text(column: number, text: string): void {
    let cells = this.table.textCells.get(column);
    if (cells === undefined) {
      cells = { rows: [], texts: [] };
      this.table.textCells.set(column, cells);
    }
    cells.rows.push(this.table.rows);
    cells.texts.push(text);
    if (++this.#textCount > MOST_TEXT) {
      throw new IngestError(
        "not_a_matrix",
        `more than ${MOST_TEXT} cells are text: this is no matrix of numbers`,
        "Upload numbers, with text only in columns that describe samples.",
      );
    }
  }

  /** One string for equal texts. */
  #shared(text: string): string {
    const known = this.#interned.get(text);
    if (known !== undefined) return known;
    if (this.#interned.size < 1_000_000) this.#interned.set(text, text);
    return text;
  }
}

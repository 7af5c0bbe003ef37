import { float32Text, textOf } from "./number.ts";
import { unquoted } from "./sniff.ts";

/** Cells of one column that are neither numbers nor missing, rows ascending. */
export interface TextCells {
  rows: number[];
  texts: string[];
}

/** A text table in memory: numbers as float32 (NaN where missing or text), text cells apart. */
export class TextTable {
  readonly header: readonly string[];
  readonly columns: number;
  readonly decimalComma: boolean;
  rows = 0;
  readonly blocks: Float32Array[] = [];
  readonly rowsPerBlock: number;
  readonly textCells = new Map<number, TextCells>();
  /** columns whose text is kept as it was spelled */
  readonly kept = new Map<number, string[]>();
  /** line of the file of each row */
  readonly lines: number[] = [];
  /** begin and end in `head` of the first `spanCount` cells, row-major */
  spans = new Uint32Array(0);
  spanCount = 0;
  head: Uint8Array = new Uint8Array(0);

  constructor(header: readonly string[], decimalComma = false) {
    this.decimalComma = decimalComma;
    this.header = header;
    this.columns = header.length;
    this.rowsPerBlock = Math.max(1, Math.floor(2 ** 20 / header.length));
  }

  at(row: number, column: number): number {
    const block = Math.floor(row / this.rowsPerBlock);
    return this.blocks[block]![(row - block * this.rowsPerBlock) * this.columns + column]!;
  }

  /** The cell as the file spells it; a number far down a large file as the shortest decimal of its float32. "" where missing. */
  spelled(row: number, column: number): string {
    const kept = this.kept.get(column);
    if (kept) return kept[row]!;
    const cell = row * this.columns + column;
    if (cell < this.spanCount) return unquoted(textOf(this.head.subarray(this.spans[2 * cell]!, this.spans[2 * cell + 1]!)));
    const value = this.at(row, column);
    if (!Number.isNaN(value)) return float32Text(value);
    return this.textAt(row, column) ?? "";
  }

  /** The text of a cell that is neither a number nor missing. */
  textAt(row: number, column: number): string | undefined {
    const cells = this.textCells.get(column);
    if (!cells) return undefined;
    let low = 0;
    let high = cells.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cells.rows[middle]! < row) low = middle + 1;
      else high = middle;
    }
    return cells.rows[low] === row ? cells.texts[low] : undefined;
  }

  /** Numbers in a column, text and missing cells not counted. */
  numbersIn(column: number): number {
    let count = 0;
    for (let row = 0; row < this.rows; row++) if (!Number.isNaN(this.at(row, column))) count++;
    return count;
  }

  textIn(column: number): number {
    return this.textCells.get(column)?.rows.length ?? 0;
  }
}

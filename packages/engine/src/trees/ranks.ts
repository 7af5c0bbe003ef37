import { type Arena, align } from "@omicselector2/kernels";
import type { Thread } from "../part.ts";
import type { PartView } from "../part-view.ts";

/** Where the dense ranks of columns lie: u16[n], or u32[n] when `wide` (more than 65,536 samples). */
export interface RankedColumns {
  /** address of u32[p]: the address of each column's ranks */
  readonly ranks: number;
  readonly wide: boolean;
}

/** Ranks of the columns of a matrix that have no missing value. */
interface RankTable {
  readonly base: number;
  /** address, column stride in bytes and end of the matrix that was ranked */
  readonly x: number;
  readonly columnBytes: number;
  readonly end: number;
  readonly missing: Uint32Array;
}

const tables = new WeakMap<Arena, RankTable>();

/**
 * Ranks a thread's matrix once, so that every forest that the thread grows finds its ranks ready. Optional: without it
 * each forest ranks its own columns again (about 10 ns a value). Takes half the room of the matrix for good, or nothing where
 * less than that would be left over.
 *
 * Call it once, when the thread starts: the arena must be in no scope, or the ranks would be overwritten when that scope ends;
 * the matrix must not change afterwards.
 */
export function prepareRanks(thread: Thread): void {
  const { matrix, arena, kernels } = thread;
  if (tables.has(arena)) return;
  const bytes = rankBytes(matrix.n) * matrix.stride * matrix.p;
  if (arena.free < 2 * bytes + 16 * matrix.n + 4096) return;
  const base = arena.alloc(bytes);
  arena.scope(() => {
    const scratch = scratchOf(arena, matrix.n);
    for (let j = 0; j < matrix.p; j++) {
      if (matrix.missing[j] !== 0) continue;
      const out = base + rankBytes(matrix.n) * matrix.stride * j;
      kernels.denseRanks(matrix.x + 4 * matrix.stride * j, matrix.n, out, isWide(matrix.n), scratch);
    }
  });
  tables.set(arena, { base, x: matrix.x, columnBytes: 4 * matrix.stride, end: matrix.end, missing: matrix.missing });
}

/** The ranks of a part's columns: those of `prepareRanks` where there are, the others made in the arena's scope of now. */
export function rankedColumns(view: PartView): RankedColumns {
  const { arena, kernels, n, stride, p } = view;
  const table = tables.get(arena);
  const columns = new Uint32Array(view.kernelsMemory, view.columns, p);
  const ranks = arena.u32(p);
  const left: number[] = [];
  for (let j = 0; j < p; j++) {
    ranks[j] = table === undefined ? 0 : preparedAt(table, columns[j]!, n);
    if (ranks[j] === 0) left.push(j);
  }
  if (left.length > 0) {
    const bytes = rankBytes(n) * stride;
    const base = arena.alloc(bytes * left.length);
    arena.scope(() => {
      const scratch = scratchOf(arena, n);
      left.forEach((j, k) => {
        ranks[j] = base + bytes * k;
        kernels.denseRanks(columns[j]!, n, ranks[j]!, isWide(n), scratch);
      });
    });
  }
  return { ranks: ranks.byteOffset, wide: isWide(n) === 1 };
}

/** Address of the ranks of the column at `address`, 0 where it is none of the ranked ones. */
function preparedAt(table: RankTable, address: number, n: number): number {
  if (address < table.x || address >= table.end) return 0;
  const j = (address - table.x) / table.columnBytes;
  if (!Number.isInteger(j) || table.missing[j] !== 0) return 0;
  return table.base + j * (table.columnBytes / 4) * rankBytes(n);
}

function isWide(n: number): 0 | 1 {
  return n > 65536 ? 1 : 0;
}

function rankBytes(n: number): number {
  return isWide(n) ? 4 : 2;
}

function scratchOf(arena: Arena, n: number): number {
  return arena.alloc(align(16 * n + 4096, 16));
}

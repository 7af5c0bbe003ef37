import { describe, expect, test } from "vitest";
import { Arena, align, HEAP_BASE, instantiate, sharedMemory } from "./index.ts";
import { gramOf } from "./reference/gram.ts";

const memory = sharedMemory(2 ** 22);
const kernels = instantiate(memory);
const arena = new Arena(memory, HEAP_BASE, 2 ** 22);
const values = (n: number, j: number) => Float32Array.from({ length: n }, (_, i) => ((i * 7 + j * 13 + ((i * j) % 5)) % 23) / 3 - j);

describe.each([1, 4, 9, 18])("products between %i samples, against the plain twin", (m) => {
  test.each([1, 3, 11])("in panels, over %i columns, in two strips and taken away again", (p) => {
    arena.scope(() => {
      const n = m + 5;
      const columns = Array.from({ length: p }, (_, j) => values(n, j));
      const addresses = arena.u32(p);
      columns.forEach((column, j) => {
        addresses[j] = arena.zeros(4 * align(n, 4));
        new Float32Array(memory.buffer, addresses[j]!, n).set(column);
      });
      const rows = arena.u32(m);
      rows.set(Array.from({ length: m }, (_, i) => n - 1 - i));
      const [centre, inverse, list] = [arena.f64(p), arena.f64(p), arena.u32(p)];
      for (let j = 0; j < p; j++) [centre[j], inverse[j], list[j]] = [j / 7, 1 + j / 5, j];
      const tiles = (m + 3) >> 2;
      const width = 4 * tiles;
      const out = arena.f64(width * width);
      const panel = arena.f64(width * p);
      const half = tiles >> 1;
      const add = (count: number, from: number, sign: number) => {
        const some = list.subarray(from, from + count).byteOffset;
        kernels.gramPack(addresses.byteOffset, some, count, rows.byteOffset, m, centre.byteOffset, inverse.byteOffset, panel.byteOffset);
        kernels.gramAdd(panel.byteOffset, count, 0, half, width, sign, out.byteOffset);
        kernels.gramAdd(panel.byteOffset, count, half, tiles, width, sign, out.byteOffset + 8 * 4 * half * width);
      };
      const first = (p + 1) >> 1;
      add(first, 0, 1);
      if (p > first) add(p - first, first, 1);
      const expected = gramOf(columns, Array.from(rows), centre, inverse);
      for (let a = 0; a < m; a++) for (let b = 0; b <= a; b++) expect(out[a * width + b]).toBeCloseTo(expected[a]![b]!, 8);
      add(p, 0, -1);
      for (let a = 0; a < m; a++) for (let b = 0; b <= a; b++) expect(out[a * width + b]).toBeCloseTo(0, 8);
    });
  });
});

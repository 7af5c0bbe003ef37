import { expect, test } from "vitest";
import { Arena, align, HEAP_BASE, instantiate, sharedMemory } from "./index.ts";
import { momentsOf, pairMomentsOf } from "./reference/moments.ts";

const memory = sharedMemory(4 * 2 ** 20);
const kernels = instantiate(memory);

/** Values with gaps, far from zero, and weights that leave rows out; the same each time. */
function sample(n: number, p: number) {
  let state = 12345;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
  const columns = Array.from({ length: p }, () => Float32Array.from({ length: n }, () => (next() < 0.2 ? Number.NaN : 10_000 + next())));
  const w = Float64Array.from({ length: n }, () => Math.floor(next() * 4));
  const y = Float64Array.from({ length: n }, () => next() * 100 - 30);
  return { columns, w, y };
}

function place(n: number, columns: Float32Array[]) {
  const arena = new Arena(memory, HEAP_BASE, memory.buffer.byteLength);
  const stride = align(n, 4);
  const addresses = arena.u32(columns.length);
  columns.forEach((values, j) => {
    addresses[j] = arena.zeros(4 * stride);
    new Float32Array(memory.buffer, addresses[j]!, n).set(values);
  });
  return { arena, stride, addresses };
}

function expectClose(got: ArrayLike<number>, want: readonly number[], scale: number): void {
  want.forEach((value, i) => {
    const tolerance = 1e-12 * (Math.abs(value) + scale);
    expect(Math.abs(got[i]! - value), `item ${i}: got ${got[i]}, expected ${value}, tolerance ${tolerance}`).toBeLessThanOrEqual(tolerance);
  });
}

for (const n of [1, 3, 4, 5, 17, 62]) {
  test(`group moments of ${n} rows agree with the plain twin`, () => {
    const { columns, w } = sample(n, 6);
    const { arena, stride, addresses } = place(n, columns);
    const groups = [w, w.map((value, i) => (i % 3 === 0 ? value : 0)), new Float64Array(n)];
    const weights = arena.f64(groups.length * stride);
    groups.forEach((group, g) => {
      weights.set(group, g * stride);
    });
    const out = arena.f64(6 * groups.length * 3);
    kernels.groupMoments(addresses.byteOffset, 6, weights.byteOffset, groups.length, stride, out.byteOffset);
    columns.forEach((x, j) => {
      groups.forEach((group, g) => {
        expectClose(out.subarray(3 * (3 * j + g)), momentsOf(x, group), n);
      });
    });
  });

  test(`pair moments of ${n} rows agree with the plain twin`, () => {
    const { columns, w, y } = sample(n, 6);
    const { arena, stride, addresses } = place(n, columns);
    const yAt = arena.f64(stride);
    const wAt = arena.f64(stride);
    yAt.set(y);
    wAt.set(w);
    const out = arena.f64(6 * 6);
    kernels.pairMoments(addresses.byteOffset, 6, yAt.byteOffset, wAt.byteOffset, stride, out.byteOffset);
    columns.forEach((x, j) => {
      expectClose(out.subarray(6 * j), pairMomentsOf(x, y, w), 100 * n);
    });
  });
}

test("a constant column has no variance at all, whatever its value and weights", () => {
  const n = 31;
  const { w } = sample(n, 1);
  const { arena, stride, addresses } = place(n, [new Float32Array(n).fill(0.1), new Float32Array(n).fill(-71369.3)]);
  const weights = arena.f64(stride);
  weights.set(w);
  const out = arena.f64(6);
  kernels.groupMoments(addresses.byteOffset, 2, weights.byteOffset, 1, stride, out.byteOffset);
  expect([out[2], out[5]]).toEqual([0, 0]);
  expect(out[1]).toBe(Math.fround(0.1));
});

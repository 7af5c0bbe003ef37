import { expect, test } from "vitest";
import { PrincipalComponents } from "./principal-components.ts";

/** Columns by a formula without pattern, the same on every machine. */
const column = (n: number, j: number) =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * (j + 1)) * (j + 1));

function componentsOf(n: number, columns: readonly Float32Array[], count: number) {
  const components = new PrincipalComponents(n);
  for (const each of columns) components.add(each);
  return components.coordinates(count);
}

/** The same by power iteration on X X' of plain arrays, one component after another. */
function plain(n: number, columns: readonly Float32Array[], count: number): { coordinates: number[][]; explained: number[] } {
  const X = columns.map((each) => {
    const mean = each.reduce((sum, value) => sum + value, 0) / n;
    const sd = Math.sqrt(each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
    return Array.from(each, (value) => (value - mean) / sd);
  });
  const G = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => X.reduce((sum, x) => sum + x[i]! * x[j]!, 0)));
  const total = G.reduce((sum, row, i) => sum + row[i]!, 0);
  const coordinates: number[][] = [];
  const explained: number[] = [];
  for (let c = 0; c < count; c++) {
    let v = Array.from({ length: n }, (_, i) => 1 / (i + 2));
    let value = 0;
    for (let step = 0; step < 20_000; step++) {
      const next = G.map((row) => row.reduce((sum, g, j) => sum + g * v[j]!, 0));
      value = Math.hypot(...next);
      v = next.map((each) => each / value);
    }
    const largest = v.reduce((best, each) => (Math.abs(each) > Math.abs(best) ? each : best), 0);
    coordinates.push(v.map((each) => each * Math.sign(largest) * Math.sqrt(value)));
    explained.push(value / total);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) G[i]![j]! -= value * v[i]! * v[j]!;
  }
  return { coordinates, explained };
}

test("agrees with power iteration on the whole matrix, over more columns than a block holds", () => {
  const columns = Array.from({ length: 150 }, (_, j) => column(12, j * j));
  const [got, expected] = [componentsOf(12, columns, 2), plain(12, columns, 2)];
  for (const c of [0, 1]) {
    expect(got.explained[c]).toBeCloseTo(expected.explained[c]!, 8);
    for (let i = 0; i < 12; i++) expect(got.coordinates[c]![i]).toBeCloseTo(expected.coordinates[c]![i]!, 6);
  }
});

test("shares add up to one over all components; coordinates are centred and at right angles", () => {
  const { coordinates, explained } = componentsOf(
    6,
    Array.from({ length: 9 }, (_, j) => column(6, j)),
    6,
  );
  expect(explained.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  expect([...explained].sort((a, b) => b - a)).toEqual(explained);
  for (const [a, x] of coordinates.entries()) {
    expect(x.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 10);
    for (const y of coordinates.slice(a + 1)) expect(x.reduce((sum, value, i) => sum + value * y[i]!, 0)).toBeCloseTo(0, 8);
  }
});

test("two groups lie apart on the first component, whatever the unit of a feature", () => {
  const columns = Array.from({ length: 20 }, (_, j) =>
    column(10, j).map((value, i) => (value / (j + 1) + (i < 5 ? 6 : -6)) * 10 ** (j % 5)),
  );
  const { coordinates, explained } = componentsOf(10, columns, 1);
  expect(explained[0]).toBeGreaterThan(0.9);
  const sides = Array.from(coordinates[0]!, Math.sign);
  expect([new Set(sides.slice(0, 5)).size, new Set(sides.slice(5)).size, sides[0] === sides[5]]).toEqual([1, 1, false]);
});

test("missing values count as the mean, columns that do not vary as nothing; nothing is no component", () => {
  const gap = column(5, 1);
  gap[2] = Number.NaN;
  const filled = componentsOf(5, [gap, column(5, 2), new Float32Array(5).fill(3), new Float32Array(5).fill(Number.NaN)], 3);
  expect(filled.coordinates).toHaveLength(2);
  for (const coordinates of filled.coordinates) expect(coordinates.every(Number.isFinite)).toBe(true);
  expect(componentsOf(5, [new Float32Array(5).fill(3)], 2)).toEqual({ coordinates: [], explained: [] });
});

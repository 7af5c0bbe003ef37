import { expect, test } from "vitest";
import { classTarget, draw, featureNames, noise, testThread, withPart } from "../../test/thread.ts";
import { groupBits, informationWith, levelGroups, threeLevels } from "./three-levels.ts";

/** Mutual information (nats) of two lists of codes, from the definition. */
function information(a: readonly number[], b: readonly number[]): number {
  const share = (keep: (i: number) => boolean) => a.filter((_, i) => keep(i)).length / a.length;
  let sum = 0;
  for (const x of new Set(a)) {
    for (const y of new Set(b)) {
      const both = share((i) => a[i] === x && b[i] === y);
      if (both > 0) sum += both * Math.log(both / share((i) => a[i] === x) / share((i) => b[i] === y));
    }
  }
  return sum;
}

function levelsOf(values: readonly number[]): number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  return values.map((value) => (value < mean - sd ? 0 : value > mean + sd ? 2 : 1));
}

// 32 and 64 fill their words exactly
test.each([9, 32, 47, 64])("information of %i samples as defined, also with repeats", (n) => {
  const columns = [...noise(n, 6, 3), new Float64Array(n).fill(2)];
  const y = Int32Array.from({ length: n }, (_, i) => i % 3);
  const thread = testThread(columns, featureNames(7), classTarget(y));
  for (const counts of [new Uint32Array(n).fill(1), Uint32Array.from({ length: n }, (_, i) => 1 + (i % 3))]) {
    withPart(
      thread,
      (part) => {
        const repeat = (values: ArrayLike<number>) => Array.from(counts).flatMap((c, i) => new Array<number>(c).fill(values[i]!));
        const codes = columns.map((column) => levelsOf(repeat(Float32Array.from(column))));
        const levels = threeLevels(part);
        const withClasses = informationWith(levels, groupBits(part, y, 3));
        const withSecond = informationWith(levels, levelGroups(levels, 1));
        codes.forEach((code, j) => {
          expect(withClasses[j]).toBeCloseTo(information(code, repeat(y)), 12);
          expect(withSecond[j]).toBeCloseTo(information(code, codes[1]!), 12);
        });
        expect(withClasses[6]).toBe(0);
      },
      draw(n, counts),
    );
  }
});

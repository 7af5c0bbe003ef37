import { describe, expect, test } from "vitest";
import { philox, Rng } from "./random.ts";

const MASK = 0xffffffffn;

/** Philox 4x32-10 from the paper, in whole numbers without bounds; all four counter words. */
function philoxByDefinition(counter: readonly number[], key: readonly number[]): number[] {
  let [x0, x1, x2, x3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const a = 0xd2511f53n * x0;
    const b = 0xcd9e8d57n * x2;
    [x0, x1, x2, x3] = [(b >> 32n) ^ x1 ^ k0, b & MASK, (a >> 32n) ^ x3 ^ k1, a & MASK];
    k0 = (k0 + 0x9e3779b9n) & MASK;
    k1 = (k1 + 0xbb67ae85n) & MASK;
  }
  return [x0, x1, x2, x3].map(Number);
}

describe("Philox 4x32-10", () => {
  // Random123's known answers (kat_vectors, philox4x32 10): counter, key, words.
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("the definition gives the known answer for %j", (counter, key, words) => {
    expect(philoxByDefinition(counter, key)).toEqual(words);
  });

  test("ours is the definition with a fourth counter word of 0", () => {
    const out = new Uint32Array(4);
    const rng = Rng.from(9);
    const extremes = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff, 0x10000];
    const word = (i: number) => (i % 3 === 0 ? extremes[rng.below(extremes.length)]! : rng.uint32());
    philox(0, 0, 0, [0, 0], out);
    expect([...out]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    for (let i = 0; i < 500; i++) {
      const counter = [word(i), word(i + 1), word(i + 2), 0];
      const key = [word(i + 3), word(i + 4)] as const;
      philox(counter[0]!, counter[1]!, counter[2]!, key, out);
      expect([...out]).toEqual(philoxByDefinition(counter, key));
    }
  });
});

/** sum (observed - expected)^2 / expected */
function chiSquared(observed: readonly number[]): number {
  const expected = observed.reduce((a, b) => a + b, 0) / observed.length;
  return observed.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function tally(draws: number, kinds: number, draw: () => number): number[] {
  const counts = new Array<number>(kinds).fill(0);
  for (let i = 0; i < draws; i++) counts[draw()]!++;
  return counts;
}

describe("streams", () => {
  test("the same seed and path give the same numbers, whatever was drawn before", () => {
    const parent = Rng.from(42, "unit");
    const first = parent.child("fold", 3).uint32();
    parent.uniform();
    expect(parent.child("fold", 3).uint32()).toBe(first);
    expect(Rng.from(42, "unit", "fold", 3).uint32()).toBe(first);
  });

  test("other labels, other orders and other cuts of the same text are other streams", () => {
    const firsts = [
      [],
      ["a"],
      ["b"],
      ["a", "b"],
      ["b", "a"],
      ["ab"],
      ["a", "", "b"],
      ["a", 1],
      ["a", 11],
      ["abcd"],
      ["abc", "d"],
      ["\u0001"],
    ].map((path) => Rng.from(1, ...path).uint32());
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  test("a thousand neighbouring seeds share no key and no word", () => {
    const keys = new Set<string>();
    const words = new Set<string>();
    for (let seed = 0; seed < 1000; seed++) {
      const rng = Rng.from(seed, "tree");
      keys.add(rng.key.join());
      // 64 bits each: a chance repeat among 20,000 is 1e-11 likely
      for (let i = 0; i < 20; i++) words.add(`${rng.uint32()},${rng.uint32()}`);
    }
    expect(keys.size).toBe(1000);
    expect(words.size).toBe(20_000);
  });

  test("a neighbouring seed, label or high word flips about half of the bits, and is uncorrelated", () => {
    const pairs: [Rng, Rng][] = [
      [Rng.from(1), Rng.from(2)],
      [Rng.from(7, "fold 1"), Rng.from(7, "fold 2")],
      [Rng.from(5, "x"), Rng.from(5 + 2 ** 32, "x")],
      [Rng.from(3, 10), Rng.from(3, 11)],
    ];
    for (const [a, b] of pairs) {
      let differing = 0;
      let product = 0;
      const n = 4000;
      for (let i = 0; i < n; i++) {
        const [u, v] = [a.uint32(), b.uint32()];
        for (let bits = (u ^ v) >>> 0; bits !== 0; bits = (bits & (bits - 1)) >>> 0) differing++;
        product += (u / 2 ** 32 - 0.5) * (v / 2 ** 32 - 0.5) * 12;
      }
      // five standard errors
      expect(Math.abs(differing / (32 * n) - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(32 * n));
      expect(Math.abs(product / n)).toBeLessThan(5 / Math.sqrt(n));
    }
  });
});

describe("draws", () => {
  test("uniform is on [0, 1), flat, and uses its low bits", () => {
    const rng = Rng.from(1, "uniform");
    const values = Array.from({ length: 20_000 }, () => rng.uniform());
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const counts = new Array<number>(20).fill(0);
    for (const value of values) counts[Math.floor(value * 20)]!++;
    expect(chiSquared(counts)).toBeLessThan(43.8); // 99.9 % at df 19
    expect(values.some((value) => (value * 2 ** 32) % 1 !== 0)).toBe(true);
  });

  test("below is flat for small bounds", () => {
    const rng = Rng.from(2, "below");
    expect(chiSquared(tally(14_000, 7, () => rng.below(7)))).toBeLessThan(22.5); // 99.9 % at df 6
    expect(tally(50, 1, () => rng.below(1))).toEqual([50]);
  });

  test("below has no bias where the bound does not divide 2^32", () => {
    // Without rejection every third value would come twice as often.
    const rng = Rng.from(3, "below");
    const bound = 3 * 2 ** 30;
    expect(chiSquared(tally(9000, 3, () => rng.below(bound) % 3))).toBeLessThan(13.8); // 99.9 % at df 2
    expect(rng.below(2 ** 32)).toBeLessThan(2 ** 32);
  });

  test("shuffle gives every order equally often and keeps what it was given", () => {
    const rng = Rng.from(4, "shuffle");
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = rng.shuffle([1, 2, 3, 4]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquared([...counts.values()])).toBeLessThan(49.7); // 99.9 % at df 23
    expect([...rng.shuffle(Uint32Array.of(5, 6, 7))].sort()).toEqual([5, 6, 7]);
  });
});

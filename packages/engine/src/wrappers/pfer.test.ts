import { describe, expect, test } from "vitest";
import { oracle } from "../../../../fixtures/data.ts";
import { Rng } from "../random.ts";
import { pfer, type StabilitySetting } from "./index.ts";
import { rConcaveTail } from "./r-concave.ts";

const setting = (changes: Partial<StabilitySetting> = {}): StabilitySetting => ({
  p: 1000,
  q: 50,
  threshold: 0.7,
  resamples: 100,
  ...changes,
});

describe("subsample", () => {
  test("q² / ((2t - 1) p)", () => {
    expect(pfer("subsample", setting()).pfer).toBeCloseTo(2500 / (0.4 * 1000), 12);
    expect(pfer("subsample", setting({ threshold: 1, q: 10 })).pfer).toBeCloseTo(0.1, 14);
  });

  test("none at a threshold of one half or with every feature taken, and why", () => {
    for (const [changes, reason] of [
      [{ threshold: 0.5 }, "above 0.5"],
      [{ q: 1000 }, "lower q"],
      [{ q: 2000 }, "lower q"],
    ] as const) {
      const got = pfer("subsample", setting(changes));
      expect(got.pfer).toBeNull();
      expect(got.note).toContain(reason);
    }
  });

  test("says when the bound is empty", () => {
    expect(pfer("subsample", setting({ p: 60 })).note).toContain("says nothing");
    expect(pfer("subsample", setting()).note).not.toContain("says nothing");
  });
});

test("bootstrap has no bound", () => {
  expect(pfer("bootstrap", setting())).toEqual({ pfer: null, note: expect.stringContaining("no bound") });
});

describe("complementary pairs", () => {
  test("unimodal by hand, both branches, B = 50: C(t, B) q² / p", () => {
    // t = 0.7: 1 / (2 (0.4 - 0.01)); t = 0.9: 4 (0.1 + 0.01) / 1.02
    expect(pfer("complementary_pairs", setting()).pfer).toBeCloseTo(2.5 / 0.78, 12);
    expect(pfer("complementary_pairs", setting({ threshold: 0.9 })).pfer).toBeCloseTo((2.5 * 0.44) / 1.02, 12);
    expect(pfer("complementary_pairs", setting({ assumption: "unimodal" }))).toEqual(pfer("complementary_pairs", setting()));
  });

  test("the branches meet at 3/4 as in the paper: 1 / (1 - 1/B) and (1 + 2/B) / (1 + 1/B)", () => {
    const at = (threshold: number) => pfer("complementary_pairs", setting({ threshold })).pfer! / 2.5;
    expect(at(0.75)).toBeCloseTo(1 / (1 - 1 / 50), 12);
    expect(at(0.75 + 1e-12)).toBeCloseTo((1 + 2 / 50) / (1 + 1 / 50), 9);
  });

  test("nothing assumed is Meinshausen & Buhlmann's number; each assumption lowers it", () => {
    const by = (assumption: "none" | "unimodal" | "r-concave") => pfer("complementary_pairs", setting({ assumption })).pfer!;
    expect(by("none")).toBeCloseTo(pfer("subsample", setting()).pfer!, 12);
    expect(by("unimodal")).toBeLessThan(by("none"));
    expect(by("r-concave")).toBeLessThan(by("unimodal"));
  });

  test("none where the theorem does not reach, with what would do", () => {
    const near = pfer("complementary_pairs", setting({ threshold: 0.51, resamples: 20 }));
    expect(near.pfer).toBeNull();
    expect(near.note).toContain("0.600 with 10 pairs");
    expect(pfer("complementary_pairs", setting({ q: 600 })).note).toContain("577");
    expect(pfer("complementary_pairs", setting({ q: 600, assumption: "none" })).pfer).not.toBeNull();
    expect(pfer("complementary_pairs", setting({ resamples: 1 })).pfer).toBeNull();
  });

  test("falls as the threshold rises, rises with q", () => {
    for (const assumption of ["none", "unimodal", "r-concave"] as const) {
      const by = (changes: Partial<StabilitySetting>) => pfer("complementary_pairs", setting({ assumption, ...changes })).pfer!;
      expect(by({ threshold: 0.8 })).toBeLessThan(by({ threshold: 0.7 }));
      expect(by({ q: 40 })).toBeLessThan(by({ q: 50 }));
    }
  });
});

describe("r-concave", () => {
  type Case = { p: number; q: number; pairs: number; threshold: number; pfer: number };
  test.each(oracle<{ r_concave: Case[] }>("wrappers").r_concave)(
    "as the paper's code, 1e-4: p = $p, q = $q, B = $pairs, t = $threshold",
    ({ p, q, pairs, threshold, pfer: wanted }) => {
      const got = pfer("complementary_pairs", { p, q, threshold, resamples: 2 * pairs, assumption: "r-concave" }).pfer!;
      expect(Math.abs(got - wanted) / wanted).toBeLessThan(1e-4);
    },
  );

  test.each([
    [0.05, 8, 5, -1 / 2],
    [0.1, 10, 7, -1 / 4],
    [0.2, 10, 6, -1 / 2],
  ])("no r-concave mass function has more, and one comes near: eta %d, B %d, at least %d, r %d", (eta, B, from, r) => {
    const bound = rConcaveTail(eta, from / B, B, r);
    let most = 0;
    const rng = Rng.from(1, "r-concave", B);
    // Random convex f^r that rise, begun anywhere, ended anywhere with a last piece of any slope; kept when the mean is small enough.
    for (let trial = 0; trial < 6_000; trial++) {
      const end = from + rng.below(B - from + 1);
      const bend = rng.uniform() < 0.7 ? 0 : rng.uniform() ** 4;
      const mass = convexPower(eta * B, end, bend, rng.uniform() ** 3 * 50, r);
      const total = mass.reduce((a, b) => a + b, 0);
      const mean = mass.reduce((sum, m, i) => sum + i * m, 0) / total;
      if (mean > eta * B) continue;
      most = Math.max(most, mass.slice(from).reduce((a, b) => a + b, 0) / total);
    }
    expect(most).toBeLessThanOrEqual(bound * (1 + 1e-9));
    expect(most).toBeGreaterThan(0.9 * bound);
  });

  test("1 within twice the mean, 0 beyond the support", () => {
    expect(rConcaveTail(0.3, 0.5, 10, -1 / 2)).toBe(1);
    expect(rConcaveTail(0.1, 1.2, 10, -1 / 2)).toBe(0);
  });
});

/** f with f^r convex: f(i)^r = a + i + bend i², the last point `drop` times further up; a such that the mean is as wanted, by bisection. */
function convexPower(mean: number, end: number, bend: number, drop: number, r: number): number[] {
  const at = (a: number) =>
    Array.from({ length: end + 1 }, (_, i) => {
      const g = a + i + bend * i * i;
      return (i === end ? g * (1 + drop) : g) ** (1 / r);
    });
  let low = 1e-6;
  let high = 1e4;
  for (let step = 0; step < 40; step++) {
    const middle = Math.sqrt(low * high);
    const mass = at(middle);
    const total = mass.reduce((a, b) => a + b, 0);
    if (mass.reduce((sum, m, i) => sum + i * m, 0) / total <= mean) low = middle;
    else high = middle;
  }
  return at(low);
}

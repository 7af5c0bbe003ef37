import { expect, test } from "vitest";
import { classTarget, draw, featureNames, noise, testThread, withPart } from "../../test/thread.ts";
import { viewOf } from "../part-view.ts";
import { Rng } from "../random.ts";
import { withShadows } from "./shadows.ts";

const n = 60;

test("shadows hold the part's values of their feature, each in an order of its own, and nothing of other rows", () => {
  const data = testThread(noise(n, 3, 4), featureNames(3), classTarget(Array.from({ length: n }, (_, i) => i % 2)));
  const rows = Array.from({ length: 40 }, (_, i) => i + Math.floor(i / 2));
  withPart(
    data,
    (part) => {
      const shadowsOf = (label: string) =>
        withShadows(part, [0, 2], Rng.from(1, label), (extended) => {
          expect(extended.p).toBe(2 + 8);
          expect([...extended.column(0)]).toEqual([...part.column(0)]);
          const view = viewOf(extended);
          const addresses = new Uint32Array(view.kernelsMemory, view.columns, extended.p);
          const outside = new Float32Array(view.kernelsMemory, addresses[2]!, n).filter((_, i) => !rows.includes(i));
          expect(outside.every((value) => value === 0)).toBe(true);
          return Array.from({ length: 8 }, (_, k) => [...extended.column(2 + k)]);
        });
      const shadows = shadowsOf("a");
      shadows.forEach((values, k) => {
        const source = part.column(k % 2 === 0 ? 0 : 2);
        expect([...values].sort()).toEqual([...source].sort());
        expect(values).not.toEqual([...source]);
      });
      const places = (k: number) => shadows[k]!.map((value) => [...part.column(k % 2 === 0 ? 0 : 2)].indexOf(value));
      expect(places(0)).not.toEqual(places(1));
      expect(shadows[0]).not.toEqual(shadows[2]);
      expect(shadowsOf("b")).not.toEqual(shadows);
      expect(shadowsOf("a")).toEqual(shadows);
    },
    draw(rows),
  );
});

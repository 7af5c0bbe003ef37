import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import type { RateCounter } from "../../src/index.ts";

/** What every RateCounter does. `open` gives one that others may use too: keys are the tests' own. */
export function rateCounterContract(name: string, open: () => Promise<RateCounter>): void {
  describe(`RateCounter: ${name}`, () => {
    let rates: RateCounter;
    beforeEach(async () => {
      rates = await open();
    });

    test("counts each key by itself, also hits that come together", async () => {
      const [a, b] = [randomUUID(), randomUUID()];
      const counts = await Promise.all(Array.from({ length: 50 }, () => rates.hit(a, 60_000)));
      expect(counts.map(({ count }) => count).sort((x, y) => x - y)).toEqual(Array.from({ length: 50 }, (_, k) => k + 1));
      expect((await rates.hit(b, 60_000)).count).toBe(1);
      expect((await rates.hit(a, 60_000)).count).toBe(51);
    });

    test("a window ends when it was said to, however often it is hit", async () => {
      const key = randomUUID();
      const first = await rates.hit(key, 400);
      expect(first.count).toBe(1);
      expect(first.resetMs).toBeGreaterThan(200);
      expect(first.resetMs).toBeLessThanOrEqual(400);
      await sleep(200);
      const second = await rates.hit(key, 400);
      expect(second.count).toBe(2);
      expect(second.resetMs).toBeLessThanOrEqual(250);
      await sleep(second.resetMs + 30);
      expect((await rates.hit(key, 400)).count).toBe(1);
    });
  });
}

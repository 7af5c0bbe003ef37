import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import type { Cache } from "../../src/index.ts";

export function cacheContract(name: string, open: () => Promise<Cache>): void {
  describe(`Cache: ${name}`, () => {
    let cache: Cache;
    beforeEach(async () => {
      cache = await open();
    });

    test("keeps, replaces, deletes", async () => {
      expect(await cache.get("a")).toBeUndefined();
      await cache.set("a", "1", 60);
      await cache.set("b", "", 60);
      await cache.set("a", "2", 60);
      expect([await cache.get("a"), await cache.get("b")]).toEqual(["2", ""]);
      await cache.delete("a");
      await cache.delete("a");
      expect([await cache.get("a"), await cache.get("b")]).toEqual([undefined, ""]);
    });

    test("forgets in time", async () => {
      await cache.set("a", "1", 1);
      expect(await cache.get("a")).toBe("1");
      await sleep(1_050);
      expect(await cache.get("a")).toBeUndefined();
    });
  });
}

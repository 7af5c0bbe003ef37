import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { EventBus } from "../../src/index.ts";

export function eventBusContract(name: string, open: () => Promise<EventBus>): void {
  describe(`EventBus: ${name}`, () => {
    let bus: EventBus;
    beforeEach(async () => {
      bus = await open();
    });
    afterEach(async () => {
      await bus.close();
    });
    const listening = async (topic: string) => {
      const heard: string[] = [];
      const leave = await bus.subscribe(topic, (message) => heard.push(message));
      return { heard, leave };
    };

    test("every listener of a topic hears, in order; those of others do not", async () => {
      const [a, b, other] = [await listening("job/1"), await listening("job/1"), await listening("job/10")];
      for (const message of ["1", "2", "3"]) await bus.publish("job/1", message);
      await vi.waitFor(() =>
        expect([a.heard, b.heard]).toEqual([
          ["1", "2", "3"],
          ["1", "2", "3"],
        ]),
      );
      expect(other.heard).toEqual([]);
    });

    test("who left hears nothing more, and takes nobody else along", async () => {
      const [a, b] = [await listening("job/1"), await listening("job/1")];
      await a.leave();
      await a.leave();
      await bus.publish("job/1", "x");
      await vi.waitFor(() => expect(b.heard).toEqual(["x"]));
      expect(a.heard).toEqual([]);
    });

    test("the same function may listen twice and leave once", async () => {
      const heard: string[] = [];
      const listener = (message: string) => {
        heard.push(message);
      };
      const leave = await bus.subscribe("t", listener);
      await bus.subscribe("t", listener);
      await leave();
      await bus.publish("t", "x");
      await vi.waitFor(() => expect(heard).toEqual(["x"]));
    });

    test("a listener that throws harms neither who publishes nor the others", async () => {
      await bus.subscribe("t", () => {
        throw new Error("bad listener");
      });
      const { heard } = await listening("t");
      await bus.publish("t", "x");
      await vi.waitFor(() => expect(heard).toEqual(["x"]));
    });

    test("nobody hears after close, and publishing to nobody is no error", async () => {
      const { heard } = await listening("t");
      await bus.publish("nobody", "x");
      await bus.close();
      await bus.publish("t", "x").catch(() => undefined);
      await sleep(10);
      expect(heard).toEqual([]);
    });
  });
}

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { JobCancelled, type JobQueue, QueueClosing, type QueueName, queueNames, type WorkMessage } from "../../src/index.ts";

const nameOf = ({ jobId, range }: WorkMessage): string => `${jobId}/${range}`;
/** As in `job/3`; the range is 0 when left out. */
const messageOf = (name: string): WorkMessage => {
  const [jobId, range = "0"] = name.split("/");
  return { jobId: jobId!, range: Number(range) };
};

/** Work that ends when told to, or by its signal. */
export function workbench() {
  const begun: string[] = [];
  const reasons = new Map<string, unknown>();
  const ends = new Map<string, () => void>();
  const work = async (message: WorkMessage, signal: AbortSignal) => {
    const name = nameOf(message);
    begun.push(name);
    await new Promise<void>((done) => {
      ends.set(name, done);
      signal.addEventListener("abort", () => {
        reasons.set(name, signal.reason);
        done();
      });
    });
  };
  const started = (name: string) => vi.waitFor(() => expect(begun).toContain(name), { timeout: 10_000 });
  const finish = (name: string) => ends.get(name)!();
  return { begun, reasons, finish, work, started };
}

/** What every JobQueue does; `open` gives an empty one. */
export function jobQueueContract(name: string, open: () => Promise<JobQueue>): void {
  describe(`JobQueue: ${name}`, () => {
    let queue: JobQueue;
    beforeEach(async () => {
      queue = await open();
    });
    afterEach(async () => {
      await queue.close();
    });
    const send = (name: string, to: QueueName = "default", turn = 0) => queue.send(to, messageOf(name), turn);
    const becomes = (read: () => unknown, value: unknown) =>
      vi.waitFor(async () => expect(await read()).toEqual(value), { timeout: 10_000, interval: 20 });

    test("what was sent before anybody listened is worked on: higher queues first, then by turn, then in order", async () => {
      const done: string[] = [];
      await send("low", "low_priority");
      await send("late", "default", 7);
      await send("first", "default", 3);
      await send("second", "default", 3);
      await send("early", "default", 0);
      await send("high", "high_priority", 9);
      const work = async (message: WorkMessage) => {
        done.push(message.jobId);
      };
      await queue.listen(["low_priority", "high_priority", "default"], work, 1);
      await becomes(() => done, ["high", "early", "first", "second", "late", "low"]);
    });

    test("what is sent to a higher queue while others wait goes before them", async () => {
      const bench = workbench();
      await queue.listen(queueNames, bench.work, 1);
      await send("runs");
      await bench.started("runs/0");
      await send("later");
      await send("low", "low_priority");
      await send("high", "high_priority");
      for (const [ends, begins] of ["runs/0", "high/0", "later/0", "low/0"].map((each, i, all) => [each, all[i + 1]])) {
        bench.finish(ends!);
        if (begins !== undefined) await bench.started(begins);
      }
      expect(bench.begun).toEqual(["runs/0", "high/0", "later/0", "low/0"]);
    });

    test("a queue that nobody listens to waits", async () => {
      const done: string[] = [];
      const work = async (message: WorkMessage) => {
        done.push(nameOf(message));
      };
      await queue.listen(["high_priority"], work, 1);
      await send("a/4");
      await send("b/5", "high_priority");
      await becomes(() => done, ["b/5"]);
      await queue.listen(["default"], work, 1);
      await becomes(() => done, ["b/5", "a/4"]);
    });

    test("works on as many at a time as asked, ranges of one job among them", async () => {
      const bench = workbench();
      await queue.listen(queueNames, bench.work, 2);
      for (const name of ["a/0", "a/1", "a/2"]) await send(name);
      await bench.started("a/1");
      await sleep(30);
      expect(bench.begun).toEqual(["a/0", "a/1"]);
      bench.finish("a/1");
      await bench.started("a/2");
      for (const name of ["a/0", "a/2"]) bench.finish(name);
    });

    test("a range sent twice is worked on at least once, and once at a time", async () => {
      let now = 0;
      let most = 0;
      let times = 0;
      const work = async () => {
        most = Math.max(most, ++now);
        await sleep(5);
        now--;
        times++;
      };
      await queue.listen(queueNames, work, 4);
      const name = randomUUID();
      const ids = new Set<string>();
      for (let i = 0; i < 5; i++) {
        ids.add(await send(name));
        await sleep(2);
      }
      await becomes(() => queue.missing("default", [...ids]), [...ids]);
      expect(ids.size).toBe(5);
      expect(times).toBeGreaterThan(0);
      expect(times).toBeLessThanOrEqual(5);
      expect(most).toBe(1);
    });

    test("work that throws does not stop the next", async () => {
      const done: string[] = [];
      const work = async ({ jobId }: WorkMessage) => {
        done.push(jobId);
        if (jobId === "bad") throw new Error("bad");
      };
      await queue.listen(queueNames, work, 1);
      const bad = await send("bad");
      const good = await send("good");
      await becomes(() => queue.missing("default", [bad, good]), [bad, good]);
      expect(done).toEqual(["bad", "good"]);
    });

    test("missing names what is neither waiting nor being worked on; depth counts both", async () => {
      const bench = workbench();
      const waits = await send("waits", "low_priority");
      const nobody = randomUUID();
      expect(await queue.missing("low_priority", [nobody, waits])).toEqual([nobody]);
      expect(await queue.missing("low_priority", [])).toEqual([]);
      await queue.listen(["default"], bench.work, 1);
      const runs = await send("runs");
      const next = await send("next", "default", 5);
      await bench.started("runs/0");
      expect(await queue.missing("default", [runs, next, nobody])).toEqual([nobody]);
      const none = { waiting: 0, active: 0 };
      expect(await queue.depth()).toEqual({
        high_priority: none,
        default: { waiting: 1, active: 1 },
        low_priority: { waiting: 1, active: 0 },
      });
      bench.finish("runs/0");
      await bench.started("next/0");
      bench.finish("next/0");
      await becomes(() => queue.missing("default", [runs, next]), [runs, next]);
    });

    test("cancel tells all ranges that run and takes out those that wait, of this job alone", async () => {
      const bench = workbench();
      await queue.listen(queueNames, bench.work, 2);
      for (const name of ["runs/0", "runs/1"]) await send(name);
      await bench.started("runs/1");
      const waiting = [await send("waits/0"), await send("waits/1"), await send("runs/2")];
      await send("stays");
      await queue.cancel("waits");
      await queue.cancel("nobody");
      expect(bench.reasons.size).toBe(0);
      await queue.cancel("runs");
      await bench.started("stays/0");
      expect([...bench.reasons.keys()].sort()).toEqual(["runs/0", "runs/1"]);
      for (const reason of bench.reasons.values()) expect(reason).toBeInstanceOf(JobCancelled);
      await becomes(() => queue.missing("default", waiting), waiting);
      expect(bench.begun).toEqual(["runs/0", "runs/1", "stays/0"]);
      bench.finish("stays/0");
    });

    test("what was cancelled can be sent again", async () => {
      const bench = workbench();
      await queue.listen(queueNames, bench.work, 1);
      await send("blocks");
      await bench.started("blocks/0");
      const cancelled = await send("job");
      await queue.cancel("job");
      await becomes(() => queue.missing("default", [cancelled]), [cancelled]);
      await send("job", "high_priority");
      bench.finish("blocks/0");
      await bench.started("job/0");
      expect(bench.begun).toEqual(["blocks/0", "job/0"]);
      await queue.cancel("job");
      await vi.waitFor(() => expect(bench.reasons.has("job/0")).toBe(true));
      await send("job");
      await vi.waitFor(() => expect(bench.begun).toEqual(["blocks/0", "job/0", "job/0"]));
      bench.finish("job/0");
    });

    test("close asks what runs to stop, waits for it, and starts nothing more", async () => {
      const bench = workbench();
      let ended = false;
      const work = async (message: WorkMessage, signal: AbortSignal) => {
        await bench.work(message, signal);
        await sleep(20);
        ended = true;
      };
      await queue.listen(queueNames, work, 1);
      await send("runs");
      await send("waits");
      await bench.started("runs/0");
      await queue.close();
      expect(ended).toBe(true);
      expect(bench.reasons.get("runs/0")).toBeInstanceOf(QueueClosing);
      expect(bench.begun).toEqual(["runs/0"]);
      await expect(send("late")).rejects.toBeInstanceOf(QueueClosing);
    });
  });
}

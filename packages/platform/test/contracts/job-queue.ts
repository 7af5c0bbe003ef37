import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { JobCancelled, type JobQueue, QueueClosing, queueNames } from "../../src/index.ts";

/** What every JobQueue does; `open` gives an empty one that works on one job at a time. */
export function jobQueueContract(name: string, open: () => Promise<JobQueue>): void {
  describe(`JobQueue: ${name}`, () => {
    let queue: JobQueue;
    beforeEach(async () => {
      queue = await open();
    });
    afterEach(async () => {
      await queue.close();
    });

    /** Work that ends when told to, or by its signal. */
    function workbench() {
      const begun: string[] = [];
      const reasons = new Map<string, unknown>();
      const finish = new Map<string, () => void>();
      const work = async (jobId: string, signal: AbortSignal) => {
        begun.push(jobId);
        await new Promise<void>((done) => {
          finish.set(jobId, done);
          signal.addEventListener("abort", () => {
            reasons.set(jobId, signal.reason);
            done();
          });
        });
      };
      const started = (jobId: string) => vi.waitFor(() => expect(begun).toContain(jobId));
      return { begun, reasons, finish, work, started };
    }

    test("what was sent before anybody listened is worked on, higher queues first, then in order", async () => {
      const done: string[] = [];
      await queue.send("low_priority", "low");
      await queue.send("default", "first");
      await queue.send("default", "second");
      await queue.send("high_priority", "high");
      await queue.listen(queueNames, async (jobId) => {
        done.push(jobId);
      });
      await vi.waitFor(() => expect(done).toHaveLength(4));
      expect(done).toEqual(["high", "first", "second", "low"]);
    });

    test("a queue that nobody listens to waits", async () => {
      const done: string[] = [];
      const work = async (jobId: string) => {
        done.push(jobId);
      };
      await queue.listen(["high_priority"], work);
      await queue.send("default", "a");
      await queue.send("high_priority", "b");
      await vi.waitFor(() => expect(done).toEqual(["b"]));
      await queue.listen(["default"], work);
      await vi.waitFor(() => expect(done).toEqual(["b", "a"]));
    });

    test("a job sent twice is worked on at least once, and once at a time", async () => {
      let now = 0;
      let most = 0;
      let times = 0;
      await queue.listen(queueNames, async () => {
        most = Math.max(most, ++now);
        await sleep(5);
        now--;
        times++;
      });
      const jobId = randomUUID();
      for (let i = 0; i < 5; i++) {
        await queue.send("default", jobId);
        await sleep(2);
      }
      await vi.waitFor(() => expect(times).toBeGreaterThan(0));
      await sleep(30);
      expect(most).toBe(1);
      expect(times).toBeLessThanOrEqual(5);
    });

    test("work that throws does not stop the next", async () => {
      const done: string[] = [];
      await queue.listen(queueNames, async (jobId) => {
        done.push(jobId);
        if (jobId === "bad") throw new Error("bad");
      });
      await queue.send("default", "bad");
      await queue.send("default", "good");
      await vi.waitFor(() => expect(done).toContain("good"));
    });

    test("cancel tells the one that runs, and takes out the one that waits", async () => {
      const bench = workbench();
      await queue.listen(queueNames, bench.work);
      for (const jobId of ["runs", "waits", "stays"]) await queue.send("default", jobId);
      await bench.started("runs");
      await queue.cancel("waits");
      await queue.cancel("nobody");
      expect(bench.reasons.size).toBe(0);
      await queue.cancel("runs");
      await bench.started("stays");
      expect(bench.reasons.get("runs")).toBeInstanceOf(JobCancelled);
      expect(bench.begun).toEqual(["runs", "stays"]);
      bench.finish.get("stays")!();
    });

    test("what was cancelled can be sent again", async () => {
      const bench = workbench();
      await queue.listen(queueNames, bench.work);
      await queue.send("default", "blocks");
      await bench.started("blocks");
      await queue.send("default", "job");
      await queue.cancel("job");
      await queue.send("high_priority", "job");
      bench.finish.get("blocks")!();
      await bench.started("job");
      bench.finish.get("job")!();
      expect(bench.begun).toEqual(["blocks", "job"]);
    });

    test("close asks what runs to stop, waits for it, and starts nothing more", async () => {
      const bench = workbench();
      let ended = false;
      await queue.listen(queueNames, async (jobId, signal) => {
        await bench.work(jobId, signal);
        await sleep(20);
        ended = true;
      });
      await queue.send("default", "runs");
      await queue.send("default", "waits");
      await bench.started("runs");
      await queue.close();
      expect(ended).toBe(true);
      expect(bench.reasons.get("runs")).toBeInstanceOf(QueueClosing);
      expect(bench.begun).toEqual(["runs"]);
      await expect(queue.send("default", "late")).rejects.toBeInstanceOf(QueueClosing);
    });
  });
}

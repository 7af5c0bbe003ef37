import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRedis } from "../../../scripts/services/redis.ts";
import { type BullQueueOptions, createBullQueue } from "../src/adapters/job-queue/bullmq.ts";
import { connectRedis } from "../src/adapters/redis/connection.ts";
import { ConfigError, JobCancelled, type JobQueue, QueueClosing, queueNames, type WorkMessage } from "../src/index.ts";
import { jobQueueContract, workbench } from "./contracts/job-queue.ts";
import { temporaryFolder } from "./database.ts";
import { describeWithServices } from "./services.ts";

const eventually = { timeout: 15_000, interval: 50 };

describeWithServices("BullMQ", ({ redisUrl }) => {
  const open = (prefix: string, more: Partial<BullQueueOptions> = {}) => createBullQueue({ url: redisUrl, prefix, ...more });
  const name = () => `test-${randomUUID()}`;

  jobQueueContract("BullMQ", () => open(name()));

  describe("over several processes", () => {
    let queues: JobQueue[];
    beforeAll(async () => {
      const prefix = name();
      queues = [await open(prefix), await open(prefix), await open(prefix)];
    });
    afterAll(() => Promise.all(queues.map((queue) => queue.close())));

    test("each message goes to one; cancel reaches the other ones; who closes hands over what it had", async () => {
      const [api, first, second] = queues as [JobQueue, JobQueue, JobQueue];
      const benches = [workbench(), workbench()] as const;
      await first.listen(queueNames, benches[0].work, 2);
      await second.listen(queueNames, benches[1].work, 2);
      for (let range = 0; range < 4; range++) await api.send("default", { jobId: "a", range }, range);
      const begun = () => benches.flatMap((bench) => bench.begun).sort();
      await expect.poll(begun, eventually).toEqual(["a/0", "a/1", "a/2", "a/3"]);
      expect(benches.map((bench) => bench.begun.length)).toEqual([2, 2]);
      const waits = await api.send("default", { jobId: "a", range: 4 }, 4);
      await api.cancel("a");
      await expect.poll(() => [...benches[0].reasons.values(), ...benches[1].reasons.values()].length, eventually).toBe(4);
      for (const reason of benches[1].reasons.values()) expect(reason).toBeInstanceOf(JobCancelled);
      expect(await api.missing("default", [waits])).toEqual([waits]);

      await expect.poll(async () => (await api.depth()).default, eventually).toEqual({ waiting: 0, active: 0 });
      for (let range = 0; range < 4; range++) await api.send("low_priority", { jobId: "b", range }, 0);
      await expect.poll(() => begun().length, eventually).toBe(8);
      const had = benches[1].begun.filter((each) => each.startsWith("b/"));
      const free = benches[0].begun.filter((each) => each.startsWith("b/"));
      await second.close();
      for (const each of free) benches[0].finish(each);
      for (const each of had) await benches[0].started(each);
      for (const each of had) benches[0].finish(each);
      await expect.poll(async () => (await api.depth()).low_priority, eventually).toEqual({ waiting: 0, active: 0 });
    });
  });

  test("nothing is left behind: no message, no list of a job's messages", async () => {
    const prefix = name();
    const queue = await open(prefix);
    await queue.listen(queueNames, async () => undefined, 3);
    const ids = await Promise.all([0, 1, 2].map((range) => queue.send("default", { jobId: "a", range }, 0)));
    await expect.poll(() => queue.missing("default", ids), eventually).toEqual(ids);
    await queue.close();
    const redis = await connectRedis(redisUrl);
    const keys = await redis.commands.keys(`${prefix}:*`);
    await redis.close();
    const kinds = new Set(
      keys.map((key) => key.slice(prefix.length + 1)).filter((key) => !/:(meta|id|pc|events|marker|stalled-check)$/.test(key)),
    );
    expect([...kinds]).toEqual([]);
  });

  test("what a process held that was killed is worked on by another", async () => {
    const prefix = name();
    const holder = fork(join(import.meta.dirname, "hold-message.ts"), [redisUrl, prefix], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const queue = await open(prefix, { lease: 1000 });
    const id = await queue.send("default", { jobId: "held", range: 3 }, 0);
    await once(holder, "message");
    holder.kill("SIGKILL");
    await once(holder, "exit");
    const bench = workbench();
    await queue.listen(queueNames, bench.work, 1);
    expect(bench.begun).toEqual([]);
    expect(await queue.missing("default", [id])).toEqual([]);
    await bench.started("held/3");
    bench.finish("held/3");
    await expect.poll(() => queue.missing("default", [id]), eventually).toEqual([id]);
    await queue.close();
  });

  test("a wrong password reaches no error", async () => {
    const url = Object.assign(new URL(redisUrl), { password: "wrong%2Bsecret" }).href;
    const told: string[] = [];
    const queue = await createBullQueue({ url, prefix: name(), onError: (error) => told.push(inspect(error, { depth: 9 })) });
    await queue.listen(queueNames, async () => undefined, 1);
    const refused: unknown = await queue.send("default", { jobId: "a", range: 0 }, 0).catch((error) => error);
    await queue.close();
    expect(told).toHaveLength(1);
    for (const text of [...told, inspect(refused, { depth: 9 })]) expect(text).not.toMatch(/wrong.{0,3}secret/);
  });

  test("work that throws is told with its job", async () => {
    const told: unknown[][] = [];
    const queue = await open(name(), { onError: (error, jobId) => told.push([(error as Error).message, jobId]) });
    await queue.listen(
      queueNames,
      async () => {
        throw new Error("broke");
      },
      1,
    );
    await expect(queue.listen(["default"], async () => undefined, 1)).rejects.toThrow(/listens to default already/);
    await queue.send("default", { jobId: "a", range: 0 }, 2 ** 40);
    await expect.poll(() => told, eventually).toEqual([["broke", "a"]]);
    await queue.close();
  });

  describe("when Redis breaks", () => {
    const folder = temporaryFolder();
    let redis: Awaited<ReturnType<typeof startRedis>>;
    let queue: JobQueue;
    const done: string[] = [];
    const work = async ({ jobId }: WorkMessage) => {
      done.push(jobId);
    };
    beforeAll(async () => {
      redis = await startRedis(join(folder(), "redis"));
      queue = await createBullQueue({ url: redis.url, onError: () => undefined });
    });
    afterAll(async () => {
      await queue?.close();
      await redis?.stop();
    });
    const command = async (...words: [string, ...string[]]) => {
      const direct = await connectRedis(redis.url);
      await direct.commands.call(...words);
      await direct.close();
    };
    /** Milliseconds until it failed. */
    const fails = async (act: () => Promise<unknown>) => {
      const start = performance.now();
      await expect(act()).rejects.toThrow();
      return performance.now() - start;
    };
    const sendAnew = async (jobId: string) => {
      const start = performance.now();
      await expect
        .poll(
          () =>
            queue.send("default", { jobId, range: 0 }, 0).then(
              () => true,
              () => false,
            ),
          eventually,
        )
        .toBe(true);
      await expect.poll(() => done, eventually).toContain(jobId);
      return performance.now() - start;
    };

    test("what FLUSHALL took is missing, and can be sent anew", async () => {
      const ids = [
        await queue.send("default", { jobId: "lost", range: 0 }, 0),
        await queue.send("default", { jobId: "lost", range: 1 }, 5),
      ];
      expect(await queue.missing("default", ids)).toEqual([]);
      await command("FLUSHALL");
      expect(await queue.missing("default", ids)).toEqual(ids);
      await queue.listen(queueNames, work, 2);
      await sendAnew("after the flush");
    });

    test("away: everything fails at once, close too ends soon; back with its data: what waited is worked on", async () => {
      const prefix = `test-${randomUUID()}`;
      const other = await createBullQueue({ url: redis.url, prefix });
      const bench = workbench();
      await other.listen(["high_priority"], bench.work, 1);
      await other.send("high_priority", { jobId: "runs", range: 0 }, 0);
      const waits = await other.send("default", { jobId: "waits", range: 0 }, 0);
      await bench.started("runs/0");
      await redis.kill();
      expect(await fails(() => queue.send("default", { jobId: "x", range: 0 }, 0))).toBeLessThan(2500);
      expect(await fails(() => queue.missing("default", ["x"]))).toBeLessThan(2500);
      expect(await fails(() => queue.depth())).toBeLessThan(2500);
      await queue.cancel("x");
      const start = performance.now();
      await other.close();
      expect(performance.now() - start).toBeLessThan(5000);
      expect(bench.reasons.get("runs/0")).toBeInstanceOf(QueueClosing);
      await redis.start();
      expect(await sendAnew("after the restart")).toBeLessThan(10_000);

      const next = await createBullQueue({ url: redis.url, prefix });
      expect(await next.missing("default", [waits])).toEqual([]);
      await next.listen(["default"], bench.work, 1);
      await bench.started("waits/0");
      await next.close();
    });

    test("back without its data: new messages are worked on", async () => {
      await redis.kill();
      await rm(join(folder(), "redis", "appendonlydir"), { recursive: true });
      await redis.start();
      expect(await sendAnew("after the loss")).toBeLessThan(10_000);
    });

    test("a process that starts without Redis works as soon as it is there", async () => {
      await redis.kill();
      const late = await createBullQueue({ url: redis.url, prefix: `test-${randomUUID()}` });
      const bench = workbench();
      await late.listen(queueNames, bench.work, 1);
      await expect(late.send("default", { jobId: "a", range: 0 }, 0)).rejects.toThrow(/cannot be reached/);
      await redis.start();
      await expect
        .poll(
          () =>
            late.send("default", { jobId: "a", range: 0 }, 0).then(
              () => true,
              () => false,
            ),
          eventually,
        )
        .toBe(true);
      await bench.started("a/0");
      await late.close();
    });

    test("a Redis that drops what it holds is refused in one line", async () => {
      await command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
      const error: unknown = await createBullQueue({ url: redis.url }).catch((thrown) => thrown);
      await command("CONFIG", "SET", "maxmemory-policy", "noeviction");
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as Error).message).toBe(
        "REDIS_URL names a Redis that drops what it holds (maxmemory-policy allkeys-lru): set maxmemory-policy noeviction there",
      );
    });

    test("frozen: send fails within two seconds; thawed: goes on", async () => {
      redis.freeze();
      expect(await fails(() => queue.send("default", { jobId: "frozen", range: 0 }, 0))).toBeLessThan(2500);
      await sleep(3000);
      redis.thaw();
      expect(await sendAnew("after the thaw")).toBeLessThan(10_000);
    });
  });
});

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis } from "../../../scripts/services/redis.ts";
import { createRedisCache } from "../src/adapters/cache/redis.ts";
import { createRedisEventBus } from "../src/adapters/event-bus/redis.ts";
import { createRedisRateCounter } from "../src/adapters/rate-counter/redis.ts";
import { connectRedis, onceAMinute, type RedisConnection } from "../src/adapters/redis/connection.ts";
import { cacheContract } from "./contracts/cache.ts";
import { eventBusContract } from "./contracts/event-bus.ts";
import { rateCounterContract } from "./contracts/rate-counter.ts";
import { temporaryFolder } from "./database.ts";
import { describeWithServices } from "./services.ts";

describeWithServices("Redis", ({ redisUrl }) => {
  let redis: RedisConnection;
  beforeAll(async () => {
    redis = await connectRedis(redisUrl);
  });
  afterAll(() => redis.close());
  const prefix = () => `test:${randomUUID()}:`;

  eventBusContract("Redis", async () => createRedisEventBus({ redis, prefix: prefix() }));
  cacheContract("Redis", async () => createRedisCache({ redis, prefix: prefix() }));
  rateCounterContract("Redis", async () => createRedisRateCounter({ redis, prefix: prefix() }));

  test("events, cached values and rates are those of all processes", async () => {
    const other = await connectRedis(redisUrl);
    const own = { prefix: prefix() };
    const heard: string[] = [];
    const bus = createRedisEventBus({ redis: other, ...own });
    await bus.subscribe("job/1", (message) => heard.push(message));
    await createRedisEventBus({ redis, ...own }).publish("job/1", "x");
    await expect.poll(() => heard).toEqual(["x"]);
    await createRedisCache({ redis: other, ...own }).set("a", "1", 60);
    expect(await createRedisCache({ redis, ...own }).get("a")).toBe("1");
    await createRedisRateCounter({ redis: other, ...own }).hit("k", 1000);
    expect((await createRedisRateCounter({ redis, ...own }).hit("k", 1000)).count).toBe(2);
    await bus.close();
    await other.close();
  });

  test("one subscription a topic and process, gone with its last listener", async () => {
    const own = prefix();
    const bus = createRedisEventBus({ redis, prefix: own });
    const subscribers = async () => (await redis.commands.pubsub("NUMSUB", `${own}t`))[1];
    const leave = [await bus.subscribe("t", () => undefined), await bus.subscribe("t", () => undefined)];
    expect(Number(await subscribers())).toBe(1);
    await leave[0]!();
    expect(Number(await subscribers())).toBe(1);
    await leave[1]!();
    await expect.poll(async () => Number(await subscribers())).toBe(0);
  });

  test("a wrong password is told in one line, without the password", async () => {
    const url = Object.assign(new URL(redisUrl), { password: "wrong%2Bsecret" }).href;
    const errors: string[] = [];
    const refused = await connectRedis(url, { onError: (error) => errors.push(inspect(error, { depth: 9 })) });
    await expect(refused.ping()).rejects.toThrow();
    await refused.close();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^Error: Redis at [\w.]+:\d+: .*(WRONGPASS|AUTH)/);
    expect(errors[0]).not.toMatch(/wrong.{0,3}secret/);
  });
});

describeWithServices("Redis that breaks", () => {
  const folder = temporaryFolder();

  test("killed: nothing hangs or throws, logins are still counted; started again: heard and kept as before", async () => {
    const server = await startRedis(join(folder(), "redis"));
    const errors: string[] = [];
    const redis = await connectRedis(server.url, { onError: (error) => errors.push(error.message) });
    const bus = createRedisEventBus({ redis });
    const cache = createRedisCache({ redis });
    const rates = createRedisRateCounter({ redis });
    const heard: string[] = [];
    const hear = (message: string) => heard.push(message);
    await bus.subscribe("before", hear);
    const leave = await bus.subscribe("left", hear);
    await cache.set("a", "1", 60);
    for (let i = 0; i < 5; i++) await rates.hit("login", 60_000);
    await server.kill();

    const start = performance.now();
    await expect(redis.ping()).rejects.toThrow();
    await cache.set("b", "2", 60);
    await cache.delete("a");
    expect([await cache.get("a"), await cache.get("b")]).toEqual([undefined, undefined]);
    const counts = [await rates.hit("login", 60_000), await rates.hit("login", 60_000)];
    expect(counts.map(({ count }) => count)).toEqual([1, 2]);
    await bus.publish("before", "lost");
    await bus.subscribe("meanwhile", hear);
    await leave();
    expect(performance.now() - start).toBeLessThan(2500);

    await server.start();
    await expect
      .poll(
        () =>
          redis.ping().then(
            () => true,
            () => false,
          ),
        { timeout: 15_000 },
      )
      .toBe(true);
    const heardAgain = async (topic: string) => {
      await bus.publish(topic, topic);
      return heard;
    };
    for (const topic of ["before", "meanwhile"]) await expect.poll(() => heardAgain(topic), { timeout: 15_000 }).toContain(topic);
    await bus.publish("left", "left");
    await bus.publish("before", "last");
    await expect.poll(() => heard).toContain("last");
    expect(heard).not.toContain("left");
    expect(heard).not.toContain("lost");
    await cache.set("b", "2", 60);
    expect(await cache.get("b")).toBe("2");
    expect((await rates.hit("login", 60_000)).count).toBeGreaterThan(2);

    server.freeze();
    const frozen = performance.now();
    expect(await cache.get("b")).toBeUndefined();
    expect((await rates.hit("login", 60_000)).count).toBe(3);
    expect(performance.now() - frozen).toBeLessThan(5000);
    server.thaw();
    await bus.close();
    await redis.close();
    await server.stop();
    expect(errors).toHaveLength(1);
    expect(errors[0]).not.toContain(new URL(server.url).password);
  });
});

test("Redis: what is away is told once a minute, and a start without it takes two seconds", async () => {
  const errors: string[] = [];
  const start = performance.now();
  const away = await connectRedis("redis://:hunter22@127.0.0.1:1", { onError: (error) => errors.push(error.message) });
  expect(performance.now() - start).toBeLessThan(6000);
  await expect(away.ping()).rejects.toThrow();
  expect(away.ready()).toBe(false);
  await away.close();
  expect(errors).toEqual(["Redis at 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1"]);
});

test("once a minute", () => {
  let now = 0;
  const told: unknown[] = [];
  const tell = onceAMinute(
    (error) => told.push(error),
    () => now,
  );
  for (now of [0, 59_999, 60_000, 60_001, 120_000]) tell(now);
  expect(told).toEqual([0, 60_000, 120_000]);
});

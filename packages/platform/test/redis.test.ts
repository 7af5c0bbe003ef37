import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRedisCache } from "../src/adapters/cache/redis.ts";
import { createRedisEventBus } from "../src/adapters/event-bus/redis.ts";
import { createRedisRateCounter } from "../src/adapters/rate-counter/redis.ts";
import { connectRedis, onceAMinute, type RedisConnection } from "../src/adapters/redis/connection.ts";
import { cacheContract } from "./contracts/cache.ts";
import { eventBusContract } from "./contracts/event-bus.ts";
import { rateCounterContract } from "./contracts/rate-counter.ts";
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
    const refused = await connectRedis(url, { onError: (error) => errors.push(error.message) });
    await expect(refused.ping()).rejects.toThrow();
    await refused.close();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^Redis at [\w.]+:\d+: .*(WRONGPASS|AUTH)/);
    expect(errors[0]).not.toMatch(/wrong.{0,3}secret/);
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

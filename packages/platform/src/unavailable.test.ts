import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { Redis } from "ioredis";
import pg from "pg";
import { expect, test } from "vitest";
import { createUser, findUser } from "../src/index.ts";
import { testDatabase } from "../test/database.ts";
import { isUnavailable, whatIsAway } from "./unavailable.ts";

const database = testDatabase();

async function thrownBy(work: () => Promise<unknown>): Promise<unknown> {
  return await work().then(
    () => "nothing",
    (error) => error,
  );
}

test("what the clients of services throw when nobody answers is named by its service", async () => {
  const s3 = new S3Client({
    endpoint: "http://127.0.0.1:1",
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
  });
  expect(whatIsAway(await thrownBy(() => s3.send(new HeadBucketCommand({ Bucket: "omics" }))))).toBe("blobs");

  const redis = new Redis({ host: "127.0.0.1", port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on("error", () => undefined);
  expect(whatIsAway(await thrownBy(() => redis.ping()))).toBe("redis");
  redis.disconnect();

  const client = new pg.Client({ host: "localhost", port: 1 });
  const refused = await thrownBy(() => client.connect());
  expect(isUnavailable(refused)).toBe(true);
  expect(whatIsAway(new Error("Failed query: select 1", { cause: refused }))).toBe("database");
});

test.each(["57P01", "57P02", "57P03", "53300", "08006", "57014", "55P03"])("PostgreSQL's %s is the database being away", (code) => {
  expect(whatIsAway(new Error("x", { cause: Object.assign(new Error("y"), { code, severity: "FATAL" }) }))).toBe("database");
});

test("faults of the program, of the user and of the data are no outage", async () => {
  const { db, pool } = database();
  const person = { email: "a@example.org", username: "a", hashedPassword: "x" };
  await createUser(db, person);
  const faults = [
    await thrownBy(() => createUser(db, person)),
    await thrownBy(() => findUser(db, "no-id")),
    await thrownBy(() => pool.query("select * from nowhere")),
    new TypeError("x is undefined"),
    Object.assign(new Error("denied"), { name: "AccessDenied", $metadata: { httpStatusCode: 403 } }),
    "text",
    undefined,
  ];
  for (const fault of faults) expect(whatIsAway(fault), String(fault)).toBeUndefined();
});

test("an error that is its own cause ends the search", () => {
  const error = new Error("loop");
  error.cause = error;
  expect(whatIsAway(error)).toBeUndefined();
});

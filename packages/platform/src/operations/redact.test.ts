import { expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { readConfig } from "../config.ts";
import { users } from "../schema.ts";
import { createLog } from "./log.ts";
import { createRedact } from "./redact.ts";

const database = testDatabase();
const config = readConfig({
  DATABASE_URL: "postgres://u:p%40ss%2Fword@db/o",
  REDIS_URL: "redis://:redis-hunter2@redis",
  MINIO_ENDPOINT: "minio:9000",
  MINIO_ACCESS_KEY: "access-hunter2",
  MINIO_SECRET_KEY: 'secret"hunter2',
  S3_BUCKET: "omics",
  SECRET_KEY: "f3a91c07d2e84b56a0c1984e7b6d25ff",
  METRICS_TOKEN: "metrics-hunter2-token",
});

function logged(fields: Record<string, unknown>, message = "m"): string {
  const lines: string[] = [];
  createLog({ level: "info", redact: createRedact(config), write: (line) => lines.push(line) }).error(fields, message);
  for (const line of lines) JSON.parse(line);
  return lines.join("");
}

test.each([
  ["a password in a URL", "connect to postgres://u:p%40ss%2Fword@db/o failed", /p%40ss/],
  ["the same password, decoded", "password p@ss/word was refused", /p@ss/],
  ["a password of another URL", "redis://:somebody-elses@redis:6379", /somebody/],
  ["a password with slashes and colons", "postgres://u:a:b@c@db/o", /a:b@c/],
  ["a key that holds a quote", 'SignatureDoesNotMatch: secret"hunter2', /hunter2/],
  ["a token in a path", "GET /api/v1/jobs/1/ws?after=1&token=abcdefgh", /abcdefgh/],
  ["a bearer token", "authorization: Bearer abc.def-ghi_jkl", /abc\.def/],
  ["a token by its shape", "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", /eyJhbG/],
  ["the secret key", "key f3a91c07d2e84b56a0c1984e7b6d25ff", /f3a91c07/],
  ["the token of metrics", "metrics-hunter2-token", /hunter2/],
])("%s is not logged, wherever it stands", (_what, text, secret) => {
  const error = new Error(text, { cause: new Error(text) });
  error.name = "Wrong";
  const lines = logged({ err: error, note: text, deep: { list: [text] } }, text);
  expect(lines).not.toMatch(secret);
  expect(lines).toContain("Wrong");
});

test("fields that hold secrets by their name are emptied", () => {
  const headers = { authorization: "x y", cookie: 'a="b"', password: "pw", accept: "text/html" };
  const line = logged({ headers });
  expect(JSON.parse(line).headers).toEqual({
    authorization: "[redacted]",
    cookie: "[redacted]",
    password: "[redacted]",
    accept: "text/html",
  });
});

test("a failed query is logged without its values", async () => {
  const person = { email: "jane@clinic.example", username: "jane", hashedPassword: "hash-of-jane" };
  const insert = () => database().db.insert(users).values(person);
  await insert();
  const error = await insert().then(
    () => undefined,
    (thrown) => thrown,
  );
  const line = logged({ err: error });
  expect(line).toMatch(/Failed query: insert into/);
  expect(line).toMatch(/duplicate key value/);
  expect(line).not.toMatch(/jane|hash-of/);
});

test("lines say to whom they belong, and levels below the chosen one are left out", () => {
  const lines: string[] = [];
  const log = createLog({ level: "warn", redact: (text) => text, write: (line) => lines.push(line) }).child({ worker: "w1" });
  log.info({}, "too quiet");
  log.child({ job: "j1" }).warn({ range: 3 }, "slow");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 40, time: expect.any(Number), pid: process.pid, worker: "w1", job: "j1", range: 3, msg: "slow" },
  ]);
});

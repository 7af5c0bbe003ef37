import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

const bin = resolve(import.meta.dirname, "../bin/omicselector2.js");
const folder = mkdtempSync(join(tmpdir(), "omicselector2-drain-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function serve(env: Record<string, string>): Promise<{ child: ChildProcess; address: string; exit: Promise<unknown[]> }> {
  const child = spawn(process.execPath, [bin, "serve", "--port", "0"], { env: { ...process.env, LOG_LEVEL: "silent", ...env } });
  children.push(child);
  const exit = once(child, "exit");
  const address = await new Promise<string>((done, failed) => {
    let text = "";
    const read = (chunk: Buffer) => {
      text += chunk;
      const found = /answers at (\S+)/.exec(text);
      if (found !== null) done(found[1]!);
    };
    child.stdout!.on("data", read);
    child.stderr!.on("data", read);
    void exit.then(() => failed(new Error(`the server ended:\n${text}`)));
  });
  return { child, address, exit };
}

const post = async (url: string, body: object, token?: string) =>
  (await (
    await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    })
  ).json()) as Record<string, string>;

test("SIGTERM: not ready any more, requests are answered for a while, one that runs ends, exit 0", async () => {
  const { child, address, exit } = await serve({ OMICSELECTOR_DATA_DIR: join(folder, "data"), DRAIN_SECONDS: "3" });
  const api = `${address}/api/v1`;
  await post(`${api}/auth/register`, { email: "a@example.com", username: "anna", password: "securepassword" });
  const { access_token: token } = await post(`${api}/auth/login`, { username: "anna", password: "securepassword" });

  // An upload whose end comes only after the grace.
  const boundary = "----parts";
  const head = ["name", "data_type"].map(
    (name) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${name === "name" ? "cohort" : "bulk_rna_seq"}\r\n`,
  );
  const upload = request(`${api}/data/upload`, {
    method: "POST",
    agent: new Agent(),
    headers: { "content-type": `multipart/form-data; boundary=${boundary}`, authorization: `Bearer ${token}` },
  });
  upload.write(
    `${head.join("")}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="c.csv"\r\n\r\nsample,group,G1,G2\n`,
  );
  const answered = once(upload, "response");
  const began = performance.now();
  child.kill("SIGTERM");
  await expect.poll(async () => (await fetch(`${address}/ready`)).status).toBe(503);
  expect(await (await fetch(`${address}/ready`)).json()).toMatchObject({ status: "draining", checks: { database: { state: "ok" } } });
  expect((await fetch(`${api}/jobs`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);

  await new Promise((next) => setTimeout(next, 4000 - (performance.now() - began)));
  upload.end(`s1,a,1,2\ns2,b,3,4\n\r\n--${boundary}--\r\n`);
  const [response] = (await answered) as [{ statusCode: number }];
  expect(response.statusCode).toBe(201);
  expect(await exit).toEqual([0, null]);
  expect(performance.now() - began).toBeLessThan(30_000);
}, 90_000);

test("a start without its services is one line and exit code 1, without the password", async () => {
  const env = {
    DATABASE_URL: "postgres://omics:hunter2-hunter2@127.0.0.1:1/omics",
    REDIS_URL: "redis://:hunter2-hunter2@127.0.0.1:1",
    MINIO_ENDPOINT: "127.0.0.1:1",
    MINIO_ACCESS_KEY: "hunter2-hunter2",
    MINIO_SECRET_KEY: "hunter2-hunter2",
    S3_BUCKET: "omics",
    SECRET_KEY: "f3a91c07d2e84b56a0c1984e7b6d25ff",
    OMICSELECTOR_DATA_DIR: join(folder, "none"),
  };
  for (const command of ["serve", "worker"]) {
    const start = performance.now();
    const child = spawn(process.execPath, [bin, command], { env: { ...process.env, ...env } });
    children.push(child);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    const [code] = await once(child, "close");
    expect([code, text]).toEqual([
      1,
      expect.stringMatching(/^omicselector2: the database at 127\.0\.0\.1:1 cannot be reached: .*; check DATABASE_URL\n$/),
    ]);
    expect(text).not.toMatch(/hunter2|f3a91c07/);
    expect(performance.now() - start).toBeLessThan(20_000);
  }
}, 60_000);

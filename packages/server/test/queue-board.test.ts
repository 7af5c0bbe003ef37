import { randomUUID } from "node:crypto";
import { findUserByLogin, updateUser } from "@omicselector2/platform";
import type { LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBullQueue } from "../../platform/src/adapters/job-queue/bullmq.ts";
import { describeWithServices } from "../../platform/test/services.ts";
import { type Client, type Harness, openHarness } from "./harness.ts";

const board = "/admin/queues/";

/** A server that takes itself for one of a cluster; its data stay embedded. */
const openOn = (redisUrl: string) => {
  const cluster = {
    redisUrl,
    databaseUrl: "",
    s3: { endpoint: "", accessKey: "", secretKey: "", bucket: "", region: "", sse: null },
    secret: "",
  };
  return openHarness({}, {}, ({ config }) => ({ config: { ...config, cluster } }));
};

async function makeAdmin(harness: Harness, name: string): Promise<Client> {
  const client = await harness.user(name);
  const { db } = harness.platform;
  await updateUser(db, (await findUserByLogin(db, name))!.id, { role: "admin" });
  return client;
}

describeWithServices("queue board", ({ redisUrl }) => {
  let harness: Harness;
  let admin: Client;
  let user: Client;
  let cookie: string;
  beforeAll(async () => {
    harness = await openOn(redisUrl);
    user = await harness.user("user");
    admin = await makeAdmin(harness, "admin");
    const answer = await admin.post("/api/v1/admin/session");
    expect(answer.statusCode).toBe(204);
    cookie = String(answer.headers["set-cookie"]);
  });
  afterAll(() => harness.close());
  const withCookie = (path: string, method: "GET" | "PUT" | "POST" = "GET", value = cookie.split(";")[0]!) =>
    harness.app.inject({ method, url: path, headers: { cookie: value } });
  const code = (answer: LightMyRequestResponse) => [answer.statusCode, answer.json().code];

  test("nobody is 401, a user 404; both get no cookie", async () => {
    expect(code(await harness.anonymous.get(board))).toEqual([401, "unauthorized"]);
    expect(code(await user.get(board))).toEqual([404, "not_found"]);
    expect(code(await user.get(`${board}api/queues`))).toEqual([404, "not_found"]);
    expect(code(await harness.anonymous.post("/api/v1/admin/session"))).toEqual([401, "unauthorized"]);
    const refused = await user.post("/api/v1/admin/session");
    expect([...code(refused), refused.headers["set-cookie"]]).toEqual([404, "not_found", undefined]);
  });

  test("an admin's cookie opens it, is no access token, and reaches nothing else", async () => {
    expect(cookie).toMatch(/^omicselector_board=[\w.-]+; Max-Age=1800; Path=\/admin; HttpOnly; SameSite=Strict$/);
    const page = await withCookie(board);
    expect([page.statusCode, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(page.headers["cache-control"]).toBe("no-store");
    expect(page.headers["content-security-policy"]).toContain("default-src 'self'");
    expect(page.headers["content-security-policy"]).not.toMatch(/unsafe-eval|https?:|\*/);
    const token = cookie.slice("omicselector_board=".length, cookie.indexOf(";"));
    const asBearer = await harness.anonymous.get("/api/v1/auth/me", { authorization: `Bearer ${token}` });
    expect(asBearer.statusCode).toBe(401);
    const accessInCookie = await withCookie(board, "GET", `omicselector_board=${admin.token}`);
    expect(accessInCookie.statusCode).toBe(401);
    expect((await admin.get(board)).statusCode).toBe(200);
  });

  test("its page needs nothing from elsewhere, and all of it is there, for admins alone", async () => {
    const page = (await withCookie(board)).body;
    expect(page).toContain(`<base href="${board}" />`);
    const assets = [...page.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path]) => new URL(path!, `http://localhost${board}`));
    expect(assets.length).toBeGreaterThan(2);
    expect(page.match(/(?:src|href)="(?:https?:)?\/\/[^"]*"/g)).toBeNull();
    for (const { pathname } of assets) {
      expect((await withCookie(pathname)).statusCode, pathname).toBe(200);
      expect((await harness.anonymous.get(pathname)).statusCode, pathname).toBe(401);
    }
  });

  test("shows what waits, and changes nothing", async () => {
    const queue = await createBullQueue({ url: redisUrl });
    const jobId = randomUUID();
    const id = await queue.send("low_priority", { jobId, range: 7 }, 2 ** 20);
    const shown = await withCookie(`${board}api/queues?activeQueue=low_priority&status=prioritized&jobsPerPage=100`);
    expect(shown.json().queues.map(({ name }: { name: string }) => name)).toEqual(["high_priority", "default", "low_priority"]);
    expect(shown.body).toContain(jobId);
    for (const path of [`${id}/promote`, "pause", "empty", "obliterate"]) {
      expect(code(await withCookie(`${board}api/queues/low_priority/${path}`, "PUT")), path).toEqual([405, "method_not_allowed"]);
    }
    expect(await queue.missing("low_priority", [id])).toEqual([]);
    await queue.cancel(jobId);
    await queue.close();
  });

  test("an admin no more is out at once", async () => {
    const former = await makeAdmin(harness, "former");
    const session = String((await former.post("/api/v1/admin/session")).headers["set-cookie"]).split(";")[0]!;
    expect((await withCookie(board, "GET", session)).statusCode).toBe(200);
    const { db } = harness.platform;
    const { id } = (await findUserByLogin(db, "former"))!;
    await updateUser(db, id, { role: "user" });
    expect((await withCookie(board, "GET", session)).statusCode).toBe(404);
    await updateUser(db, id, { isActive: false });
    expect((await withCookie(board, "GET", session)).statusCode).toBe(401);
  });
});

test("without Redis the board is 503, and the server starts all the same", async () => {
  const harness = await openOn("redis://127.0.0.1:1");
  const admin = await makeAdmin(harness, "admin");
  const answer = await admin.get(board);
  expect([answer.statusCode, answer.json().code, answer.headers["retry-after"]]).toEqual([503, "unavailable", "5"]);
  await harness.close();
});

test("an embedded server has no board", async () => {
  const harness = await openHarness();
  const admin = await makeAdmin(harness, "admin");
  expect((await admin.get(board)).statusCode).toBe(404);
  expect((await admin.post("/api/v1/admin/session")).statusCode).toBe(404);
  await harness.close();
});

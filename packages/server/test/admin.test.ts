import { appendAudit, findUserByName, listAudit, updateUser, workers } from "@omicselector2/platform";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, type Harness, openHarness, password, uploadParts } from "./harness.ts";

let harness: Harness;
let root: Client;
let anna: Client;
const idOf = async (name: string) => (await findUserByName(harness.platform.db, name))!.id;
const change = async (name: string, body: unknown) => root.patch(`/api/v1/admin/users/${await idOf(name)}`, body);

beforeAll(async () => {
  harness = await openHarness();
  [root, anna] = [await harness.user("root"), await harness.user("anna")];
  await updateUser(harness.platform.db, await idOf("root"), { role: "admin" });
});
afterAll(() => harness.close());

describe("users", () => {
  test("are listed with filters and pages, without what a password became", async () => {
    const answer = await root.get("/api/v1/admin/users?size=1");
    expect(answer.json()).toMatchObject({
      total: 2,
      size: 1,
      cursor: expect.any(String),
      items: [{ username: "anna", role: "user", is_active: true }],
    });
    expect(answer.body).not.toMatch(/password|\$2b\$|pseudonym/);
    const next = await root.get(`/api/v1/admin/users?size=1&cursor=${answer.json().cursor}`);
    expect(next.json().items).toMatchObject([{ username: "root", role: "admin", email: "root@example.com" }]);
    const names = async (query: string) =>
      (await root.get(`/api/v1/admin/users?${query}`)).json().items.map(({ username }: { username: string }) => username);
    expect(await names("role=admin")).toEqual(["root"]);
    expect(await names("search=NNA@EX")).toEqual(["anna"]);
    expect(await names("search=%25")).toEqual([]);
    expect(await names("is_active=false")).toEqual([]);
  });

  test("get a role, which holds from the next request on", async () => {
    const dataset = (await anna.upload(uploadParts())).json().dataset_id;
    const share = () => anna.put(`/api/v1/data/${dataset}/shares/root`);
    expect((await share()).statusCode).toBe(403);
    expect((await change("anna", { role: "researcher" })).json()).toMatchObject({ username: "anna", role: "researcher" });
    expect((await share()).statusCode).toBe(200);
    expect((await anna.get("/api/v1/auth/me")).json().role).toBe("researcher");
  });

  test("are shut out at once, and let in again", async () => {
    const bea = await harness.user("bea");
    expect((await change("bea", { is_active: false })).json()).toMatchObject({ is_active: false });
    expect((await bea.get("/api/v1/auth/me")).statusCode).toBe(401);
    const refresh = () => harness.anonymous.post("/api/v1/auth/refresh", { refresh_token: bea.refreshToken });
    const login = () => harness.anonymous.post("/api/v1/auth/login", { username: "bea", password });
    expect([(await refresh()).statusCode, (await login()).statusCode]).toEqual([401, 401]);
    expect((await change("bea", { is_active: true })).statusCode).toBe(200);
    // Logins that were ended stay ended.
    expect([(await refresh()).statusCode, (await login()).statusCode]).toEqual([401, 200]);
  });

  test("keep one admin", async () => {
    for (const body of [{ role: "user" }, { is_active: false }]) {
      const answer = await change("root", body);
      expect([answer.statusCode, answer.json().code]).toEqual([409, "last_admin"]);
    }
    await change("anna", { role: "admin" });
    expect((await change("root", { role: "user" })).statusCode).toBe(200);
    expect((await root.get("/api/v1/admin/users")).statusCode).toBe(403);
    expect((await anna.patch(`/api/v1/admin/users/${await idOf("root")}`, { role: "admin" })).statusCode).toBe(200);
    await change("anna", { role: "user" });
  });

  test("that are not there are 404, changes that are none 422", async () => {
    expect((await root.patch(`/api/v1/admin/users/${crypto.randomUUID()}`, { role: "user" })).statusCode).toBe(404);
    for (const body of [{}, { role: "king" }, { email: "new@example.com" }]) expect((await change("anna", body)).statusCode).toBe(422);
  });
});

describe("audit", () => {
  const list = async (query: string) => (await root.get(`/api/v1/admin/audit?${query}`)).json();

  test("tells who did what, by name while there is one", async () => {
    const { items, total } = await list("action=user.role.researcher");
    expect(total).toBe(1);
    expect(items[0]).toMatchObject({ username: "root", resource: expect.stringMatching(/^users\/[0-9a-f-]{36}$/), address: "127.0.0.1" });
    expect(items[0].resource).not.toContain(await idOf("anna"));
    const mine = await list("actor=ANNA&size=100");
    expect(mine.total).toBeGreaterThan(1);
    expect(new Set(mine.items.map(({ username }: { username: string }) => username))).toEqual(new Set(["anna"]));
    expect((await list(`actor=${mine.items[0].actor}`)).total).toBe(mine.total);
    expect((await list("actor=nobody")).total).toBe(0);
  });

  test("is paged by cursor without losing or doubling an entry, also while it grows", async () => {
    const { db } = harness.platform;
    await appendAudit(
      db,
      Array.from({ length: 25 }, (_, i) => ({ actor: "system", action: "paged", resource: `things/${i}` })),
    );
    const seen: number[] = [];
    let cursor = "";
    do {
      const page = await list(`action=paged&size=7${cursor}`);
      expect(page.total).toBeGreaterThanOrEqual(25);
      seen.push(...page.items.map(({ seq }: { seq: number }) => seq));
      cursor = page.cursor === null ? "" : `&cursor=${page.cursor}`;
      await appendAudit(db, { actor: "system", action: "paged" });
    } while (cursor !== "");
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
    expect((await list("action=paged&resource=things/3")).total).toBe(1);
    expect((await root.get("/api/v1/admin/audit?cursor=nonsense")).statusCode).toBe(422);
  });

  test("is cut by time", async () => {
    const { items } = await listAudit(harness.platform.db, { page: 1, size: 100, action: "auth.register" });
    const at = items[0]!.at.toISOString();
    const before = await list(`action=auth.register&until=${at}`);
    const from = await list(`action=auth.register&since=${encodeURIComponent(at.replace("Z", "+00:00"))}`);
    expect(before.total + from.total).toBe(items.length);
    expect(from.total).toBeGreaterThan(0);
    expect((await root.get("/api/v1/admin/audit?since=yesterday")).statusCode).toBe(422);
  });
});

test("queues and who works on them", async () => {
  const now = Date.now();
  const worker = { host: "node-1", threads: 4, queues: ["high_priority", "default"] as ("high_priority" | "default")[] };
  const [alive, silent] = [crypto.randomUUID(), crypto.randomUUID()];
  await harness.platform.db.insert(workers).values([
    { id: alive, ...worker },
    { id: silent, ...worker, seenAt: new Date(now - 2 * 3_600_000) },
  ]);
  const report = (await root.get("/api/v1/admin/queues")).json();
  expect(report.queues.map(({ name }: { name: string }) => name)).toEqual(["high_priority", "default", "low_priority"]);
  for (const queue of report.queues) expect(queue).toMatchObject({ waiting: expect.any(Number), active: 0 });
  expect(report.workers).toEqual([{ id: alive, ...worker, started_at: expect.any(String), seen_at: expect.any(String) }]);
});

test("storage by user, the largest first, and in all", async () => {
  const big = await harness.user("big");
  await big.upload([...uploadParts("large").slice(0, 2), { name: "file", file: "large.csv", content: "x".repeat(5000) }]);
  const report = (await root.get("/api/v1/admin/storage")).json();
  expect(report.items[0]).toMatchObject({ username: "big", datasets: 1, user_id: await idOf("big") });
  const sum = report.items.reduce((bytes: number, item: { bytes: number }) => bytes + item.bytes, 0);
  expect(report.totals).toEqual({ datasets: 2, bytes: sum, quota_bytes: harness.platform.config.quotaBytes });
  expect(report.items.find(({ username }: { username: string }) => username === "root")).toMatchObject({ datasets: 0, bytes: 0 });
  expect((await root.get("/api/v1/admin/storage?size=1&page=2")).json().items).toHaveLength(1);
});

test("who is no admin is told so, whatever else is wrong with the request", async () => {
  for (const path of ["users", "audit?cursor=x", "queues", "storage?size=1000"]) {
    const answer = await anna.get(`/api/v1/admin/${path}`);
    expect([answer.statusCode, answer.json().code, answer.json().detail]).toEqual([
      403,
      "role_required",
      "only admins may use this path, and your role is user; an admin can change that",
    ]);
  }
});

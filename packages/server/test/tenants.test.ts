import { hkdfSync, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { completeJob, createDataset, findUserByName, jobs, shareDataset, updateUser } from "@omicselector2/platform";
import { jwtVerify, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { describeWithServices, ownDatabase } from "../../platform/test/services.ts";
import { type Client, type Harness, multipart, openHarness, uploadParts } from "./harness.ts";

/**
 * Who may do what: every operation of /openapi.json x everybody who might ask. The status of each cell follows from one word, the
 * rule of the operation; an operation without one fails the test, so a new route must say whom it is for.
 */

const actors = ["none", "malformed", "expired", "deactivated", "other", "researcher", "admin", "shared", "owner"] as const;
type Actor = (typeof actors)[number];
/** by what they present, who gets no further than the door */
const outside: readonly Actor[] = ["none", "malformed", "expired", "deactivated"];

/** What each rule answers to those inside; `ok` stands for the status of a request that was carried out. */
const rules: Record<"public" | "self" | "read" | "write" | "own" | "admin" | "hidden", (actor: Actor) => "ok" | 403 | 404> = {
  public: () => "ok",
  self: () => "ok",
  /** the owner, and whom it is shared with */
  read: (actor) => (actor === "owner" || actor === "shared" ? "ok" : 404),
  /** the owner alone; whom it is shared with knows that it is there */
  write: (actor) => (actor === "owner" ? "ok" : actor === "shared" ? 403 : 404),
  /** who made it; nobody else knows that it is there */
  own: (actor) => (actor === "owner" ? "ok" : 404),
  admin: (actor) => (actor === "admin" ? "ok" : 403),
  /** a page's door: others are not told that it is there */
  hidden: (actor) => (actor === "admin" ? "ok" : 404),
};

interface Expectation {
  rule: keyof typeof rules;
  /** status for who may */
  ok: number;
  body?: (things: Things) => unknown;
}

const study = ({ data }: Things) => ({ dataset_id: data, methods: ["t_test"] });
const unavailable: Expectation = { rule: "self", ok: 422 };

/** The status of a refusal by what is inside the request (422) shows as well that the door was passed. */
const expectations: Record<string, Expectation> = {
  "POST /api/v1/auth/register": { rule: "public", ok: 422, body: () => ({}) },
  "POST /api/v1/auth/login": { rule: "public", ok: 422, body: () => ({}) },
  "POST /api/v1/auth/refresh": { rule: "public", ok: 401, body: () => ({ refresh_token: "unknown" }) },
  "POST /api/v1/auth/logout": { rule: "public", ok: 204, body: () => ({ refresh_token: "unknown" }) },
  "GET /api/v1/auth/me": { rule: "self", ok: 200 },
  "PATCH /api/v1/auth/me": { rule: "self", ok: 200, body: () => ({ full_name: "Somebody" }) },
  "DELETE /api/v1/auth/me": { rule: "self", ok: 422, body: () => ({ current_password: "not the password" }) },
  "GET /api/v1/auth/me/export": { rule: "self", ok: 200 },
  "POST /api/v1/data/upload": { rule: "self", ok: 201 },
  "GET /api/v1/data": { rule: "self", ok: 200 },
  "GET /api/v1/data/{id}": { rule: "read", ok: 200 },
  "PATCH /api/v1/data/{id}": { rule: "write", ok: 200, body: () => ({ description: "changed" }) },
  "DELETE /api/v1/data/{id}": { rule: "write", ok: 204 },
  "GET /api/v1/data/{id}/download": { rule: "read", ok: 200 },
  "GET /api/v1/data/{id}/preview": { rule: "read", ok: 200 },
  "GET /api/v1/data/{id}/doctor": { rule: "read", ok: 200 },
  "GET /api/v1/data/{id}/summary": { rule: "read", ok: 200 },
  "GET /api/v1/data/{id}/shares": { rule: "write", ok: 200 },
  "PUT /api/v1/data/{id}/shares/{username}": { rule: "write", ok: 200 },
  // Whom it is shared with may end that share; those of others not, see shares.test.ts.
  "DELETE /api/v1/data/{id}/shares/{username}": { rule: "read", ok: 204 },
  "POST /api/v1/jobs": { rule: "read", ok: 201, body: (things) => ({ job_type: "feature_selection", ...study(things) }) },
  "POST /api/v1/jobs/feature-selection": { rule: "read", ok: 201, body: study },
  "POST /api/v1/jobs/model-training": unavailable,
  "POST /api/v1/jobs/hyperparameter-tuning": unavailable,
  "POST /api/v1/jobs/benchmarking": unavailable,
  "POST /api/v1/jobs/preprocessing": unavailable,
  "POST /api/v1/jobs/estimate": { rule: "read", ok: 200, body: study },
  "POST /api/v1/jobs/{id}/rerun": { rule: "own", ok: 201 },
  "GET /api/v1/jobs": { rule: "self", ok: 200 },
  "GET /api/v1/jobs/{id}": { rule: "own", ok: 200 },
  "DELETE /api/v1/jobs/{id}": { rule: "own", ok: 409 },
  "GET /api/v1/jobs/{id}/result": { rule: "own", ok: 200 },
  "GET /api/v1/results/{id}": { rule: "own", ok: 200 },
  "DELETE /api/v1/results/{id}": { rule: "own", ok: 204 },
  "GET /api/v1/results/{id}/artifacts": { rule: "own", ok: 200 },
  "GET /api/v1/results/{id}/artifacts/{name}": { rule: "own", ok: 200 },
  "GET /api/v1/methods": { rule: "public", ok: 200 },
  "GET /api/v1/admin/users": { rule: "admin", ok: 200 },
  "PATCH /api/v1/admin/users/{id}": { rule: "admin", ok: 200, body: () => ({ is_active: true }) },
  "GET /api/v1/admin/audit": { rule: "admin", ok: 200 },
  "GET /api/v1/admin/queues": { rule: "admin", ok: 200 },
  "GET /api/v1/admin/storage": { rule: "admin", ok: 200 },
  "GET /health": { rule: "public", ok: 200 },
  "GET /ready": { rule: "public", ok: 200 },
};

/**
 * Routes that the document leaves out: pages without anybody's data, files of the documentation, metrics (operations.test.ts), the queue
 * board (queue-board.test.ts), and the socket, tested below.
 */
const undocumented = ["/", "/problems", "/openapi.json", "/docs", "/docs*", "/metrics", "/api/v1/jobs/:id/ws"];

/** Texts that stand in the owner's things and nowhere else. */
const marks = { data: "zebra dataset", dataNotes: "zebra notes", job: "zebra column", result: "ZEBRAGENE1", artifact: "zebra artifact" };
const ofDataset = [marks.data, marks.dataNotes];

/** The owner's; new for each cell, so that no cell hides what another one did. */
interface Things {
  data: string;
  jobs: string;
  results: string;
  admin: string;
}

/** @param more  expectations of what this kind of server has besides */
function tenants(open: () => Promise<Harness>, more: Record<string, Expectation> = {}): void {
  const all = { ...expectations, ...more };
  let harness: Harness;
  let operations: string[];
  const clients = {} as Record<Actor, Client>;
  const ids = {} as Record<"owner" | "shared" | "deactivated" | "other", string>;

  beforeAll(async () => {
    harness = await open();
    const { db } = harness.platform;
    for (const name of ["deactivated", "other", "researcher", "admin", "shared", "owner"] as const) {
      clients[name] = await harness.user(name);
      const { id } = (await findUserByName(db, name))!;
      if (name in { owner: 1, shared: 1, deactivated: 1, other: 1 }) ids[name as keyof typeof ids] = id;
      if (name === "researcher" || name === "owner") await updateUser(db, id, { role: "researcher" });
      if (name === "admin") await updateUser(db, id, { role: "admin" });
    }
    await updateUser(db, ids.deactivated, { isActive: false });
    clients.none = harness.anonymous;
    clients.malformed = { ...harness.anonymous, token: "not.a.token" };
    clients.expired = { ...harness.anonymous, token: await expiredTokenOf(clients.owner) };
    const document = (await harness.anonymous.get("/openapi.json")).json() as { paths: Record<string, object> };
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  });
  afterAll(() => harness.close());

  /** The owner's own token, but of yesterday. */
  async function expiredTokenOf({ token }: Client): Promise<string> {
    const key = new Uint8Array(hkdfSync("sha256", harness.platform.secret, "", "omicselector2 access tokens", 32));
    const { payload } = await jwtVerify(token!, key);
    const sign = (exp: number) => new SignJWT({ ...payload, exp }).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key);
    // The key is the right one: signed anew and not expired, it opens the door.
    const renewed = await harness.anonymous.get("/api/v1/auth/me", { authorization: `Bearer ${await sign(payload.exp!)}` });
    expect(renewed.statusCode).toBe(200);
    return await sign(payload.exp! - 86_400);
  }

  async function makeThings(): Promise<Things> {
    const { db, blobs } = harness.platform;
    const { id: data } = await createDataset(db, {
      name: marks.data,
      description: marks.dataNotes,
      dataType: "bulk_rna_seq",
      ownerId: ids.owner,
      nSamples: 2,
      nFeatures: 2,
      status: "ready",
      contentHash: "cd".repeat(32),
      filePath: "s3://datasets/x/data.h5ad",
    });
    await blobs.put(`datasets/${data}/data.h5ad`, Buffer.from(marks.data));
    for (const userId of [ids.shared, ids.deactivated]) await shareDataset(db, data, userId);
    const [job] = await db
      .insert(jobs)
      .values({
        jobType: "feature_selection",
        status: "running",
        config: { methods: ["t_test"], target_column: marks.job },
        userId: ids.owner,
        datasetId: data,
      })
      .returning();
    const result = randomUUID();
    await completeJob(db, job!.id, { resultId: result, selectedFeatures: [marks.result], metrics: {}, artifactsPath: "s3://results/x/" });
    await blobs.put(`results/${result}/result.json`, Buffer.from(JSON.stringify({ note: marks.artifact })));
    return { data, jobs: job!.id, results: result, admin: ids.other };
  }

  function ask(client: Client, operation: string, things: Things) {
    const [method, path] = operation.split(" ") as ["GET" | "POST" | "PUT" | "PATCH" | "DELETE", string];
    const resource = path.split("/")[3] as keyof Things;
    const username = method === "PUT" ? "other" : "shared";
    const url = path.replace("{id}", things[resource]).replace("{name}", "result.json").replace("{username}", username);
    const headers = client.token === undefined ? {} : { authorization: `Bearer ${client.token}` };
    if (path.endsWith("/upload")) {
      const { payload, contentType } = multipart(uploadParts());
      return harness.app.inject({ method, url, payload, headers: { ...headers, "content-type": contentType } });
    }
    const body = all[operation]!.body?.(things);
    return harness.app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body as object }) });
  }

  function expected({ rule, ok }: Expectation, actor: Actor): number {
    if (rule === "public") return ok;
    if (outside.includes(actor)) return 401;
    const status = rules[rule](actor);
    return status === "ok" ? ok : status;
  }

  /** The owner's texts that an answer may hold. */
  function mayHold(actor: Actor): string[] {
    if (actor === "owner") return Object.values(marks);
    return actor === "shared" ? ofDataset : [];
  }

  test("every operation has a rule, and every rule an operation", () => {
    expect(operations.sort()).toEqual(Object.keys(all).sort());
  });

  test("nothing is served that neither the document nor this list knows", () => {
    const documented = new Set(operations.map((operation) => operation.split(" ")[1]!.replaceAll(/\{(\w+)\}/g, ":$1")));
    const served = routesOf(harness.app.printRoutes({ commonPrefix: false, includeHooks: false }));
    expect(served.length).toBeGreaterThan(40);
    const unknown = served.filter(
      (path) => !documented.has(path) && !undocumented.includes(path) && !/^\/(docs|admin\/queues)\b/.test(path) && path !== "*",
    );
    expect(unknown).toEqual([]);
  });

  /** Paths of the tree that Fastify prints. */
  function routesOf(tree: string): string[] {
    const above: string[] = [];
    const paths = new Set<string>();
    for (const line of tree.split("\n")) {
      const match = /^((?:[│ ] {3})*)[├└]── (\S*) ?(?:\((.*)\))?$/u.exec(line);
      if (match === null) continue;
      const depth = match[1]!.length / 4;
      above.length = depth;
      above.push(match[2]!);
      if (match[3] !== undefined) paths.add(above.join("").replace(/(.)\/$/, "$1"));
    }
    return [...paths];
  }

  test("each cell of operations x actors", async () => {
    let cells = 0;
    const wrong: string[] = [];
    for (const operation of Object.keys(all)) {
      for (const actor of actors) {
        const answer = await ask(clients[actor], operation, await makeThings());
        const status = expected(all[operation]!, actor);
        cells += 1;
        if (answer.statusCode !== status) wrong.push(`${operation} by ${actor}: ${answer.statusCode} instead of ${status}: ${answer.body}`);
        const leaked = Object.values(marks).filter((mark) => answer.body.includes(mark) && !mayHold(actor).includes(mark));
        if (leaked.length > 0) wrong.push(`${operation} by ${actor}: told ${leaked.join(", ")}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(cells).toBe(operations.length * actors.length);
    process.stdout.write(`${cells} cells: ${operations.length} operations x ${actors.length} actors\n`);
  }, 180_000);

  test("the texts that are searched for are there for who may see them", async () => {
    const things = await makeThings();
    const told = async (operation: string) => (await ask(clients.owner, operation, things)).body;
    expect(await told("GET /api/v1/data/{id}")).toContain(marks.data);
    expect(await told("GET /api/v1/data/{id}")).toContain(marks.dataNotes);
    expect(await told("GET /api/v1/data/{id}/download")).toContain(marks.data);
    expect(await told("GET /api/v1/jobs/{id}")).toContain(marks.job);
    expect(await told("GET /api/v1/jobs/{id}/result")).toContain(marks.result);
    expect(await told("GET /api/v1/results/{id}/artifacts/{name}")).toContain(marks.artifact);
    for (const mark of [marks.data, marks.job, marks.result]) expect(await told("GET /api/v1/auth/me/export")).toContain(mark);
  });

  test("somebody else's thing and no thing are refused in the same words", async () => {
    const things = await makeThings();
    const nothing = { data: randomUUID(), jobs: randomUUID(), results: randomUUID(), admin: randomUUID() };
    const others = Object.keys(all).filter((operation) => ["read", "write", "own"].includes(all[operation]!.rule));
    expect(others.length).toBeGreaterThan(15);
    for (const operation of others) {
      for (const actor of ["other", "admin"] as const) {
        const [theirs, none] = [await ask(clients[actor], operation, things), await ask(clients[actor], operation, nothing)];
        expect({ ...theirs.json(), request_id: "" }, operation).toEqual({ ...none.json(), request_id: "" });
      }
    }
  });

  describe("the socket of a job", () => {
    let address: string;
    beforeAll(async () => {
      address = (await harness.app.listen({ port: 0, host: "127.0.0.1" })).replace("http", "ws");
    });

    test.each(actors)("%s", async (actor) => {
      const { jobs: id } = await makeThings();
      const { token } = clients[actor];
      const socket = new WebSocket(
        `${address}/api/v1/jobs/${id}/ws`,
        token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
      );
      const heard: string[] = [];
      socket.on("message", (data) => heard.push(String(data)));
      const [code] = await once(socket, "close");
      expect([code, heard.length]).toEqual(outside.includes(actor) ? [4401, 0] : actor === "owner" ? [1000, 1] : [4404, 0]);
    });
  });
}

describe("embedded", () => tenants(() => openHarness()));

describeWithServices("in a cluster", (services) => {
  const url = ownDatabase(services);
  const bucket = `tenants-${randomUUID().slice(0, 8)}`;
  const open = () => {
    const s3 = { ...services.s3, bucket, region: "us-east-1", sse: null };
    return openHarness({ cluster: { databaseUrl: url(), redisUrl: services.redisUrl, s3, secret: randomBytes(32).toString("hex") } });
  };
  tenants(open, { "POST /api/v1/admin/session": { rule: "hidden", ok: 204 } });
});

import { once } from "node:events";
import { rest } from "@omicselector2/contracts";
import {
  beginErasure,
  completeJob,
  createDataset,
  findDataset,
  findJob,
  findUser,
  findUserByName,
  jobs,
  listAudit,
  shareDataset,
  updateUser,
  verifyAudit,
} from "@omicselector2/platform";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Client, type Harness, openHarness, password, uploadParts } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

const userOf = async (name: string) => (await findUserByName(harness.platform.db, name))!;

/** Somebody with a dataset, a result, an open job, and shares to and from a friend. */
async function somebody(name: string) {
  const { db, blobs } = harness.platform;
  const [client, friend] = [await harness.user(name), await harness.user(`${name}-friend`)];
  const [user, other] = [await userOf(name), await userOf(`${name}-friend`)];
  const dataset = (await client.upload(uploadParts(`cohort of ${name}`))).json().dataset_id as string;
  const theirs = (await friend.upload(uploadParts(`cohort of ${name}'s friend`))).json().dataset_id as string;
  await shareDataset(db, dataset, other.id);
  await shareDataset(db, theirs, user.id);
  const submit = async (as: Client, dataset_id: string) =>
    (await as.post("/api/v1/jobs/feature-selection", { dataset_id, methods: ["t_test"] })).json().job_id as string;
  const [open, foreign] = [await submit(client, theirs), await submit(friend, dataset)];
  const done = {
    jobType: "feature_selection",
    status: "running",
    config: { methods: ["t_test"] },
    userId: user.id,
    datasetId: dataset,
  } as const;
  const [row] = await db.insert(jobs).values(done).returning();
  const result = crypto.randomUUID();
  await blobs.put(`results/${result}/features.csv`, Buffer.from("GENE_1\n"));
  await blobs.put(`checkpoints/${open}/abc`, Buffer.from("x"));
  await completeJob(db, row!.id, {
    resultId: result,
    selectedFeatures: ["GENE_1"],
    metrics: { n: 1 },
    artifactsPath: `s3://results/${result}/`,
  });
  return { client, friend, user, other, dataset, theirs, open, foreign, done: row!.id, result };
}

describe("export", () => {
  test("holds all that is kept about a person, and nothing of others", async () => {
    const { client, dataset, theirs, open, foreign, done, result } = await somebody("anna");
    await client.patch("/api/v1/auth/me", { full_name: "Anna A." });
    const answer = await client.get("/api/v1/auth/me/export");
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "content-disposition": 'attachment; filename="omicselector2-export.json"',
      "cache-control": "no-store",
    });
    const document = rest.meExport.parse(answer.json());
    expect(Object.keys(answer.json())).toEqual(Object.keys(rest.meExport.shape));
    expect(document.profile).toMatchObject({ username: "anna", email: "anna@example.com", full_name: "Anna A." });
    expect(document.logins).toEqual([{ since: expect.any(String), until: expect.any(String), open: true }]);
    expect(document.datasets.map(({ id, download }) => [id, download])).toEqual([[dataset, `/api/v1/data/${dataset}/download`]]);
    expect(document.jobs.map(({ job_id }) => job_id).sort()).toEqual([open, done].sort());
    expect(document.results).toMatchObject([
      {
        result_id: result,
        selected_features: ["GENE_1"],
        metrics: { n: 1 },
        artifacts: [{ name: "features.csv", bytes: 7, href: `/api/v1/results/${result}/artifacts/features.csv` }],
      },
    ]);
    expect(document.shares_given).toMatchObject([{ dataset_id: dataset, username: "anna-friend" }]);
    expect(document.shares_received).toMatchObject([{ dataset_id: theirs, owner: "anna-friend", name: "cohort of anna's friend" }]);
    expect(new Set(document.audit.map(({ username }) => username))).toEqual(new Set(["anna"]));
    expect(document.audit.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["auth.register", "auth.login", "dataset.create", "job.create", "auth.update", "auth.export"]),
    );
    for (const secret of [foreign, "$2b$", "anna-friend@example.com"]) expect(answer.body).not.toContain(secret);
    // The files that it names are there.
    for (const { download } of document.datasets) expect((await client.get(download!)).statusCode).toBe(200);
    for (const { artifacts } of document.results) expect((await client.get(artifacts[0]!.href)).body).toBe("GENE_1\n");
  });

  test("of somebody with more than fits a page holds all of it, each once", async () => {
    const many = await harness.user("many");
    const { id } = await userOf("many");
    const { db } = harness.platform;
    for (let i = 0; i < 230; i++) await createDataset(db, { name: `d${i}`, dataType: "other", ownerId: id });
    const { datasets } = rest.meExport.parse((await many.get("/api/v1/auth/me/export")).json());
    expect(new Set(datasets.map(({ name }) => name)).size).toBe(230);
    expect(datasets).toHaveLength(230);
  });
});

describe("erasure", () => {
  test("needs the password", async () => {
    const bea = await harness.user("bea");
    const wrong = await bea.delete("/api/v1/auth/me", { current_password: "not the password" });
    expect([wrong.statusCode, wrong.json().errors[0].path]).toEqual([422, "current_password"]);
    expect((await bea.delete("/api/v1/auth/me")).statusCode).toBe(422);
    expect((await bea.get("/api/v1/auth/me")).statusCode).toBe(200);
  });

  test("takes all that is the person's, ends every access, and leaves the audit log whole", async () => {
    const { client, friend, user, other, dataset, theirs, open, foreign, done, result } = await somebody("carl");
    const { db, blobs } = harness.platform;
    const answer = await client.delete("/api/v1/auth/me", { current_password: password });
    expect([answer.statusCode, answer.body]).toEqual([204, ""]);
    expect(await Promise.all([findUser(db, user.id), findDataset(db, dataset), findJob(db, open), findJob(db, done)])).toEqual(
      Array(4).fill(undefined),
    );
    for (const prefix of [`datasets/${dataset}/`, `results/${result}/`, `checkpoints/${open}/`])
      expect(await blobs.list(prefix)).toEqual([]);
    expect((await client.get("/api/v1/auth/me")).statusCode).toBe(401);
    expect((await harness.anonymous.post("/api/v1/auth/refresh", { refresh_token: client.refreshToken })).statusCode).toBe(401);
    expect((await harness.anonymous.post("/api/v1/auth/login", { username: "carl", password })).statusCode).toBe(401);
    // The friend keeps what is the friend's: the job on what is gone is cancelled.
    expect(await findDataset(db, theirs)).toBeDefined();
    expect((await friend.get(`/api/v1/data/${dataset}`)).statusCode).toBe(404);
    expect(await findJob(db, foreign)).toMatchObject({ status: "cancelled", userId: other.id, datasetId: null });
    // The log is whole, and its pseudonym is nobody's.
    expect(await verifyAudit(db)).toMatchObject({ ok: true });
    const entries = await listAudit(db, { page: 1, size: 100, actor: user.pseudonym });
    expect(entries.items[0]).toMatchObject({ action: "auth.erase" });
    expect((await db.query.users.findMany()).map(({ pseudonym }) => pseudonym)).not.toContain(user.pseudonym);
    expect(JSON.stringify(entries)).not.toMatch(new RegExp(`carl|${user.id}`));
    // The name is free again.
    expect(
      (await harness.anonymous.post("/api/v1/auth/register", { email: "carl@example.com", username: "carl", password })).statusCode,
    ).toBe(201);
  });

  test("that a store of files holds up is done for everybody else, and finished at the next start", async () => {
    const { client, friend, user, dataset } = await somebody("dora");
    const { db, blobs } = harness.platform;
    const working = blobs.deletePrefix;
    blobs.deletePrefix = async () => Promise.reject(new Error("the store is away"));
    expect((await client.delete("/api/v1/auth/me", { current_password: password })).statusCode).toBe(204);
    blobs.deletePrefix = working;
    expect(await blobs.list(`datasets/${dataset}/`)).toHaveLength(1);
    expect((await client.get("/api/v1/auth/me")).statusCode).toBe(401);
    expect((await friend.get(`/api/v1/data/${dataset}`)).statusCode).toBe(404);
    expect(JSON.stringify(await findUser(db, user.id))).not.toContain("dora");
    await harness.rebuild();
    await until(async () => (await findUser(db, user.id)) === undefined);
    expect(await blobs.list(`datasets/${dataset}/`)).toEqual([]);
  });

  test("of the last admin is refused", async () => {
    const eve = await harness.user("eve");
    const { db } = harness.platform;
    await updateUser(db, (await userOf("eve")).id, { role: "admin" });
    const refused = await eve.delete("/api/v1/auth/me", { current_password: password });
    expect([refused.statusCode, refused.json().code]).toEqual([409, "last_admin"]);
    expect((await eve.get("/api/v1/auth/me")).statusCode).toBe(200);
    await harness.user("fay");
    await updateUser(db, (await userOf("fay")).id, { role: "admin" });
    expect((await eve.delete("/api/v1/auth/me", { current_password: password })).statusCode).toBe(204);
  });
});

test("a socket ends within seconds when its user is deactivated or erased", async () => {
  const address = (await harness.app.listen({ port: 0, host: "127.0.0.1" })).replace("http", "ws");
  const { client, friend, user, open, foreign } = await somebody("gus");
  const watch = async ({ token }: Client, job: string) => {
    const socket = new WebSocket(`${address}/api/v1/jobs/${job}/ws`, { headers: { authorization: `Bearer ${token}` } });
    const closed = once(socket, "close");
    await once(socket, "message");
    return { socket, closed };
  };
  const [theirs, other] = [await watch(client, open), await watch(friend, foreign)];
  await updateUser(harness.platform.db, user.id, { isActive: false });
  expect(Number((await theirs.closed)[0])).toBe(4401);
  expect(other.socket.readyState).toBe(WebSocket.OPEN);
  const { id } = await userOf("gus-friend");
  await harness.platform.db.transaction((tx) => beginErasure(tx, id));
  // Its job was cancelled by the erasure: the feed may be quicker than the door.
  expect([1000, 4401]).toContain((await other.closed)[0]);
});

async function until(what: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 5000;
  while (!(await what())) {
    if (Date.now() > end) throw new Error("it did not come about");
    await new Promise((next) => setTimeout(next, 20));
  }
}

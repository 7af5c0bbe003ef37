import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { someDataset, someJob, someUser, temporaryFolder, testDatabase } from "../../test/database.ts";
import { openFileBlobStore } from "../adapters/blob-store/files.ts";
import {
  bytesOfUser,
  createDataset,
  deleteDataset,
  failInterruptedIngests,
  findDataset,
  findDatasetFor,
  finishIngest,
  listDatasets,
  openJobsOfDataset,
  shareDataset,
  sharesOfDataset,
  unshareDataset,
  updateDataset,
} from "./datasets.ts";
import { beginErasure, finishErasures } from "./erasure.ts";
import {
  type HeldKey,
  holdKey,
  type IdempotencyKey,
  KeyLost,
  releaseInterruptedKeys,
  releaseKey,
  reserveKey,
  storeAnswer,
} from "./idempotency.ts";
import { completeJob, findJob, startJob } from "./jobs.ts";
import { dropExpiredTokens, revokeAllOfUser, revokeByToken, rotateToken, startFamily } from "./refresh-tokens.ts";
import { deleteResult, findResultFor, listResults } from "./results.ts";
import { changeAccount, createUser, findUser, findUserByLogin, findUserByName, LastAdmin, UserExists, updateUser } from "./users.ts";

const database = testDatabase();
const folder = temporaryFolder();
const hash = () => randomBytes(32).toString("hex");
const inAnHour = () => new Date(Date.now() + 3_600_000);

describe("users", () => {
  test("register as user, and are found by name or address", async () => {
    const user = await someUser(database());
    expect(user).toMatchObject({ role: "user", isActive: true, fullName: null });
    expect(user.pseudonym).not.toBe(user.id);
    expect(await findUserByLogin(database().db, user.username)).toEqual(user);
    expect(await findUserByLogin(database().db, user.email)).toEqual(user);
    expect(await findUserByLogin(database().db, user.username.toUpperCase())).toEqual(user);
    expect(await findUserByLogin(database().db, user.email.toUpperCase())).toEqual(user);
    expect(await findUserByName(database().db, user.username.toUpperCase())).toEqual(user);
    expect(await findUserByName(database().db, user.email)).toBeUndefined();
    expect(await findUserByLogin(database().db, "nobody")).toBeUndefined();
  });

  test("whose name looks like somebody's address do not log in as that one", async () => {
    const victim = await someUser(database());
    const thief = await createUser(database().db, { email: `${randomUUID()}@example.org`, username: victim.email, hashedPassword: "x" });
    expect((await findUserByLogin(database().db, victim.email))!.id).toBe(thief.id);
  });

  test("are told which field is taken", async () => {
    const { email, username } = await someUser(database());
    const other = randomUUID();
    const creating = (more: object) => createUser(database().db, { email: other, username: other, hashedPassword: "x", ...more });
    await expect(creating({ email })).rejects.toMatchObject({ name: "UserExists", field: "email" });
    await expect(creating({ email: email.toUpperCase() })).rejects.toMatchObject({ field: "email" });
    await expect(creating({ username })).rejects.toMatchObject({ field: "username" });
    await expect(creating({ username: username.toUpperCase() })).rejects.toMatchObject({ field: "username" });
    const mine = await creating({});
    await expect(updateUser(database().db, mine.id, { email })).rejects.toBeInstanceOf(UserExists);
  });

  test("one admin remains, also when two leave at once", async () => {
    const { db } = database();
    const admins = [await someUser(database()), await someUser(database())];
    for (const { id } of admins) await changeAccount(db, id, { role: "admin" });
    const outcomes = await Promise.allSettled(admins.map(({ id }) => changeAccount(db, id, { role: "user" })));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const [left] = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(left).toBeInstanceOf(LastAdmin);
    const last = admins[outcomes.findIndex(({ status }) => status === "rejected")]!;
    await expect(changeAccount(db, last.id, { isActive: false })).rejects.toThrow(LastAdmin);
    await expect(db.transaction((tx) => beginErasure(tx, last.id))).rejects.toThrow(LastAdmin);
    await updateUser(db, last.id, { role: "user" });
  });

  test("an erasure that was cut off is finished later, also of what came meanwhile", async () => {
    const { db } = database();
    const blobs = await openFileBlobStore(join(folder(), "interrupted"));
    const user = await someUser(database());
    const put = async (key: string) => blobs.put(key, Buffer.from("x"));
    const before = await someDataset(database(), user.id);
    const job = await someJob(database(), user.id, ["a"], before.id);
    for (const key of [`datasets/${before.id}/data.h5ad`, `checkpoints/${job.id}/a`, "datasets/other/data.h5ad"]) await put(key);
    expect((await db.transaction((tx) => beginErasure(tx, user.id))).map(({ id }) => id)).toEqual([job.id]);
    const away = { ...blobs, deletePrefix: async () => Promise.reject(new Error("the store is away")) };
    await expect(finishErasures(db, away)).rejects.toThrow("the store is away");
    expect(await findDataset(db, before.id)).toBeDefined();
    // An upload that was under way ends while the first blobs are deleted.
    let added: string | undefined;
    const slow: typeof blobs = {
      ...blobs,
      async deletePrefix(prefix) {
        await blobs.deletePrefix(prefix);
        if (added !== undefined) return;
        added = (await someDataset(database(), user.id)).id;
        await put(`datasets/${added}/data.h5ad`);
      },
    };
    expect(await finishErasures(db, slow)).toBe(1);
    expect([await findUser(db, user.id), await findDataset(db, before.id), await findDataset(db, added!)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([...(await blobs.list("datasets/")), ...(await blobs.list("checkpoints/"))].map(({ key }) => key)).toEqual([
      "datasets/other/data.h5ad",
    ]);
  });

  test("change and go, with all that is theirs", async () => {
    const user = await someUser(database());
    expect(await updateUser(database().db, user.id, { fullName: "Anna" })).toMatchObject({ fullName: "Anna", updatedAt: expect.any(Date) });
    const dataset = await someDataset(database(), user.id);
    const job = await someJob(database(), user.id, ["a"], dataset.id);
    await startJob(database().db, job.id);
    await completeJob(database().db, job.id, { selectedFeatures: [], metrics: {}, artifactsPath: "s3://results/x/" });
    await beginErasure(database().db, user.id);
    expect(await findUserByLogin(database().db, user.username)).toBeUndefined();
    expect(await findUser(database().db, user.id)).toMatchObject({
      isActive: false,
      fullName: null,
      email: expect.stringMatching(/^erased-/),
    });
    expect((await findUser(database().db, user.id))!.pseudonym).not.toBe(user.pseudonym);
    expect(await finishErasures(database().db, await openFileBlobStore(join(folder(), "blobs")))).toBe(1);
    expect(await finishErasures(database().db, await openFileBlobStore(join(folder(), "blobs")))).toBe(0);
    expect([
      await findUser(database().db, user.id),
      await findDataset(database().db, dataset.id),
      await findJob(database().db, job.id),
    ]).toEqual([undefined, undefined, undefined]);
  });
});

describe("datasets", () => {
  test("are the owner's and those's with whom they are shared; only the owner deletes", async () => {
    const [owner, friend, stranger] = [await someUser(database()), await someUser(database()), await someUser(database())];
    const { id } = await someDataset(database(), owner.id);
    await shareDataset(database().db, id, friend.id);
    await shareDataset(database().db, id, friend.id);
    expect(await sharesOfDataset(database().db, id)).toEqual([
      { userId: friend.id, username: friend.username, createdAt: expect.any(Date) },
    ]);
    const visible = async (userId: string) => [
      (await findDatasetFor(database().db, id, userId)) !== undefined,
      (await listDatasets(database().db, userId, { page: 1, size: 10 })).total,
    ];
    expect([await visible(owner.id), await visible(friend.id), await visible(stranger.id)]).toEqual([
      [true, 1],
      [true, 1],
      [false, 0],
    ]);
    expect(await deleteDataset(database().db, id, friend.id)).toBe(false);
    expect(await unshareDataset(database().db, id, friend.id)).toBe(true);
    expect(await visible(friend.id)).toEqual([false, 0]);
    expect(await deleteDataset(database().db, id, owner.id)).toBe(true);
    expect(await findDataset(database().db, id)).toBeUndefined();
  });

  test("are ingested once, and marked when the server died meanwhile", async () => {
    const owner = await someUser(database());
    const make = () => createDataset(database().db, { name: "d", dataType: "other", ownerId: owner.id, status: "ingesting" });
    const [a, b] = [await make(), await make()];
    expect(await finishIngest(database().db, a.id, { nSamples: 412, nFeatures: 20531, bytes: 5_000_000_000 })).toBe(true);
    expect(await finishIngest(database().db, a.id, { nSamples: 1 })).toBe(false);
    expect(await findDataset(database().db, a.id)).toMatchObject({ status: "ready", nSamples: 412, bytes: 5_000_000_000 });
    expect(await bytesOfUser(database().db, owner.id)).toBe(5_000_000_000);
    expect(await failInterruptedIngests(database().db, "again, please")).toEqual([b.id]);
    expect(await findDataset(database().db, b.id)).toMatchObject({ status: "failed", errorMessage: "again, please" });
    expect(await updateDataset(database().db, a.id, { name: "new", metadata: { platform: "x" } })).toMatchObject({ name: "new" });
  });

  test("name the open jobs that stand in the way of deleting", async () => {
    const owner = await someUser(database());
    const { id } = await someDataset(database(), owner.id);
    const job = await someJob(database(), owner.id, [], id);
    expect(await openJobsOfDataset(database().db, id)).toEqual([job.id]);
  });
});

test("results belong to the job's user; deleting one leaves the job", async () => {
  const [owner, stranger] = [await someUser(database()), await someUser(database())];
  const job = await someJob(database(), owner.id);
  await startJob(database().db, job.id);
  const { result } = (await completeJob(database().db, job.id, {
    selectedFeatures: ["A"],
    metrics: {},
    artifactsPath: "s3://results/x/",
  }))!;
  expect(await findResultFor(database().db, result.id, owner.id)).toEqual(result);
  expect(await findResultFor(database().db, result.id, stranger.id)).toBeUndefined();
  expect((await listResults(database().db, owner.id, { page: 1, size: 10 })).items).toEqual([result]);
  expect(await deleteResult(database().db, result.id, stranger.id)).toBe(false);
  expect(await deleteResult(database().db, result.id, owner.id)).toBe(true);
  expect(await findJob(database().db, job.id)).toMatchObject({ status: "completed", resultId: null });
});

describe("refresh tokens", () => {
  test("rotate; one that comes a second time revokes its whole family, and no other", async () => {
    const { id: userId } = await someUser(database());
    const [first, second, third, elsewhere] = [hash(), hash(), hash(), hash()];
    await startFamily(database().db, { userId, hash: first, expiresAt: inAnHour() });
    await startFamily(database().db, { userId, hash: elsewhere, expiresAt: inAnHour() });
    expect(await rotateToken(database().db, first, { hash: second, expiresAt: inAnHour() })).toMatchObject({ outcome: "rotated", userId });
    const again = hash();
    expect((await rotateToken(database().db, second, { hash: again, expiresAt: inAnHour() })).outcome).toBe("rotated");
    expect(await rotateToken(database().db, first, { hash: third, expiresAt: inAnHour() })).toEqual({ outcome: "reused", userId });
    expect((await rotateToken(database().db, again, { hash: third, expiresAt: inAnHour() })).outcome).toBe("invalid");
    expect((await rotateToken(database().db, elsewhere, { hash: third, expiresAt: inAnHour() })).outcome).toBe("rotated");
  });

  test("used twice at once are used once", async () => {
    const token = hash();
    await startFamily(database().db, { userId: (await someUser(database())).id, hash: token, expiresAt: inAnHour() });
    const nexts = [1, 2, 3].map(() => ({ hash: hash(), expiresAt: inAnHour() }));
    const all = await Promise.all(nexts.map((next) => rotateToken(database().db, token, next)));
    expect(all.map((each) => each.outcome).sort()).toEqual(["raced", "raced", "rotated"]);
    const winner = nexts[all.findIndex(({ outcome }) => outcome === "rotated")]!;
    expect((await rotateToken(database().db, winner.hash, { hash: hash(), expiresAt: inAnHour() })).outcome).toBe("rotated");
  });

  test("that come again are a race for ten seconds, theft after that", async () => {
    const { id: userId } = await someUser(database());
    const [first, second] = [hash(), hash()];
    await startFamily(database().db, { userId, hash: first, expiresAt: inAnHour() });
    await rotateToken(database().db, first, { hash: second, expiresAt: inAnHour() });
    const again = async () => (await rotateToken(database().db, first, { hash: hash(), expiresAt: inAnHour() })).outcome;
    const wait = (seconds: number) =>
      database().pool.query(
        "update refresh_tokens set used_at = used_at - make_interval(secs => $1), created_at = created_at - make_interval(secs => $1) where user_id = $2",
        [seconds, userId],
      );
    await wait(8);
    expect(await again()).toBe("raced");
    await wait(3);
    expect(await again()).toBe("reused");
    expect((await rotateToken(database().db, second, { hash: hash(), expiresAt: inAnHour() })).outcome).toBe("invalid");
  });

  test("end by logout, by time, and all together", async () => {
    const { id: userId } = await someUser(database());
    const next = () => ({ hash: hash(), expiresAt: inAnHour() });
    const [a, b, late] = [hash(), hash(), hash()];
    await startFamily(database().db, { userId, hash: a, expiresAt: inAnHour() });
    expect(await revokeByToken(database().db, a)).toBe(userId);
    expect(await revokeByToken(database().db, hash())).toBeUndefined();
    expect((await rotateToken(database().db, a, next())).outcome).toBe("invalid");
    await startFamily(database().db, { userId, hash: b, expiresAt: inAnHour() });
    await revokeAllOfUser(database().db, userId);
    expect((await rotateToken(database().db, b, next())).outcome).toBe("invalid");
    await startFamily(database().db, { userId, hash: late, expiresAt: new Date(Date.now() - 1000) });
    expect((await rotateToken(database().db, late, next())).outcome).toBe("invalid");
    expect(await dropExpiredTokens(database().db)).toBe(1);
  });
});

describe("idempotency keys", () => {
  const someKey = async (): Promise<IdempotencyKey> => ({ userId: (await someUser(database())).id, route: "POST /jobs", key: "k" });
  const reserve = (key: IdempotencyKey, body = "body") => reserveKey(database().db, key, body);
  const held = async (key: IdempotencyKey): Promise<HeldKey> => {
    const found = await reserve(key);
    if (found.outcome !== "reserved") throw new Error(found.outcome);
    return found.held;
  };
  const pass = (key: IdempotencyKey, interval: string) =>
    database().pool.query("update idempotency_keys set expires_at = expires_at - $2::interval where user_id = $1", [key.userId, interval]);

  test("reserve, then answer; another body is told apart", async () => {
    const key = await someKey();
    const mine = await held(key);
    expect(await reserve(key)).toEqual({ outcome: "under_way" });
    expect(await reserve(key, "other")).toEqual({ outcome: "other_body" });
    await storeAnswer(database().db, mine, 201, '{"job_id":"x"}', "/jobs/x");
    await releaseKey(database().db, mine);
    const answered = { outcome: "answered", status: 201, body: '{"job_id":"x"}', location: "/jobs/x" };
    expect(await reserve(key)).toEqual(answered);
    expect(await reserve({ ...key, route: "POST /data" })).toMatchObject({ outcome: "reserved" });
  });

  test("sent twice at once, one works", async () => {
    const key = await someKey();
    const both = await Promise.all([reserve(key), reserve(key)]);
    expect(both.map((each) => each.outcome).sort()).toEqual(["reserved", "under_way"]);
  });

  test("are free again after failure, after a crash, and after a day", async () => {
    const key = await someKey();
    await releaseKey(database().db, await held(key));
    await held(key);
    await releaseInterruptedKeys(database().db);
    await storeAnswer(database().db, await held(key), 201, "{}");
    await pass(key, "23 hours");
    expect(await reserve(key)).toMatchObject({ outcome: "answered" });
    await pass(key, "2 hours");
    await held(key);
  });

  test("a process that died over a request frees its key within a minute; one that lives keeps it", async () => {
    const key = await someKey();
    const mine = await held(key);
    await pass(key, "50 seconds");
    await holdKey(database().db, mine);
    await pass(key, "50 seconds");
    expect(await reserve(key)).toEqual({ outcome: "under_way" });
    await pass(key, "20 seconds");
    const other = await held(key);
    // Back among the living: what it did in the meantime is rolled back.
    const late = database().db.transaction(async (tx) => {
      await someUser({ ...database(), db: tx });
      await storeAnswer(tx, mine, 201, "{}");
    });
    await expect(late).rejects.toBeInstanceOf(KeyLost);
    await releaseKey(database().db, mine);
    await storeAnswer(database().db, other, 201, "the other's");
    expect(await reserve(key)).toMatchObject({ outcome: "answered", body: "the other's" });
  });
});

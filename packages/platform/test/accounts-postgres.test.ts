import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  beginErasure,
  changeAccount,
  createDataset,
  type Database,
  findUser,
  finishErasures,
  holdDataset,
  lockDataset,
  openDatabase,
  openFileBlobStore,
  rotateToken,
  shareDataset,
  startFamily,
  unshareDataset,
  updateUser,
} from "../src/index.ts";
import { someDataset, someUser, temporaryFolder } from "./database.ts";
import { describeWithServices, ownDatabase } from "./services.ts";

/** What can only go wrong between connections; the embedded database has one. */
describeWithServices("on PostgreSQL, at once", (services) => {
  const url = ownDatabase(services);
  const folder = temporaryFolder();
  let database: Database;
  beforeAll(async () => {
    database = await openDatabase({ url: url() });
  });
  afterAll(() => database?.close());

  const hash = () => randomBytes(32).toString("hex");
  const expiresAt = new Date(Date.now() + 3_600_000);
  const eight = <T>(work: (i: number) => Promise<T>) => Promise.all(Array.from({ length: 8 }, (_, i) => work(i)));

  test("a refresh token that comes eight times is used once, and its login goes on", async () => {
    const { db } = database;
    const token = hash();
    await startFamily(db, { userId: (await someUser(database)).id, hash: token, expiresAt });
    const nexts = Array.from({ length: 8 }, hash);
    const outcomes = (await eight((i) => rotateToken(db, token, { hash: nexts[i]!, expiresAt }))).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === "rotated")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "raced")).toHaveLength(7);
    const winner = nexts[outcomes.indexOf("rotated")]!;
    expect((await rotateToken(db, winner, { hash: hash(), expiresAt })).outcome).toBe("rotated");
  });

  test("of admins who leave at once one stays", async () => {
    const { db } = database;
    const admins = await eight(() => someUser(database));
    for (const { id } of admins) await updateUser(db, id, { role: "admin" });
    const left = await Promise.allSettled(
      admins.map(({ id }, i) => (i % 2 === 0 ? changeAccount(db, id, { isActive: false }) : db.transaction((tx) => beginErasure(tx, id)))),
    );
    expect(left.filter(({ status }) => status === "rejected")).toHaveLength(1);
    const rows = await Promise.all(admins.map(({ id }) => findUser(db, id)));
    expect(rows.filter((row) => row?.role === "admin" && row.isActive)).toHaveLength(1);
    await updateUser(db, rows.find((row) => row?.role === "admin" && row.isActive)!.id, { role: "user" });
    await finishErasures(db, await openFileBlobStore(join(folder(), "admins")));
  });

  test("who builds on a dataset is done before the share ends or the dataset goes", async () => {
    const { db } = database;
    const [owner, friend] = [await someUser(database), await someUser(database)];
    const { id } = await someDataset(database, owner.id);
    await shareDataset(db, id, friend.id);
    for (const end of [() => unshareDataset(db, id, friend.id), () => db.transaction((tx) => lockDataset(tx, id))]) {
      const order: string[] = [];
      let ending: Promise<unknown> = Promise.resolve();
      await db.transaction(async (tx) => {
        expect(await holdDataset(tx, id, friend.id)).toBe(true);
        ending = end().then(() => order.push("ended"));
        await new Promise((done) => setTimeout(done, 150));
        order.push("built");
      });
      await ending;
      expect(order).toEqual(["built", "ended"]);
      await shareDataset(db, id, friend.id);
    }
    await unshareDataset(db, id, friend.id);
    expect(await db.transaction((tx) => holdDataset(tx, id, friend.id))).toBe(false);
  });

  test("an upload that ends while its owner is erased is erased with the rest, or refused", async () => {
    const { db } = database;
    const blobs = await openFileBlobStore(join(folder(), "erased"));
    const user = await someUser(database);
    await db.transaction((tx) => beginErasure(tx, user.id));
    const uploads = eight(async () => {
      const dataset = await createDataset(db, { name: "late", dataType: "other", ownerId: user.id }).catch(() => undefined);
      return dataset?.id;
    });
    await Promise.all([finishErasures(db, blobs), finishErasures(db, blobs), uploads]);
    await finishErasures(db, blobs);
    const { rows } = await database.pool.query("select id from datasets where owner_id is null or owner_id = $1", [user.id]);
    expect([await findUser(db, user.id), rows]).toEqual([undefined, []]);
  });
});

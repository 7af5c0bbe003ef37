import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { someUser, testDatabase } from "../../test/database.ts";
import { findUser, updateUser } from "../stores/users.ts";
import { once } from "./prepared.ts";

const database = testDatabase();

test("prepared statements go on when the connection that knew them is lost", async () => {
  const { db, pool } = database();
  const user = await someUser(database());
  expect(await findUser(db, user.id)).toEqual(user);
  (await pool.connect()).release(true);
  expect(await findUser(db, user.id)).toEqual(user);
});

test("each is asked anew: a change is seen by the next lookup", async () => {
  const { db } = database();
  const user = await someUser(database());
  const [before, missing] = await Promise.all([findUser(db, user.id), findUser(db, randomUUID())]);
  expect([before?.isActive, missing]).toEqual([true, undefined]);
  await updateUser(db, user.id, { isActive: false });
  expect((await findUser(db, user.id))?.isActive).toBe(false);
});

test("a transaction has statements of its own, and sees what it wrote", async () => {
  const { db } = database();
  const user = await someUser(database());
  await db.transaction(async (tx) => {
    await updateUser(tx, user.id, { fullName: "Anna" });
    expect((await findUser(tx, user.id))?.fullName).toBe("Anna");
    expect(once(tx, "made", () => "of the transaction")).toBe("of the transaction");
  });
  expect(once(db, "made", () => "of the database")).toBe("of the database");
});

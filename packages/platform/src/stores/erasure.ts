import { randomUUID } from "node:crypto";
import { blobKeys } from "../adapters/blob-store/keys.ts";
import type { Db } from "../database/db.ts";
import { and, eq, inArray, or, sql } from "../database/drizzle.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { datasetShares, datasets, idempotencyKeys, type Job, jobs, refreshTokens, results, users } from "../schema.ts";
import { cancelJob } from "./jobs.ts";
import { erasedPassword, refuseLastAdmin } from "./users.ts";

/**
 * Erasure of a user in two steps, so that nothing can be read after the first and nothing is lost sight of before the second.
 *
 * 1. One transaction takes name, address, password and pseudonym out of the row, ends every login and every share, and cancels
 *    the jobs on what is to go. What is left can be reached by nobody; the audit log speaks of a pseudonym that is no longer anybody's.
 * 2. Blobs are deleted, then the row, and with it the rows of datasets, jobs and results. The row is the list of what is still
 *    to be done: a crash before its end leaves it, and `finishErasures` goes on from there.
 */

/** The first step, in the caller's transaction. @returns jobs that it cancelled, whose workers are to be told. @throws LastAdmin */
export async function beginErasure(tx: Db, userId: string): Promise<Job[]> {
  await refuseLastAdmin(tx, userId);
  const gone = `erased-${randomUUID()}`;
  await tx
    .update(users)
    .set({
      email: gone,
      username: gone,
      hashedPassword: erasedPassword,
      fullName: null,
      role: "user",
      isActive: false,
      pseudonym: randomUUID(),
      updatedAt: new Date(),
    })
    .where(eq(users.id, userId));
  await tx.delete(refreshTokens).where(eq(refreshTokens.userId, userId));
  await tx.delete(idempotencyKeys).where(eq(idempotencyKeys.userId, userId));
  const own = tx.select({ id: datasets.id }).from(datasets).where(eq(datasets.ownerId, userId));
  await tx.delete(datasetShares).where(or(eq(datasetShares.userId, userId), inArray(datasetShares.datasetId, own)));
  return await cancelJobs(tx, userId);
}

/** Open jobs of the user, and those of others on the user's datasets. */
async function cancelJobs(tx: Db, userId: string): Promise<Job[]> {
  const own = tx.select({ id: datasets.id }).from(datasets).where(eq(datasets.ownerId, userId));
  const open = await tx
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(sql`${jobs.status} in ('pending', 'running')`, or(eq(jobs.userId, userId), inArray(jobs.datasetId, own))));
  const cancelled: Job[] = [];
  for (const { id } of open) {
    const { outcome, job } = await cancelJob(tx, id);
    if (outcome === "cancelled") cancelled.push(job!);
  }
  return cancelled;
}

/** The second step, for everybody whose first one is done; any number of processes may do so at once. @returns how many went */
export async function finishErasures(db: Db, blobs: BlobStore): Promise<number> {
  const left = await db.select({ id: users.id }).from(users).where(eq(users.hashedPassword, erasedPassword));
  for (const { id } of left) await finishErasure(db, blobs, id);
  return left.length;
}

/** @throws whatever the store of blobs throws; then the row stays, and with it the way to try again */
export async function finishErasure(db: Db, blobs: BlobStore, userId: string): Promise<void> {
  const gone = new Set<string>();
  for (;;) {
    for (const prefix of (await prefixesOf(db, userId)).filter((each) => !gone.has(each))) {
      await blobs.deletePrefix(prefix);
      gone.add(prefix);
    }
    // What an upload or a job put in place while the blobs went goes in another round: the lock lets nothing more be added.
    const done = await db.transaction(async (tx) => {
      const [row] = await tx
        .select({ id: users.id })
        .from(users)
        .where(and(eq(users.id, userId), eq(users.hashedPassword, erasedPassword)))
        .for("update");
      if (row === undefined) return true;
      await cancelJobs(tx, userId);
      if ((await prefixesOf(tx, userId)).some((prefix) => !gone.has(prefix))) return false;
      await tx.delete(users).where(eq(users.id, userId));
      return true;
    });
    if (done) return;
  }
}

async function prefixesOf(db: Db, userId: string): Promise<string[]> {
  const own = await db.select({ id: datasets.id }).from(datasets).where(eq(datasets.ownerId, userId));
  const ran = await db
    .select({ id: jobs.id, result: results.id })
    .from(jobs)
    .leftJoin(results, eq(results.jobId, jobs.id))
    .where(eq(jobs.userId, userId));
  return [
    ...own.map(({ id }) => blobKeys.datasetPrefix(id)),
    ...ran.flatMap(({ id, result }) => [blobKeys.checkpointPrefix(id), ...(result === null ? [] : [blobKeys.resultPrefix(result)])]),
  ];
}

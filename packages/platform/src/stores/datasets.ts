import type { SQL } from "drizzle-orm";
import type { Db } from "../database/db.ts";
import { and, asc, count, desc, eq, exists, ilike, lt, ne, or, sql } from "../database/drizzle.ts";
import { type Dataset, type DatasetStatus, type DataType, datasetShares, datasets, jobs, users } from "../schema.ts";
import { cursorOf, offsetOf, olderThan, type Page, type PageRequest } from "./paging.ts";

export type NewDataset = typeof datasets.$inferInsert & { ownerId: string };

export interface DatasetFilters {
  dataType?: DataType;
  status?: DatasetStatus;
  /** part of the name, any case */
  name?: string;
  /** only those of others, or only the user's own */
  shared?: boolean;
}
export type DatasetSort = "created_at" | "-created_at" | "name" | "-name" | "n_samples" | "-n_samples" | "n_features" | "-n_features";

/** The last step of an upload: the blob is in place before its row, so that a row never points nowhere. */
export async function createDataset(db: Db, dataset: NewDataset): Promise<Dataset> {
  return (await db.insert(datasets).values(dataset).returning())[0]!;
}

/** What ingest found, or why it failed; false when the dataset was deleted meanwhile or is no longer being ingested. */
export async function finishIngest(
  db: Db,
  id: string,
  found: Partial<Pick<Dataset, "filePath" | "nSamples" | "nFeatures" | "metadata" | "contentHash" | "bytes" | "status" | "errorMessage">>,
): Promise<boolean> {
  const rows = await db
    .update(datasets)
    .set({ status: "ready", ...found })
    .where(and(eq(datasets.id, id), eq(datasets.status, "ingesting")))
    .returning({ id: datasets.id });
  return rows.length > 0;
}

/** Datasets that a dead process left half ingested; to be marked failed at start. */
export async function failInterruptedIngests(db: Db, message: string): Promise<string[]> {
  const rows = await db
    .update(datasets)
    .set({ status: "failed", errorMessage: message })
    .where(eq(datasets.status, "ingesting"))
    .returning({ id: datasets.id });
  return rows.map((row) => row.id);
}

/** Of many processes one may have died over an upload, which is read by that process alone: nothing takes so long. */
export async function failStaleIngests(db: Db, hours: number, message: string): Promise<string[]> {
  const rows = await db
    .update(datasets)
    .set({ status: "failed", errorMessage: message })
    .where(and(eq(datasets.status, "ingesting"), lt(datasets.createdAt, sql`now() - make_interval(hours => ${hours})`)))
    .returning({ id: datasets.id });
  return rows.map((row) => row.id);
}

/** Whoever's it is: for workers; routes ask `findDatasetFor`. */
export async function findDataset(db: Db, id: string): Promise<Dataset | undefined> {
  return (await db.select().from(datasets).where(eq(datasets.id, id)))[0];
}

/** A dataset as one of its readers sees it. */
export type VisibleDataset = Dataset & {
  /** user name of the owner */
  owner: string;
  /** it is somebody else's, who lets this user read it */
  shared: boolean;
};

/** The user's own, or one shared with the user. */
export async function findDatasetFor(db: Db, id: string, userId: string): Promise<VisibleDataset | undefined> {
  const rows = await visible(db).where(and(eq(datasets.id, id), visibleTo(db, userId)));
  return rows.map((row) => asSeenBy(userId, row))[0];
}

/**
 * In a transaction that builds on the dataset: until its end the dataset is not deleted, nor the share ended.
 * @returns whether the user may read it
 */
export async function holdDataset(tx: Db, id: string, userId: string): Promise<boolean> {
  const [row] = await tx.select({ ownerId: datasets.ownerId }).from(datasets).where(eq(datasets.id, id)).for("key share");
  if (row === undefined) return false;
  if (row.ownerId === userId) return true;
  const shares = await tx.select().from(datasetShares).where(shareOf(id, userId)).for("key share");
  return shares.length > 0;
}

/** In a transaction that deletes the dataset: whoever builds on it has done so before, or finds it gone. */
export async function lockDataset(tx: Db, id: string): Promise<void> {
  await tx.select({ id: datasets.id }).from(datasets).where(eq(datasets.id, id)).for("update");
}

/** Own and shared ones, newest first unless sorted otherwise. */
export async function listDatasets(
  db: Db,
  userId: string,
  request: PageRequest & { filters?: DatasetFilters; sort?: DatasetSort },
): Promise<Page<VisibleDataset>> {
  const { dataType, status, name, shared } = request.filters ?? {};
  const where = and(
    visibleTo(db, userId),
    dataType === undefined ? undefined : eq(datasets.dataType, dataType),
    status === undefined ? undefined : eq(datasets.status, status),
    name === undefined ? undefined : ilike(datasets.name, `%${name.replace(/[\\%_]/g, "\\$&")}%`),
    shared === undefined ? undefined : (shared ? ne : eq)(datasets.ownerId, userId),
  );
  const sort = request.sort ?? "-created_at";
  const rows = await visible(db)
    .where(and(where, olderThan(datasets.createdAt, datasets.id, request.cursor)))
    .orderBy(...orders[sort])
    .limit(request.size)
    .offset(offsetOf(request, sort));
  const items = rows.map((row) => asSeenBy(userId, row));
  const [total] = await db.select({ n: count() }).from(datasets).where(where);
  return { items, total: total!.n, page: request.page, size: request.size, cursor: cursorOf(items, request, sort) };
}

export async function updateDataset(
  db: Db,
  id: string,
  changes: Partial<Pick<Dataset, "name" | "description" | "dataType" | "metadata">>,
): Promise<Dataset | undefined> {
  return (await db.update(datasets).set(changes).where(eq(datasets.id, id)).returning())[0];
}

/** Only the owner's; its jobs stay without a dataset. Open jobs are to be cancelled first (`openJobsOfDataset`). */
export async function deleteDataset(db: Db, id: string, ownerId: string): Promise<boolean> {
  const rows = await db
    .delete(datasets)
    .where(and(eq(datasets.id, id), eq(datasets.ownerId, ownerId)))
    .returning({ id: datasets.id });
  return rows.length > 0;
}

/** @param userId  only this user's */
export async function openJobsOfDataset(db: Db, datasetId: string, userId?: string): Promise<string[]> {
  const whose = userId === undefined ? undefined : eq(jobs.userId, userId);
  const rows = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.datasetId, datasetId), sql`${jobs.status} in ('pending', 'running')`, whose));
  return rows.map((row) => row.id);
}

/** Bytes that a user's datasets take, for the quota. */
export async function bytesOfUser(db: Db, userId: string): Promise<number> {
  const [row] = await db
    .select({ bytes: sql<string>`coalesce(sum(${datasets.bytes}), 0)` })
    .from(datasets)
    .where(eq(datasets.ownerId, userId));
  return Number(row!.bytes);
}

/** Sharing twice is sharing once. */
export async function shareDataset(db: Db, datasetId: string, userId: string): Promise<void> {
  await db.insert(datasetShares).values({ datasetId, userId }).onConflictDoNothing();
}

/** Whoever it was shared with finds it gone; that user's open jobs on it are the caller's to cancel (`openJobsOfDataset`). */
export async function unshareDataset(db: Db, datasetId: string, userId: string): Promise<boolean> {
  const rows = await db.delete(datasetShares).where(shareOf(datasetId, userId)).returning({ id: datasetShares.userId });
  return rows.length > 0;
}

export interface Share {
  userId: string;
  username: string;
  createdAt: Date;
}

/** With whom a dataset is shared, by user name. */
export async function sharesOfDataset(db: Db, datasetId: string): Promise<Share[]> {
  return await db
    .select({ userId: users.id, username: users.username, createdAt: datasetShares.createdAt })
    .from(datasetShares)
    .innerJoin(users, eq(users.id, datasetShares.userId))
    .where(eq(datasetShares.datasetId, datasetId))
    .orderBy(asc(users.username));
}

const shareOf = (datasetId: string, userId: string) => and(eq(datasetShares.datasetId, datasetId), eq(datasetShares.userId, userId));

/** What a user lets others read. */
export async function sharesGivenBy(db: Db, ownerId: string): Promise<{ datasetId: string; username: string; createdAt: Date }[]> {
  return await db
    .select({ datasetId: datasets.id, username: users.username, createdAt: datasetShares.createdAt })
    .from(datasetShares)
    .innerJoin(datasets, eq(datasets.id, datasetShares.datasetId))
    .innerJoin(users, eq(users.id, datasetShares.userId))
    .where(eq(datasets.ownerId, ownerId))
    .orderBy(asc(datasetShares.createdAt), asc(users.username));
}

/** What others let a user read. */
export async function sharesReceivedBy(
  db: Db,
  userId: string,
): Promise<{ datasetId: string; name: string; owner: string; createdAt: Date }[]> {
  return await db
    .select({ datasetId: datasets.id, name: datasets.name, owner: users.username, createdAt: datasetShares.createdAt })
    .from(datasetShares)
    .innerJoin(datasets, eq(datasets.id, datasetShares.datasetId))
    .innerJoin(users, eq(users.id, datasets.ownerId))
    .where(eq(datasetShares.userId, userId))
    .orderBy(asc(datasetShares.createdAt), asc(datasets.name));
}

const visible = (db: Db) =>
  db.select({ dataset: datasets, owner: users.username }).from(datasets).leftJoin(users, eq(users.id, datasets.ownerId)).$dynamic();

function asSeenBy(userId: string, { dataset, owner }: { dataset: Dataset; owner: string | null }): VisibleDataset {
  return { ...dataset, owner: owner ?? "", shared: dataset.ownerId !== userId };
}

function visibleTo(db: Db, userId: string): SQL | undefined {
  const shared = db
    .select({ one: sql`1` })
    .from(datasetShares)
    .where(and(eq(datasetShares.datasetId, datasets.id), eq(datasetShares.userId, userId)));
  return or(eq(datasets.ownerId, userId), exists(shared));
}

// The id decides between equals, so that no page repeats or skips a row.
const orders: Record<DatasetSort, SQL[]> = {
  created_at: [asc(datasets.createdAt), asc(datasets.id)],
  "-created_at": [desc(datasets.createdAt), desc(datasets.id)],
  name: [asc(datasets.name), asc(datasets.id)],
  "-name": [desc(datasets.name), desc(datasets.id)],
  n_samples: [asc(datasets.nSamples), asc(datasets.id)],
  "-n_samples": [desc(datasets.nSamples), desc(datasets.id)],
  n_features: [asc(datasets.nFeatures), asc(datasets.id)],
  "-n_features": [desc(datasets.nFeatures), desc(datasets.id)],
};

import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { createDataset, createJob, createUser, type Database, type Dataset, type Job, openDatabase, type User } from "../src/index.ts";

/** A folder that goes away with the tests of the file. */
export function temporaryFolder(): () => string {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "omicselector2-test-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return () => folder;
}

/** One real database for the tests of a file; tests keep apart by making users of their own. */
export function testDatabase(): () => Database {
  const folder = temporaryFolder();
  let database: Database;
  beforeAll(async () => {
    database = await openDatabase({ dataDir: join(folder(), "data") });
  });
  afterAll(async () => {
    await database?.close();
  });
  return () => database;
}

export async function someUser({ db }: Database): Promise<User> {
  const name = randomUUID();
  return await createUser(db, { email: `${name}@example.org`, username: name, hashedPassword: "x" });
}

export async function someDataset({ db }: Database, ownerId: string, more: Partial<Omit<Dataset, "ownerId">> = {}): Promise<Dataset> {
  return await createDataset(db, { name: "cohort", dataType: "bulk_rna_seq", ownerId, ...more });
}

export async function someJob({ db }: Database, userId: string, units: string[] = [], datasetId: string | null = null): Promise<Job> {
  return await createJob(db, {
    jobType: "feature_selection",
    config: { methods: ["lasso"], cv_folds: 5 },
    userId,
    datasetId,
    queue: "default",
    units: units.map((id) => ({ id, stage: 1, cost: 1 })),
  });
}
